"""The clinic's own data, as remedies and the letter to the clinic need it.  Reads only."""

import re

from sqlmodel import Session

from clinics.models import Clinic, Language
from consent.disclosures import newest
from consent.models import Topic
from kernel.phone import shown
from registration.known import reminders_sent
from registration.numbers import NoSender, sender_for
from registration.remedy_texts import OTHERWISE, Facts, https
from registration.submission import Submission
from registration.usecases import covers

WAYS = ("web", "paper", "verbal", "keyword")
KINDS = (  # what a reviewer reads; the name of the clinic says it best
    (re.compile(r"\b(?:dent|orthodon|smile|tooth)", re.I), "a dental practice"),
    (re.compile(r"\b(?:eye|optom|ophthal|vision)", re.I), "an eye care practice"),
    (re.compile(r"\b(?:pediatr|child)", re.I), "a pediatric practice"),
    (re.compile(r"\bchiro", re.I), "a chiropractic practice"),
    (re.compile(r"\b(?:physical therapy|physio)", re.I), "a physical therapy practice"),
    (re.compile(r"\b(?:family|primary care)", re.I), "a primary-care practice"),
)


def facts_of(
    session: Session, clinic: Clinic, submission: Submission, base_url: str
) -> Facts:
    """`base_url` is where Heed's public pages stand, without a slash at the end."""
    clinic_id, brand = clinic.id or 0, submission.brand
    pages = f"{base_url.rstrip('/')}/c/{clinic.slug}"
    sender = sender_for(session, clinic_id)
    campaign = submission.campaign
    ways = tuple(
        way for way in WAYS if newest(session, clinic_id, way, Language.en) is not None
    )
    topics = tuple(
        topic
        for topic in Topic
        if covers(campaign.use_case, campaign.sub_use_cases, topic)
    )
    name = brand.dba.strip() or clinic.display_name
    return Facts(
        name=name,
        kind=next((kind for words, kind in KINDS if words.search(name)), OTHERWISE),
        city=brand.address.city.strip() or "[city]",
        state=brand.address.state.strip() or "[state]",
        phone=shown(clinic.phone),
        site=brand.website.strip().rstrip("/"),
        form_url=f"{pages}/opt-in",
        privacy_url=https(campaign.privacy_policy_url) or f"{pages}/privacy",
        terms_url=https(campaign.terms_url) or f"{pages}/sms-terms",
        hosted_privacy=f"{pages}/privacy",
        hosted_terms=f"{pages}/sms-terms",
        number="[number]" if isinstance(sender, NoSender) else shown(sender.phone),
        topics=topics or (Topic.care,),
        ways=ways or ("web",),
        sent=reminders_sent(session, clinic),
    )
