"""Judges a website page by page, in the order a reviewer walks it: home, privacy
policy, terms, the form, then every other address of the submission.

Opens nothing itself: `Looked.open` does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kernel.fetched import Fetched
from registration.checks.addresses import Mention, with_scheme
from registration.checks.finding import Finding, found
from registration.checks.form import form_findings, phone_form
from registration.checks.home import (
    AT,
    POLICY,
    element_findings,
    identity_findings,
    link_to,
    mail_findings,
    policy_link_findings,
)
from registration.checks.names import shows_name
from registration.checks.opened import (
    Opened,
    moved,
    placeholder,
    same_page,
    trouble,
    unencrypted,
)
from registration.checks.page import Page
from registration.checks.phrases import says
from registration.checks.policy import policy_findings
from registration.checks.terms import terms_findings
from registration.submission import Submission

TERMS = "campaign.terms_url"
WEB = "web"  # the kind of proof that is a form


@dataclass(frozen=True, slots=True)
class Looked:
    submission: Submission
    mentions: Sequence[Mention]
    open: Callable[[str], Opened]  # the same address again is the same answer


def judge(looked: Looked) -> list[Finding]:
    """What is wrong, each thing once."""
    submission = looked.submission
    findings = mail_findings(submission)
    home = _home(looked, findings)
    policy = _policy(looked, home, findings)
    terms = _terms(looked, home, policy, findings)
    forms = _forms(looked, findings)
    judged = {one.url for one in (home, policy, terms) if one is not None}
    for mention in looked.mentions:
        opened = looked.open(mention.url)
        if opened.url not in judged:
            findings += _any(opened, mention.field, mention.span)
    pages = _pages([home, policy, terms, *forms])
    if home is not None and home.page is not None and trouble(home) is None:
        findings += identity_findings(submission, pages)
        findings += element_findings(
            pages, has_policy=policy is not None, has_terms=_texting_terms(terms)
        )
    return list({_same(finding): finding for finding in findings}.values())


def _same(finding: Finding) -> tuple[object, ...]:
    values = tuple(sorted(finding.values.items()))
    return finding.rule.id, finding.field, finding.span, values


def _home(looked: Looked, findings: list[Finding]) -> Opened | None:
    website = looked.submission.brand.website
    if not website.strip():
        findings.append(found("site.missing", AT))
        return None
    opened = looked.open(with_scheme(website))
    findings += _any(opened, AT)
    return opened


def _any(opened: Opened, at: str, span: tuple[int, int] | None = None) -> list[Finding]:
    """What is wrong with a page whatever it should show."""
    wrong = trouble(opened)
    if wrong is not None:
        return [found(wrong.rule, at, span, url=opened.url, why=wrong.why)]
    findings = _readable(opened, at, span)
    where = moved(opened)
    if where is not None:
        findings.append(found("url.elsewhere", at, span, url=opened.url, where=where))
    if unencrypted(opened):
        findings.append(found("url.http", at, span, url=opened.url))
    quote = placeholder(opened.page) if opened.page is not None else None
    if quote:
        findings.append(
            found("page.placeholder", at, span, url=opened.url, quote=quote)
        )
    return findings


def _readable(
    opened: Opened, at: str, span: tuple[int, int] | None = None, *, text: bool = False
) -> list[Finding]:
    """Whether we could read what a person sees there; a file only matters where words
    are asked for (`text`)."""
    answer, page = opened.answer, opened.page
    if not isinstance(answer, Fetched):
        return []
    findings = []
    if opened.is_file and text:
        kind = answer.media_type
        findings.append(found("page.document", at, span, url=opened.url, kind=kind))
    if not opened.is_file and page is None:
        findings.append(found("page.heavy", at, span, url=opened.url))
    if page is not None and page.scripted:
        findings.append(found("page.scripted", at, span, url=opened.url))
    if answer.cut and not opened.is_file:
        findings.append(found("page.large", at, span, url=opened.url))
    return findings


def _policy(
    looked: Looked, home: Opened | None, findings: list[Finding]
) -> Opened | None:
    """The page that the submission names, else the one that the home page links."""
    url = looked.submission.campaign.privacy_policy_url.strip()
    page = home.page if home is not None and trouble(home) is None else None
    if page is not None and not page.scripted:
        findings += policy_link_findings(page, with_scheme(url) if url else "")
    link = link_to(page, "privacy") if page is not None else None
    if not url and (link is None or link.url is None):
        if home is None or page is not None:  # else nobody could look for a link
            findings.append(found("policy.missing", POLICY))
        return None
    opened = looked.open(with_scheme(url) if url else (link and link.url) or "")
    before = len(findings)
    findings += _document(opened, "policy", POLICY)
    if len(findings) == before and opened.page is not None:
        findings += _without_places(
            policy_findings(opened.page.prose, whole=True), POLICY
        )
    return opened


def _terms(
    looked: Looked, home: Opened | None, policy: Opened | None, findings: list[Finding]
) -> Opened | None:
    url = looked.submission.campaign.terms_url.strip()
    page = home.page if home is not None else None
    link = link_to(page, "terms") if page is not None else None
    if not url and (link is None or link.url is None):
        return None
    opened = looked.open(with_scheme(url) if url else (link and link.url) or "")
    before = len(findings)
    findings += _document(opened, "terms", TERMS)
    if len(findings) > before or opened.page is None:
        return opened
    own = _without_places(terms_findings(opened.page.prose, whole=True), TERMS)
    # On a page, only a link that works will do.
    own = [one for one in own if one.rule.id != "terms.no_privacy_link"]
    silent = any(one.rule.id == "terms.no_section" for one in own)
    if not silent and not _links_policy(opened.page, policy):
        own.append(found("terms.no_privacy_link", TERMS))
    names = looked.submission.names
    words = f"{opened.page.title}\n{opened.page.words}"
    if names and not shows_name(words, names):
        own.append(found("terms.no_name", TERMS))
    findings += own
    return opened


def _links_policy(terms: Page, policy: Opened | None) -> bool:
    """A working link: to the policy we know, or by its words.  Terms that stand on
    the policy's own page need none."""
    if policy is not None and policy.page is terms:
        return True
    if policy is not None and trouble(policy) is not None:
        return False
    return any(
        link.url
        and (
            says("privacy", link.words) or (policy and same_page(link.url, policy.url))
        )
        for link in terms.links
    )


