"""How often a page asks the database."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from kernel.web import Heed


def queries_of(heed: Heed, look: Callable[[], Any]) -> int:
    asked: list[str] = []

    def note(*said: Any) -> None:
        asked.append(said[2])

    reader = heed.database.reader
    sa.event.listen(reader, "before_cursor_execute", note)
    look()
    sa.event.remove(reader, "before_cursor_execute", note)
    return len(asked)
