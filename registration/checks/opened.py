"""An address that was opened, and what is wrong with it whatever it should show."""

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from kernel.fetched import Answer, Fetched, NotFetched, Why
from registration.checks.addresses import site
from registration.checks.page import Page
from registration.checks.phrases import where

SHORT = 1_500  # characters; a long page may well say that an office opens soon
EMPTY = 20

RULES = {
    Why.unreadable: "url.unreadable",
    Why.not_public: "url.private",
    Why.no_such_host: "url.unresolved",
    Why.no_connection: "url.unreachable",
    Why.certificate: "url.certificate",
    Why.too_slow: "url.slow",
    Why.redirects: "url.redirects",
    Why.bad_answer: "url.garbled",
    Why.not_asked: "url.not_opened",
}
BLOCKED = frozenset({401, 403, 407, 423, 429, 451})
STATUSES = {
    401: "it asks for a password",
    403: "access is forbidden",
    404: "there is no such page (error 404)",
    410: "the page is gone (error 410)",
    429: "it says that it was asked too often",
    451: "it is closed for legal reasons",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`page` is None for a failure, a file, and markup that could not be read."""

    url: str
    answer: Answer
    page: Page | None = None
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an address shows nobody what it should; `rule` is that of any address."""

    rule: str
    why: str


def trouble(opened: Opened) -> Trouble | None:
    answer = opened.answer
    if isinstance(answer, NotFetched):
        return Trouble(RULES[answer.why], answer.sentence)
    if answer.status >= 400 or answer.status < 200:
        rule = "url.blocked" if answer.status in BLOCKED else "url.error"
        default = f"the server answers with error {answer.status}"
        return Trouble(rule, STATUSES.get(answer.status, default))
    page = opened.page
    if page is None:
        return None
    if any(form.asks_password for form in page.forms) and len(page.words) < SHORT:
        return Trouble("page.login", "it asks for a password")
    bare = len(page.words) < EMPTY and placeholder(page) is None
    if bare and not page.scripted and not page.forms:
        return Trouble("page.empty", "the page is empty")
    return None


def placeholder(page: Page) -> str | None:
    """The words that say so."""
    words = f"{page.title}\n{page.words}"
    span = where("placeholder_page", words) if len(words) < SHORT else None
    return words[slice(*span)] if span else None


def unencrypted(opened: Opened) -> bool:
    """Somewhere between the address that was given and the page it ended at."""
    answer = opened.answer
    if isinstance(answer, NotFetched):
        return False
    return any(urlsplit(url).scheme == "http" for url in (*answer.hops, answer.at))


def moved(opened: Opened) -> str | None:
    """Where a visitor ends up who asked for this page: on another website, or at the
    front door, which no redirect of a policy may mean (R21)."""
    answer = opened.answer
    if not isinstance(answer, Fetched) or same_page(answer.url, answer.at):
        return None
    if site(answer.at) != site(answer.url):
        return answer.at
    asked, ended = urlsplit(answer.url), urlsplit(answer.at)
    home = ended.path in ("", "/", "/index.html", "/home") and not ended.query
    return answer.at if home and asked.path not in ("", "/") else None


def same_page(one: str, other: str) -> bool:
    return plain_url(one) == plain_url(other)


def plain_url(url: str) -> str:
    """Without what makes no difference to a visitor: scheme, www, case of the host,
    a slash at the end, the place on the page."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return url
    return urlunsplit(("", host, parts.path.rstrip("/"), parts.query, ""))
