"""A web that stands in a folder: `DIR/<host>/<path>/index.html`.  Opens no connection
and no file outside of the folder."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from kernel.fetch import Internet
from kernel.fetched import Answer, Budget, Fetched, NotFetched, Web, Why
from kernel.packed import LARGEST
from kernel.settings import Settings

KINDS = {".html": "text/html", ".htm": "text/html", ".txt": "text/plain"}


class Mirror:
    """What a name has no folder for does not exist; a page without a file is 404."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def get(self, url: str, budget: Budget) -> Answer:
        try:
            parts = urlsplit(url)
            host, path = parts.hostname or "", unquote(parts.path)
        except ValueError:
            return NotFetched(url=url, at=url, why=Why.unreadable)
        if parts.scheme not in ("http", "https") or not host or "\x00" in path:
            return NotFetched(url=url, at=url, why=Why.unreadable)
        try:
            return self._open(url, host, path)
        except (OSError, ValueError):  # a name that no file can have
            return NotFetched(url=url, at=url, why=Why.no_such_host)

    def _open(self, url: str, host: str, path: str) -> Answer:
        home = (self._folder / host).resolve()
        if home.parent != self._folder or not home.is_dir():
            return NotFetched(url=url, at=url, why=Why.no_such_host)
        page = (home / path.lstrip("/")).resolve()
        page = (page / "index.html").resolve() if page.is_dir() else page
        if not page.is_relative_to(home) or not page.is_file():
            return _page(url, 404, "text/html", b"")
        kind = KINDS.get(page.suffix, "application/octet-stream")
        with page.open("rb") as file:
            return _page(url, 200, kind, file.read(LARGEST))


def web_for(settings: Settings) -> Web:
    """The Internet; outside production `DATA_DIR/websites` instead, where it is there,
    so that the demo's invented websites can be looked at."""
    folder = settings.data_dir / "websites"
    if not settings.production and folder.is_dir():
        return Mirror(folder)
    return Internet()


def _page(url: str, status: int, kind: str, body: bytes) -> Fetched:
    return Fetched(
        url=url, at=url, status=status, media_type=kind, charset=None, body=body
    )
