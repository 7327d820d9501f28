"""A wording beside what its campaign is registered with, before it may be used (N7), and
a text that staff typed, before it leaves.

Pure.  Of a campaign that was registered elsewhere only its samples may be known.
"""

import re
from collections.abc import Iterator, Sequence

from consent.models import Topic
from registration.checks.campaign import LINK_HOLE, PHONE_HOLE
from registration.checks.in_use import like_one
from registration.checks.sample import plain
from registration.checks.words import PHONE, URL, first, has
from registration.models import WordingKind
from registration.promotions import outside, promotions
from registration.submission import CampaignPart
from registration.usecases import covers, spelled

# A wording is shorter than its sample, or has other holes; beneath this it is another.
ALIKE = 0.45
HOLE = re.compile(r"\{([a-z_]{1,30})\}")
LONGEST = 1600

# With these the clinic speaks first.  Each names the clinic and says how to stop, so that
# the first text of a conversation does, and the first after a long silence.
SPEAKS_FIRST = frozenset(
    {
        WordingKind.reminder,
        WordingKind.reminder_together,
        WordingKind.update,
        WordingKind.review_request,
    }
)
STOP = re.compile(r"\bSTOP\b")
# These say what she agrees to, and so may name what else the campaign sends; every
# other kind goes to whoever agreed to its topic.
OPT_IN_KINDS = (WordingKind.opt_in_request, WordingKind.opt_in_confirmation)
ABOUT = {
    Topic.care: "news about visits",
    Topic.reviews: "requests for a review",
    Topic.marketing: "promotions",
}


def topic_of(kind: WordingKind) -> Topic:
    """What the patient must have agreed to."""
    return Topic.reviews if kind is WordingKind.review_request else Topic.care


def introduces(
    kind: WordingKind, text: str, names: Sequence[str] = ()
) -> tuple[str, ...]:
    """What lacks of who texts and how to stop, where the clinic speaks first.  `names`
    are the clinic's own, for whoever writes them out."""
    if kind not in SPEAKS_FIRST:
        return ()
    lacks = []
    if not any(name in text for name in ("{clinic}", *names)):
        lacks.append("It does not say who texts: begin with {clinic}.")
    if not STOP.search(text):
        lacks.append(
            "It does not say how to end the texts: add “Reply STOP to opt out.”"
        )
    return tuple(lacks)


def beyond_use_case(
    kind: WordingKind, text: str, use_case: str, sub_use_cases: Sequence[str]
) -> tuple[str, ...]:
    """Why the declared use case does not cover this text (R133)."""
    return tuple(_beyond(kind, text, use_case, tuple(sub_use_cases)))


def _beyond(
    kind: WordingKind, text: str, use_case: str, subs: tuple[str, ...]
) -> Iterator[str]:
    declared, topic = spelled(use_case, subs), topic_of(kind)
    one_off = kind in (WordingKind.update, WordingKind.review_request)
    if one_off and not covers(use_case, subs, topic):
        yield (
            f"The campaign is registered as {declared}, which does not cover "
            f"{ABOUT[topic]}, and carriers turn such texts down (Twilio 30893, DCA1 "
            "8200). They need a campaign that names them."
        )
        return
    found = outside(text, use_case, subs)
    why = (
        f"The campaign is registered as {declared}, which does not cover that, and "
        "carriers turn such texts down (R133; Twilio 30893, DCA1 8200). Take the words "
        "out, or register a campaign that names them."
    )
    if not found and kind not in OPT_IN_KINDS:
        found = tuple(one for one in promotions(text) if one.family is not topic)
        agreed = "a review" if topic is Topic.reviews else "texts about care"
        why = (
            f"This text goes to everybody who agreed to {agreed}, and a promotion "
            "needs a consent of its own (R84). Take the words out."
        )
    if found:
        named = ", ".join(f"'{one.words}'" for one in found)
        yield f"{named} is promotional. {why}"


def against(
    campaign: CampaignPart, text: str, *, kind: WordingKind, language: str
) -> tuple[str, ...]:
    """Sentences that say why carriers would not expect this text; none when it fits."""
    return tuple(_against(campaign, text, kind, language))


def _against(
    campaign: CampaignPart, text: str, kind: WordingKind, language: str
) -> Iterator[str]:
    shown = HOLE.sub(r"[\1]", text)
    holes = "{receipt}" in text or "{link}" in text
    if not campaign.embedded_link and (
        holes or URL.search(shown) or LINK_HOLE.search(shown)
    ):
        yield (
            "It has a link, and the campaign is registered without links. That cannot "
            "be changed any more: take the link out."
        )
    # An answer to HELP names the clinic's phone whatever the flags say.
    if (
        kind in SPEAKS_FIRST
        and not campaign.embedded_phone
        and (PHONE.search(shown) or PHONE_HOLE.search(shown))
    ):
        yield (
            "It has a phone number, and the campaign is registered without. That cannot "
            "be changed any more: take the number out."
        )
    if kind is WordingKind.reminder and language == "en":
        yield from _like_no_sample(shown, campaign.samples)
    elif kind is WordingKind.update:
        yield from _no_update(shown, campaign.samples)
    elif kind is WordingKind.review_request:
        yield from _no_request(campaign.samples)


def _like_no_sample(text: str, samples: Sequence[str]) -> Iterator[str]:
    if not like_one(plain(text[:LONGEST]), [plain(one) for one in samples], ALIKE):
        yield (
            "It is like none of the samples that the campaign is registered with, and "
            "carriers compare. Word it as in a sample, or have the samples changed first."
        )


def _no_update(text: str, samples: Sequence[str]) -> Iterator[str]:
    """What happens on a day was never a sample; what it is about must have been."""
    if not any(has("about_a_visit", one) for one in samples):
        yield (
            "No sample that the campaign is registered with speaks of visits, and "
            "carriers compare. Have a sample with an update added first."
        )
    elif first("about_a_visit", text) is None:
        yield (
            "It says nothing of a visit, of closing or of a delay, and the campaign is "
            "registered for those. Say what becomes of the visit."
        )


def _no_request(samples: Sequence[str]) -> Iterator[str]:
    asked = (one.family for sample in samples for one in promotions(sample))
    if Topic.reviews not in asked:
        yield (
            "No sample that the campaign is registered with asks for a review, and "
            "carriers compare. Have such a sample added first."
        )
