"""All parts of one running simulator, and how a view gets at them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import current_app

from simulator.clock import Clock
from simulator.couriers import Couriers
from simulator.faults import Faults
from simulator.judge import Judge, records
from simulator.network import Network
from simulator.posting import Postman
from simulator.registry import announcer
from simulator.reviewer import EVERY_SECONDS, Tell, settle
from simulator.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Where the file lies, where TCR's events go, and TCR's key and secret.

    With `record`, every API exchange becomes an `api` record of the judge.
    """

    data_dir: Path
    public_base_url: str = "http://127.0.0.1:5000"
    tcr_api_key: str = ""
    tcr_api_secret: str = ""
    record: bool = False


def config_from(environ: Mapping[str, str]) -> Config:
    """DATA_DIR, PUBLIC_BASE_URL, TCR_API_KEY, TCR_API_SECRET and SIM_RECORD."""
    return Config(
        data_dir=Path(environ.get("DATA_DIR") or "var"),
        public_base_url=(
            environ.get("PUBLIC_BASE_URL") or "http://127.0.0.1:5000"
        ).rstrip("/"),
        tcr_api_key=environ.get("TCR_API_KEY", ""),
        tcr_api_secret=environ.get("TCR_API_SECRET", ""),
        record=environ.get("SIM_RECORD", "") not in ("", "0"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """The parts, wired."""

    config: Config
    clock: Clock
    judge: Judge
    world: World
    faults: Faults
    postman: Postman
    network: Network
    reviews: Couriers
    tell: Tell

    def close(self) -> None:
        for couriers in (
            self.network.steps,
            self.postman.inbound,
            self.postman.callbacks,
            self.reviews,
        ):
            couriers.close()
        self.judge.close()


def open_lab(config: Config) -> Lab:
    """Replays the judge's file and starts the couriers."""
    path = config.data_dir / "simulator.jsonl"
    judge = Judge(path)
    clock = Clock(config.data_dir / "clock.json")
    world = World(judge, clock)
    world.replay(records(path))
    faults = Faults()
    postman = Postman(world, faults, Couriers(16, "inbound"), Couriers(16, "callbacks"))
    network = Network(world, faults, postman, Couriers(2, "steps"))
    world.commit("started", process=os.getpid())
    network.resume()
    tell = announcer(
        postman, f"{config.public_base_url}/webhooks/tcr", config.tcr_api_secret
    )
    reviews = Couriers(1, "reviews")
    _look_again(reviews, world, tell)
    return Lab(
        config=config,
        clock=clock,
        judge=judge,
        world=world,
        faults=faults,
        postman=postman,
        network=network,
        reviews=reviews,
        tell=tell,
    )


def _look_again(reviews: Couriers, world: World, tell: Tell) -> None:
    """What is due happens also while nobody calls."""

    def look() -> None:
        settle(world, tell)
        reviews.later(EVERY_SECONDS, look)

    reviews.later(EVERY_SECONDS, look)


def lab() -> Lab:
    """The running simulator of this request."""
    return cast(Lab, current_app.extensions["simulator"])