def _document(opened: Opened, what: str, at: str) -> list[Finding]:
    """Whether the policy or the terms can be reached and read at all."""
    url, wrong = opened.url, trouble(opened)
    if wrong is not None:
        rule = wrong.rule if wrong.rule == "url.not_opened" else f"{what}.broken"
        return [found(rule, at, None, url=url, why=wrong.why)]
    where = moved(opened)
    if where is not None:
        return [found(f"{what}.elsewhere", at, None, url=url, where=where)]
    quote = placeholder(opened.page) if opened.page is not None else None
    if quote is not None:
        return [found(f"{what}.placeholder", at, None, url=url, quote=quote)]
    if unencrypted(opened):
        return [found(f"{what}.http", at, None, url=url)]
    return _readable(opened, at, text=True)


def _without_places(findings: list[Finding], at: str) -> list[Finding]:
    """A span in a page is no span in the field that names the page."""
    return [found(one.rule.id, at, None, **one.values) for one in findings]


def _forms(looked: Looked, findings: list[Finding]) -> list[Opened]:
    """The forms that the submission gives as proof or names in its message flow; where
    it names none, one on the home page."""
    names = looked.submission.names
    web = {
        f"opt_in_proof[{number}].url"
        for number, proof in enumerate(looked.submission.opt_in_proof)
        if proof.kind == WEB
    }
    forms = []
    for mention in looked.mentions:
        page = _sound(looked.open(mention.url))
        if page is None:
            continue
        meant = mention.field in web
        about = phone_form(page)
        named = about is not None and says("texting", about.words)
        if meant or (named and mention.field in ("campaign.message_flow", AT)):
            findings += form_findings(page, names, mention.field)
            forms.append(looked.open(mention.url))
    return forms


def _sound(opened: Opened) -> Page | None:
    page = opened.page
    if page is None or trouble(opened) is not None or page.scripted:
        return None
    return None if placeholder(page) else page


def _pages(every: Sequence[Opened | None]) -> list[Page]:
    return [
        one.page
        for one in every
        if one is not None and one.page is not None and trouble(one) is None
    ]


def _texting_terms(terms: Opened | None) -> bool:
    return terms is not None
