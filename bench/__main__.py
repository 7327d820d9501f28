"""`python -m bench [reading checks inbound claiming sending exporting importing pages]`: all figures, or
those named; a number is how many rows are imported."""

import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import (
    checks,
    claiming,
    exporting,
    importing,
    inbound,
    pages,
    reading,
    sending,
)
from bench.place import Place, place, postgres
from bench.timing import noise
from kernel import logs
from tests.vendor import Simulator

SLOTS = (16, 64)


def main() -> None:
    logs.set_up("ERROR")
    logging.getLogger().setLevel(logging.ERROR)
    numbers = [word for word in sys.argv[1:] if word.isdigit()]
    wanted = [word for word in sys.argv[1:] if not word.isdigit()]
    wanted = wanted or ["reading", "checks", *FIGURES]
    print(f"before: {noise()}")
    if "reading" in wanted:
        wanted.remove("reading")
        _reading()
    if "checks" in wanted:
        wanted.remove("checks")
        _checks()
    with postgres() as server:
        for name in wanted:
            for label, where in (("SQLite", None), ("PostgreSQL", server)):
                clinics = inbound.CLINICS if name == "inbound" else 1
                with place(where, clinics) as made:
                    if name == "importing":
                        _importing(label, made, *map(int, numbers[:1]))
                    else:
                        FIGURES[name](label, made)
    print(f"after:  {noise()}")


def _reading() -> None:
    found = reading.figures()
    print(
        f"reading    {found['ours_us']:7.0f} µs a text of {found['texts']:,}; case and "
        f"set {found['least_us']:.2f} µs; ratio {found['ours_us'] / found['least_us']:.0f}; "
        f"the dearest of 1,600 characters {found['longest_us'] / 1e3:.0f} ms"
    )


def _checks() -> None:
    found = checks.figures()
    print(
        f"checks     {found['submission_us']:7.0f} µs a submission of "
        f"{found['submission_characters']:,.0f} characters, {found['submission_ratio']:.0f} "
        f"times one regular expression; {found['sample_us']:.0f} µs a sample, "
        f"{found['sample_ratio']:.0f} times; 4 times the text takes at most "
        f"{found['growth']:.1f} times as long; the dearest 10,000 characters "
        f"{found['longest_ms']:.0f} ms"
    )


def _inbound(label: str, made: Place) -> None:
    found = inbound.figures(made)
    print(
        f"inbound    {label:<11} {found['ours']:7.0f} req/s, p99 {found['p99_ms']:.0f} "
        f"ms; bare Flask {found['bare']:.0f} req/s; ratio {found['ratio']:.2f}"
    )


def _claiming(label: str, made: Place) -> None:
    found = claiming.figures(made)
    print(
        f"claiming   {label:<11} {found['ours']:7.0f} texts/s of {claiming.ROWS:,}; "
        f"bare driver {found['bare']:.0f}; ratio {found['ratio']:.2f}"
    )
    assert claiming.left(made) > 0


def _sending(label: str, made: Place) -> None:
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(Path(folder))
        for figure in sending.figures(made, simulator, SLOTS):
            sent = figure.sent_per_second
            print(
                f"sending    {label:<11} {sent:7.0f} sent/s over {figure.slots} slots "
                f"of {sending.LATENCY_MS} ms; bound {figure.bound:.0f}; "
                f"ratio {sent / figure.bound:.2f}"
            )
        simulator.stop()


def _exporting(label: str, made: Place) -> None:
    found = exporting.figures(made)
    print(
        f"exporting  {label:<11} {found['ours']:7.0f} events/s; bare read "
        f"{found['bare']:.0f}; ratio {found['ratio']:.3f}"
    )


def _importing(label: str, made: Place, rows: int = importing.ROWS) -> None:
    found = importing.figures(made, rows)
    print(
        f"importing  {label:<11} {found['ours']:7.0f} rows/s of {rows:,}; plain "
        f"inserts {found['plain']:.0f}; ratio {found['ratio']:.2f}; longest "
        f"transaction {found['longest_s'] * 1e3:.0f} ms; {found['small_mb']:.0f} MB for "
        f"10,000 rows and {found['more_mb']:+.0f} MB for {rows:,}"
    )


def _pages(label: str, made: Place) -> None:
    """The `place` is the crowded one; the slowest stand last."""
    for name, seen in sorted(pages.look(made).items(), key=lambda item: item[1].ms):
        late = "  TOO SLOW" if seen.ms > pages.PROMISED_MS else ""
        print(
            f"pages      {label:<11} {seen.ms:7.1f} ms {seen.queries:3} queries  {name}{late}"
        )


FIGURES: dict[str, Callable[[str, Place], None]] = {
    "inbound": _inbound,
    "claiming": _claiming,
    "sending": _sending,
    "exporting": _exporting,
    "importing": _importing,
    "pages": _pages,
}


if __name__ == "__main__":
    main()
