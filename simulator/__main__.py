"""`python -m simulator [--port 5001] [--data-dir var] [--host 127.0.0.1]`.

Prints `simulator ready on http://127.0.0.1:PORT` once it accepts; ends on SIGTERM.
"""

import argparse
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import FrameType

from simulator.app import create_app
from simulator.lab import config_from
from simulator.server import Server


def main() -> None:
    if os.environ.get("HEED_ENV") == "production":
        sys.exit(
            "The simulator plays Twilio for a demo. It does not run in production."
        )
    options = argparse.ArgumentParser(prog="python -m simulator")
    options.add_argument("--host", default="127.0.0.1")
    port = int(os.environ.get("SIM_PORT") or 5001)
    options.add_argument("--port", type=int, default=port, help="0 takes a free one")
    options.add_argument("--data-dir", type=Path)
    given = options.parse_args()
    if given.host not in {"127.0.0.1", "localhost", "::1"}:
        sys.exit(
            f"--host is '{given.host}': the simulator has no sign-in. Use 127.0.0.1."
        )
    config = config_from(os.environ)
    if given.data_dir is not None:
        config = replace(config, data_dir=given.data_dir)
    try:
        app = create_app(config)
        server = Server(given.host, given.port, app)
    except OSError as error:
        sys.exit(f"The simulator cannot start on port {given.port}: {error}.")
    with server:

        def stop(signum: int, frame: FrameType | None) -> None:
            threading.Thread(target=server.shutdown).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        print(f"simulator ready on {server.url}", flush=True)
        server.serve_forever(poll_interval=0.1)
    app.extensions["simulator"].close()


if __name__ == "__main__":
    main()
