"""The words of the remedies, filled with a clinic's own data.  Pure."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

from consent.models import Topic
from registration.checks.words import LEGAL_FORMS
from registration.submission import Submission
from registration.usecases import covers


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The clinic as it is.  Addresses are whole; `phone` and `number` as people read."""

    name: str  # that patients know it by
    kind: str  # "a dental practice"
    city: str
    state: str
    phone: str
    site: str  # https://…, without a slash at the end
    form_url: str
    privacy_url: str
    terms_url: str
    number: str
    topics: tuple[Topic, ...] = (Topic.care,)
    ways: tuple[str, ...] = ("web",)  # of web, paper, verbal, keyword
    hosted_privacy: str = ""  # Heed's own pages for this clinic, where there are any
    hosted_terms: str = ""
    sent: tuple[str, ...] = ()  # reminders as they really leave, with [places]


def facts_from(submission: Submission) -> Facts:
    """What a submission itself says of its clinic; what it does not say stays open."""
    brand, campaign = submission.brand, submission.campaign
    site = brand.website.strip().rstrip("/") or "https://[website]"
    forms = [
        one.url for one in submission.opt_in_proof if one.kind == "web" and one.url
    ]
    topics = tuple(
        topic
        for topic in Topic
        if covers(campaign.use_case, campaign.sub_use_cases, topic)
    )
    return Facts(
        name=brand.dba.strip() or _spoken(brand.legal_name) or "[clinic name]",
        kind=OTHERWISE,
        city=brand.address.city.strip() or "[city]",
        state=brand.address.state.strip() or "[state]",
        phone=brand.contact.phone.strip() or "[phone]",
        site=site,
        form_url=forms[0] if forms else f"{site}/texts",
        privacy_url=https(campaign.privacy_policy_url) or f"{site}/privacy",
        terms_url=https(campaign.terms_url) or f"{site}/sms-terms",
        number="[number]",
        topics=topics or (Topic.care,),
    )


def _spoken(legal_name: str) -> str:
    """Without the legal form, as patients say it."""
    return LEGAL_FORMS.sub("", legal_name.strip()).strip()


OTHERWISE = "a healthcare practice"


def https(url: str) -> str:
    """The address itself, where it is sealed; else nothing."""
    return url.strip() if url.strip().lower().startswith("https://") else ""


def text(key: str, facts: Facts) -> str:
    """A text of `data/remedy_texts.csv` with the clinic's own data in it."""
    names = names_of(facts)
    if key == "form":  # markup: what stands in it is text
        names = {name: escape(value) for name, value in names.items()}
    return texts()[key].format_map(names)


def names_of(facts: Facts) -> Mapping[str, str]:
    """By placeholder: what stands for it at this clinic."""
    topics = [topic.value for topic in facts.topics]
    names = {
        "name": facts.name,
        "kind": facts.kind,
        "city": facts.city,
        "state": facts.state,
        "phone": facts.phone,
        "site": facts.site,
        "form_url": facts.form_url,
        "privacy_url": facts.privacy_url,
        "terms_url": facts.terms_url,
        "number": facts.number,
        "purposes": _listed(texts()[f"purposes_{topic}"] for topic in topics),
        "your_purposes": _listed(texts()[f"your_{topic}"] for topic in topics),
        "agree_purposes": _listed(texts()[f"agree_{topic}"] for topic in topics),
    }
    ways = (texts()[f"consent_{way}"].format_map(names) for way in facts.ways)
    names |= {"consent": _listed(ways, " or ")}
    return names | {"agree": texts()["agree"].format_map(names)}


def _listed(words: Iterable[str], last: str = " and ") -> str:
    *first, end = words
    return f"{', '.join(first)}{last}{end}" if first else end


@cache
def texts() -> Mapping[str, str]:
    found = files("registration").joinpath("data/remedy_texts.csv").read_text("utf-8")
    rows = csv.DictReader(found.splitlines(keepends=True))
    return {row["key"]: row["text"] for row in rows}
