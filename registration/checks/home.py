"""The website as a whole: its links to the policy and the terms, whose it is, and the
five things that must stand on it (R16, R20, R77, R118)."""

from collections.abc import Sequence

from registration.checks.addresses import site, with_scheme
from registration.checks.finding import Finding, found
from registration.checks.names import shows_address, shows_name, shows_phone
from registration.checks.opened import same_page
from registration.checks.page import Link, Page
from registration.checks.phrases import says, where
from registration.submission import Submission

AT = "brand.website"
POLICY = "campaign.privacy_policy_url"
# What must stand somewhere on the website, and the rule that is broken otherwise.
SAID = (("help", "site.no_help"), ("opt_out", "site.no_stop"))


def link_to(page: Page, name: str) -> Link | None:
    """The link whose words or address name the policy (`privacy`) or the `terms`: one
    that works, if there is one, and rather one about texts."""
    named = [link for link in page.links if says(name, _speaking(link))]
    working = [link for link in named if link.url]
    about_texts = [link for link in working if says("texting", _speaking(link))]
    if name == "privacy":
        about_texts = []
    return next(iter([*about_texts, *working, *named]), None)


def _speaking(link: Link) -> str:
    path = (link.url or "").partition("://")[2].partition("/")[2]
    return f"{link.words} {path.replace('-', ' ').replace('_', ' ').replace('/', ' ')}"


def policy_link_findings(home: Page, policy_url: str) -> list[Finding]:
    """Reached in one click from the home page; the footer counts."""
    link = link_to(home, "privacy")
    if any(link.url and same_page(link.url, policy_url) for link in home.links):
        return []
    if link is None:
        return [found("policy.not_linked", POLICY)]
    if link.url is None:
        return [found("policy.dead_link", POLICY, None, quote=link.words[:60])]
    if policy_url and not same_page(link.url, policy_url):
        return [found("policy.other_link", POLICY, None, where=link.url)]
    return []


def identity_findings(submission: Submission, pages: Sequence[Page]) -> list[Finding]:
    """The name, the address and the phone that the registry knows."""
    brand = submission.brand
    shown = "\n".join(f"{page.title}\n{page.words}" for page in pages)
    findings = []
    if submission.names and not shows_name(shown, submission.names):
        findings.append(found("site.no_name", AT, None, name=submission.names[0]))
    street = brand.address.street.strip()
    if street and not shows_address(shown, brand.address):
        findings.append(found("site.no_address", AT, None, street=street))
    if brand.contact.phone and not shows_phone(shown, brand.contact.phone):
        findings.append(found("site.no_phone", AT))
    span = where("prohibited", shown)
    if span is not None:
        quote = shown[slice(*span)]
        findings.append(found("site.prohibited", AT, None, quote=quote))
    return findings


def mail_findings(submission: Submission) -> list[Finding]:
    email, website = submission.brand.contact.email, submission.brand.website
    host = email.rpartition("@")[2].strip()
    if not host or "@" not in email or not website.strip():
        return []
    mail, own = site(host), site(with_scheme(website))
    if mail == own:
        return []
    at = "brand.contact.email"
    return [found("site.email_elsewhere", at, None, mail=mail, site=own)]


def element_findings(
    pages: Sequence[Page], *, has_policy: bool, has_terms: bool
) -> list[Finding]:
    """Terms, policy, how to opt in, HELP and STOP (R77), wherever they stand."""
    findings = []
    if not has_policy:
        findings.append(found("site.no_policy", AT))
    if not has_terms:
        findings.append(found("site.no_terms", AT))
    words = "\n".join(page.words for page in pages)
    if not any(says("texting", page.words) and _invites(page) for page in pages):
        findings.append(found("site.no_opt_in", AT))
    return findings + [found(rule, AT) for name, rule in SAID if not says(name, words)]


def _invites(page: Page) -> bool:
    return says("agrees", page.words)
