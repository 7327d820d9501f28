"""A wording beside what its campaign is registered with, before it may be used (N7).

Compared only with what was handed in here; of a campaign that was registered elsewhere
nobody knows the samples.  Pure.
"""

import re
from collections.abc import Iterator, Sequence

from registration.checks.campaign import LINK_HOLE, PHONE_HOLE
from registration.checks.in_use import like_one
from registration.checks.sample import plain
from registration.checks.words import PHONE, URL
from registration.submission import CampaignPart

# A wording is shorter than its sample, or has other holes; beneath this it is another.
ALIKE = 0.45
HOLE = re.compile(r"\{([a-z_]{1,30})\}")
LONGEST = 1600


def against(
    campaign: CampaignPart, text: str, *, is_reminder: bool, language: str
) -> tuple[str, ...]:
    """Sentences that say why carriers would not expect this text; none when it fits."""
    return tuple(_against(campaign, text, is_reminder, language))


def _against(
    campaign: CampaignPart, text: str, is_reminder: bool, language: str
) -> Iterator[str]:
    shown = HOLE.sub(r"[\1]", text)
    receipt = "{receipt}" in text
    if not campaign.embedded_link and (
        receipt or URL.search(shown) or LINK_HOLE.search(shown)
    ):
        yield (
            "It has a link, and the campaign is registered without links. That cannot "
            "be changed any more: take the link out."
        )
    # An answer to HELP names the clinic's phone whatever the flags say.
    if (
        is_reminder
        and not campaign.embedded_phone
        and (PHONE.search(shown) or PHONE_HOLE.search(shown))
    ):
        yield (
            "It has a phone number, and the campaign is registered without. That cannot "
            "be changed any more: take the number out."
        )
    if is_reminder and language == "en" and not _like_a_sample(shown, campaign.samples):
        yield (
            "It is like none of the samples that the campaign is registered with, and "
            "carriers compare. Word it as in a sample, or have the samples changed first."
        )


def _like_a_sample(text: str, samples: Sequence[str]) -> bool:
    return like_one(plain(text[:LONGEST]), [plain(one) for one in samples], ALIKE)
