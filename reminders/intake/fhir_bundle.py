"""A FHIR Bundle as its resources, one at a time, and what it says of those that are gone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MORE_PAGES = (
    "This is one page of several (it has a link 'next'), so visits are missing here. "
    "Export all pages and import them, too."
)


@dataclass(frozen=True, slots=True)
class Resource:
    """`deleted` is the reference of a resource that a Bundle says is gone."""

    line: int
    content: Any
    url: str = ""
    deleted: str = ""
    deleted_at: str = ""
    broken: str = ""


def entries(bundle: dict[str, Any]) -> Iterator[Resource]:
    entries = bundle.get("entry")
    for line, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
        if not isinstance(entry, dict):
            yield Resource(line, None, broken="The entry is no object.")
            continue
        url, request = entry.get("fullUrl"), entry.get("request")
        content = entry.get("resource")
        asked = request if isinstance(request, dict) else {}
        if content is not None:
            said = url if isinstance(url, str) else ""
            yield Resource(line, content, url=said[:500])
        elif asked.get("method") == "DELETE" and asked.get("url"):
            answer = entry.get("response")
            at = answer.get("lastModified") if isinstance(answer, dict) else ""
            gone = str(asked["url"])[:200]
            yield Resource(line, None, deleted=gone, deleted_at=str(at or "")[:40])


def other_pages(bundle: dict[str, Any]) -> Iterator[Resource]:
    """Whoever saved the first page of an answer has not the others."""
    links = bundle.get("link")
    for one in links if isinstance(links, list) else []:
        if isinstance(one, dict) and one.get("relation") == "next":
            yield Resource(1, None, broken=MORE_PAGES)
            return
