"""What Heed knows of a clinic before anybody types it: a draft to begin with.

Reads only.  The placeholders of our own wordings become those that reviewers know.
"""

import re

from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.phone import shown
from registration.checks.words import comparable
from registration.dossier import campaign_of
from registration.models import Brand, Campaign, WordingKind
from registration.submission import BrandPart, CampaignPart, Submission
from registration.wordings import in_use

OPEN = re.compile(r"\{([a-z_]{1,30})\}")


def known_of(session: Session, clinic: Clinic, ref: str | None) -> Submission:
    """What Heed knows already: of the clinic, and of one of its campaigns."""
    campaign = campaign_of(session, clinic.id or 0, ref) if ref else None
    brand = session.exec(
        select(Brand)
        .where(col(Brand.clinic_id) == clinic.id)
        .order_by(col(Brand.id).desc())
        .limit(1)
    ).first()
    legal_name = brand.legal_name if brand else clinic.legal_name
    same = comparable(legal_name) == comparable(clinic.display_name)
    return Submission(
        brand=BrandPart(
            legal_name=legal_name,
            dba="" if same else clinic.display_name,
            ein=brand.ein if brand else "",
            entity_type=brand.entity_type if brand else "",
            vertical=brand.vertical if brand else "HEALTHCARE",
            website=brand.website if brand else "",
        ),
        campaign=_campaign_part(session, clinic, campaign)
        if campaign
        else CampaignPart(),
    )


def reminders_sent(session: Session, clinic: Clinic) -> tuple[str, ...]:
    """The reminders in use, as reviewers read them."""
    texts = texts_in_use(session, clinic.id or 0)
    return tuple(_filled(text, clinic) for kind, text in texts if kind == "reminder")


def texts_in_use(session: Session, clinic_id: int) -> list[tuple[str, str]]:
    """Kind and English wording of every text that the clinic's campaigns send now."""
    campaigns = session.exec(
        select(Campaign.id).where(
            col(Campaign.clinic_id) == clinic_id, col(Campaign.expired_at).is_(None)
        )
    ).all()
    return [
        (wording.kind.value, wording.text)
        for campaign_id in campaigns
        for wording in in_use(session, clinic_id, campaign_id or 0)
        if wording.language == "en"
    ]


def _campaign_part(
    session: Session, clinic: Clinic, campaign: Campaign
) -> CampaignPart:
    texts = {
        wording.kind: _filled(wording.text, clinic)
        for wording in in_use(session, campaign.clinic_id, campaign.id or 0)
        if wording.language == "en"
    }
    words = campaign.keywords
    return CampaignPart(
        use_case=campaign.use_case,
        sub_use_cases=tuple(campaign.sub_use_cases),
        description=campaign.description,
        message_flow=campaign.message_flow,
        samples=tuple(_filled(sample, clinic) for sample in campaign.samples),
        opt_in_message=texts.get(WordingKind.opt_in_confirmation, ""),
        opt_out_message=texts.get(WordingKind.stop_confirmation, ""),
        help_message=texts.get(WordingKind.help, ""),
        opt_in_keywords=_list(words.get("opt_in")),
        opt_out_keywords=_list(words.get("opt_out")),
        help_keywords=_list(words.get("help")),
    )


def _filled(text: str, clinic: Clinic) -> str:
    """`{clinic}: see you {date}` as `Maple Dental: see you [date]`."""
    known = {"clinic": clinic.display_name, "phone": shown(clinic.phone)}

    def word(hole: re.Match[str]) -> str:
        return known.get(hole[1], f"[{hole[1].replace('_', ' ')}]")

    return OPEN.sub(word, text)


def _list(given: object) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, list | tuple) else ()
