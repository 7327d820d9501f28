"""How far an import is, as bars on a terminal.  Where nobody watches it says nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reminders.intake.opened import Told, untold


@contextmanager
def bars() -> Iterator[Callable[[str], Told]]:
    """A maker of bars: what is being done -> who is told how far it is.  They stand on
    the error channel, so that the answer can be read by a program."""
    if not sys.stderr.isatty():
        yield lambda words: untold
        return
    # Loaded where it is seen only: a nightly job should start fast.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:

        def bar(words: str) -> Told:
            task = shown.add_task(words, total=None)

            def told(done: int, total: int) -> None:
                shown.update(task, completed=done, total=total)

            return told

        yield bar
