"""The website as a reviewer sees it: opens every address of a submission and judges
what is there.  Reads nothing but pages and keeps nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from kernel.fetched import Budget, Fetched, NotFetched, Web, Why
from kernel.hashing import sha256_hex
from kernel.logs import log
from registration.checks.addresses import addresses, site, with_scheme
from registration.checks.finding import Finding
from registration.checks.opened import Opened, same_page, trouble
from registration.checks.site import Looked, judge
from registration.page_reading import is_page, read_page
from registration.submission import BrandPart, Submission

SITE_SECONDS = 10.0  # for all pages of one website together
SITES = 12  # a submission that names more is not read to its end
PAGES = 40
REFRESHES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSeen:
    """One address, as it was found.  `status` is None where nothing answered; then
    `why` says it.  The hashes are of the bytes and of the words."""

    url: str
    at: str
    status: int | None
    why: str | None
    media_type: str
    body: bytes
    words: str

    @property
    def body_sha256(self) -> str:
        return sha256_hex(self.body)

    @property
    def words_sha256(self) -> str:
        return sha256_hex(self.words.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReport:
    at: datetime
    findings: tuple[Finding, ...]
    pages: tuple[PageSeen, ...]


def look(
    submission: Submission, web: Web, now: datetime, seconds: float = SITE_SECONDS
) -> SiteReport:
    """Opens every address in every field (R98) and the policy and terms behind them.
    What there was no time for is a finding too."""
    visit = Visit(web, seconds)
    mentions = addresses(submission)
    looked = Looked(submission, mentions, visit.open)
    findings = judge(looked)
    pages = tuple(_seen(opened) for opened in visit.opened())
    return SiteReport(at=now, findings=tuple(findings), pages=pages)


def look_at_address(
    url: str, web: Web, now: datetime, seconds: float = SITE_SECONDS
) -> SiteReport:
    """Only a website, of which nothing else is known."""
    return look(
        Submission(brand=BrandPart(website=with_scheme(url))), web, now, seconds
    )


@dataclass(slots=True)
class Visit:
    """Opens each page once, and gives each website its time and no more."""

    web: Web
    seconds: float
    budgets: dict[str, Budget] = field(default_factory=dict)
    known: dict[str, Opened] = field(default_factory=dict)

    def opened(self) -> Iterator[Opened]:
        yield from self.known.values()

    def open(self, url: str) -> Opened:
        key = url.partition("#")[0]
        if key not in self.known:
            self.known[key] = self._look(key)
        return self.known[key]

    def _look(self, url: str) -> Opened:
        owner = site(url)
        full = owner not in self.budgets and len(self.budgets) == SITES
        if full or len(self.known) >= PAGES:
            return _missed(url, url, Why.not_asked)
        budget = self.budgets.setdefault(owner, Budget.of(self.seconds))
        try:
            return self._follow(url, budget)
        except Exception as strange:  # one page must not end the look at all others
            log().error("page could not be read", error=type(strange).__name__)
            return _missed(url, url, Why.bad_answer)

    def _follow(self, url: str, budget: Budget) -> Opened:
        """Pages that send visitors on by themselves, at once, are redirects too."""
        asked, hops = url, list[str]()
        for _ in range(1 + REFRESHES):
            if budget.left <= 0:
                return _missed(url, asked, Why.not_asked if not hops else Why.too_slow)
            answer = self.web.get(asked, budget)
            hops += answer.hops
            whole = replace(answer, url=url, hops=tuple(hops))
            if isinstance(answer, NotFetched):
                return Opened(url=url, answer=whole)
            if not is_page(answer):
                return Opened(url=url, answer=whole, is_file=True)
            page = read_page(answer)
            onward = page.refresh if page is not None else None
            if onward is None or same_page(onward, answer.at):
                return Opened(url=url, answer=whole, page=page)
            hops.append(answer.at)
            asked = onward
        return _missed(url, asked, Why.redirects)


def _missed(url: str, at: str, why: Why) -> Opened:
    return Opened(url=url, answer=NotFetched(url=url, at=at, why=why))


def _seen(opened: Opened) -> PageSeen:
    answer = opened.answer
    wrong = trouble(opened)
    got = answer if isinstance(answer, Fetched) else None
    return PageSeen(
        url=opened.url,
        at=answer.at,
        status=got.status if got else None,
        why=wrong.why if wrong else None,
        media_type=got.media_type if got else "",
        body=got.body if got else b"",
        words=opened.page.words if opened.page else "",
    )
