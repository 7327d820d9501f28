"""How the web process runs.  On SQLite it is one process that also ticks and sends."""

import os
import sys

from kernel.settings import BadSetting, load

try:
    _settings = load()
except BadSetting as mistake:
    print(mistake, file=sys.stderr)
    raise SystemExit(1) from None

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{_settings.port}"
worker_class = "gthread"
workers = 1 if _settings.embedded else _settings.web_concurrency
threads = 16
timeout = 30
graceful_timeout = 15
keepalive = 15
control_socket_disable = True
preload_app = False


SILENT_SECONDS = 5.0


def _hang_up_on_the_silent():  # type: ignore[no-untyped-def]
    """A connection that says nothing must not hold one of the threads for ever: a
    STOP would wait behind it, and Twilio gives up after 15 s."""
    from gunicorn.workers import gthread

    begin = gthread.TConn.init

    def init(connection):  # type: ignore[no-untyped-def]
        begin(connection)
        connection.sock.settimeout(SILENT_SECONDS)

    gthread.TConn.init = init


def post_worker_init(worker):  # type: ignore[no-untyped-def]
    from app import start_background

    worker.heed_metronome = start_background(worker.app.callable)


def worker_exit(server, worker):  # type: ignore[no-untyped-def]
    metronome = getattr(worker, "heed_metronome", None)
    if metronome is not None:
        metronome.stop()
