"""A simulator process of one test's own, and its controls.

Nothing here stands in for the vendor: it only starts what `python -m simulator` starts.
"""

import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

import simulator.__main__
from tests import forked

CARRIERS = ("att", "tmobile", "verizon")
TCR_KEY, TCR_SECRET = "tcr-key", "tcr-secret"


def shift_clock(folder: Path, to: datetime) -> None:
    """Lets every process that reads this folder's clock start from `to`."""
    shift = (to - datetime.now(UTC)).total_seconds()
    (folder / "clock.json").write_text(json.dumps({"shift_seconds": shift}))


class Simulator:
    """A running simulator.  `folder` holds its judge's file and its clock."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        said, stdout = forked.CONTEXT.Pipe(duplex=False)
        tcr = {"TCR_API_KEY": TCR_KEY, "TCR_API_SECRET": TCR_SECRET}
        self.process = forked.start(
            _simulate, folder, {**os.environ, **tcr, **environ}, stdout
        )
        stdout.close()
        with said, open(said.fileno(), closefd=False) as lines:
            self.base = lines.readline().split()[-1]
        assert self.base.startswith("http://127.0.0.1:"), self.base

    def stop(self) -> None:
        self.process.terminate()
        self.process.join(10)
        self.process.close()

    def ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        url = f"{self.base}/sim/{path}"
        with requests.request(method, url, json=body, timeout=30) as answer:
            assert answer.ok, f"{answer.status_code} {answer.text}"
            return answer

    def put(self, path: str, body: Any) -> Any:
        return self.ask("PUT", path, body).json()

    def post(self, path: str, body: Any = None) -> Any:
        return self.ask("POST", path, body).json()

    def get(self, path: str) -> Any:
        return self.ask("GET", path).json()

    def judge(self, *events: str, after: int = 0) -> list[dict[str, Any]]:
        """The append-only record, oldest first; all events, or those named."""
        lines = self.ask("GET", f"judge?after={after}&event={','.join(events)}")
        return [json.loads(line) for line in lines.text.splitlines()]

    def faults(self, **faults: Any) -> None:
        """Replaces all faults; texts arrive after 5 ms unless said otherwise."""
        self.put("faults", {"delivery_ms": 5, **faults})

    def idle(self, seconds: float = 20) -> None:
        """Waits until every text and webhook has come to its end."""
        self.get(f"idle?seconds={seconds}")

    def text(self, phone: str, to: str, body: str) -> str:
        """The phone texts; the vendor's id of that text."""
        return str(self.post(f"phones/{phone}/texts", {"to": to, "body": body})["sid"])

    def phones(self, phones: Iterable[str], **fields: Any) -> None:
        self.put("phones", [{"phone": phone, **fields} for phone in phones])

    def take_in(self, place: Any, ref: str, tcr_id: str, webhook: str = "") -> None:
        """A clinic of the cast: account, campaign that all carriers took, number.

        The vendor's keyword replies are off: what a STOP forbids, we must hold back.
        """
        account = {"account_sid": place.account_sid}
        self.put(f"accounts/{place.account_sid}", {"token": place.token})
        approved = dict.fromkeys(CARRIERS, "APPROVED")
        campaign = {**account, "tcr_id": tcr_id, "carriers": approved}
        self.put(f"campaigns/{ref}", campaign)
        number = {**account, "campaign": ref, "keyword_mode": "gateway"}
        self.put(f"numbers/{place.number}", {**number, "sms_url": webhook})

    def take_in_cast(self, cast: Any, webhook: str = "") -> None:
        self.take_in(cast.maple, "maple-care", "CMAPLE1", webhook)
        self.take_in(cast.birch, "birch-care", "CBIRCH1", webhook)
        self.faults()


def _simulate(folder: Path, environ: dict[str, str], stdout: Connection) -> None:
    """In a process of its own: as `python -m simulator` on a free port."""
    os.environ.clear()
    os.environ.update(environ)
    os.dup2(stdout.fileno(), sys.stdout.fileno())
    sys.argv = ["simulator", "--port", "0", "--data-dir", str(folder)]
    simulator.__main__.main()


def message_id_of(accepted: dict[str, Any]) -> int | None:
    """Which message of ours an `accepted` record is: its callback's address says."""
    path = urlsplit(accepted["message"]["status_callback"]).path
    last = path.rpartition("/")[2]
    return int(last) if last.isdigit() else None
