"""Examples to model a campaign on: their structure is copied, never their facts.

An example is a set of texts with places for the clinic's own data.  Those that ship
are written after what vendors publish; which carriers cleared one is known only of the
operator's own, which were registered and are kept redacted.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import Any

from registration.checks.sample import plain
from registration.checks.words import EMAIL, PHONE, URL, sentences
from registration.remedy_texts import Facts, names_of
from registration.submission import CampaignPart, Submission

TEXTS = (
    "description",
    "message_flow",
    "opt_in_message",
    "opt_out_message",
    "help_message",
)
QUOTES = ' “”"'
ALIKE = 0.6  # of two sentences that say the same thing
HOLE = re.compile(r"\{([a-z_]{1,30})\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """`texts` and `samples` have `{name}` where the clinic's own data belong."""

    id: str
    title: str
    use_case: str
    subs: tuple[str, ...]
    texts: Mapping[str, str]
    samples: tuple[str, ...]
    why: str  # it is a good one
    cleared_by: tuple[str, ...] = ()  # carriers; none: not known

    @property
    def shipped(self) -> bool:
        return not self.cleared_by


def filled(example: Example, facts: Facts) -> CampaignPart:
    """The campaign as this clinic would file it."""
    names = names_of(facts)
    texts = {key: _fill(text, names) for key, text in example.texts.items()}
    samples = tuple(_fill(sample, names) for sample in example.samples)
    part = CampaignPart(
        use_case=example.use_case,
        sub_use_cases=example.subs,
        samples=samples,
        opt_in_keywords=("START", "YES"),
        opt_out_keywords=("STOP", "UNSUBSCRIBE", "END", "QUIT"),
        help_keywords=("HELP", "INFO"),
        privacy_policy_url=facts.privacy_url,
        terms_url=facts.terms_url,
    )
    return part.model_copy(update=texts)


def _fill(text: str, names: Mapping[str, str]) -> str:
    return HOLE.sub(lambda hole: names.get(hole[1], hole[0]), text)


# Whatever else would lead to a clinic.
LEFT = ((EMAIL, "[e-mail]"), (URL, "{site}"), (PHONE, "{phone}"))


def tells_of_somebody(text: str) -> str | None:
    """What still leads to a clinic in a text that is to name none."""
    found = (pattern.search(text) for pattern, _ in LEFT)
    return next((one[0] for one in found if one), None)


def start_from(example: Example, submission: Submission, facts: Facts) -> Submission:
    """The clinic's identity, proof and fee stay; the campaign's texts are new."""
    ours = submission.campaign
    kept = {
        "flags": ours.flags,
        "age_gated": ours.age_gated,
        "direct_lending": ours.direct_lending,
    }
    campaign = filled(example, facts).model_copy(update=kept)
    return submission.model_copy(update={"campaign": campaign})


def redacted(campaign: CampaignPart, facts: Facts) -> dict[str, Any]:
    """A campaign's texts without the clinic: every fact of its own becomes a place.
    A person reads it before it is kept: a name inside a sentence may hide from us."""
    facts_by_name = {
        "name": facts.name,
        "form_url": facts.form_url,
        "privacy_url": facts.privacy_url,
        "terms_url": facts.terms_url,
        "site": facts.site,
        "phone": facts.phone,
        "number": facts.number,
        "city": facts.city,
    }
    known = sorted(
        ((value, name) for name, value in facts_by_name.items() if len(value) > 2),
        key=lambda pair: -len(pair[0]),
    )

    def hide(text: str) -> str:
        for value, name in known:
            whole = rf"(?<!\w){re.escape(value)}(?!\w)"
            text = re.sub(whole, f"{{{name}}}", text, flags=re.IGNORECASE)
        for pattern, place in LEFT:
            text = pattern.sub(place, text)
        return text

    return {
        **{key: hide(getattr(campaign, key)) for key in TEXTS},
        "samples": [hide(sample) for sample in campaign.samples],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far a draft is from an example that says what this clinic would say."""

    example: Example
    alike: int  # percent
    lacks: tuple[str, ...]  # sentences of the example that the draft has nothing like
    own: tuple[str, ...]  # sentences of the draft that the example has nothing like


def nearest(
    submission: Submission, examples: Iterable[Example], facts: Facts
) -> Distance | None:
    """Of the same use case, the most alike; None where there is no example of it."""
    same = [one for one in examples if one.use_case == submission.campaign.use_case]
    found = [distance(submission, one, facts) for one in same]
    return max(found, key=lambda one: one.alike, default=None)


def distance(submission: Submission, example: Example, facts: Facts) -> Distance:
    ours = _sentences(submission.campaign)
    theirs = _sentences(filled(example, facts))
    lacks = tuple(one for one in theirs if not _said_in(one, ours))
    own = tuple(one for one in ours if not _said_in(one, theirs))
    every = len(ours) + len(theirs)
    alike = 100 - (100 * (len(lacks) + len(own))) // every if every else 0
    return Distance(example=example, alike=alike, lacks=lacks, own=own)


def _sentences(campaign: CampaignPart) -> tuple[str, ...]:
    text = f"{campaign.description}\n{campaign.message_flow}"[:6000]
    found = (sentence.strip(QUOTES) for _, sentence in sentences(text))
    return tuple(one for one in found if len(plain(one)) > 12)


def _said_in(sentence: str, others: Sequence[str]) -> bool:
    """Quick looks first: comparing letter by letter is dear."""
    wanted = plain(sentence)
    for other in others:
        matcher = SequenceMatcher(None, wanted, plain(other), autojunk=False)
        if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
            continue
        if matcher.ratio() >= ALIKE:
            return True
    return False


@cache
def shipped() -> tuple[Example, ...]:
    text = files("registration").joinpath("data/examples.json").read_text("utf-8")
    return tuple(
        Example(
            id=one["id"],
            title=one["title"],
            use_case=one["use_case"],
            subs=tuple(one["sub_use_cases"]),
            texts={key: one[key] for key in TEXTS},
            samples=tuple(one["samples"]),
            why=one["why"],
        )
        for one in json.loads(text)
    )
