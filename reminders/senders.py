"""Which number a text leaves from, by what it is about.

Reminders and updates leave from the number that patients know; a request for a review from
one whose campaign covers it, where the clinic has such a one.
"""

from sqlmodel import Session, col, select

from consent.models import Topic
from registration.models import Campaign, SenderNumber
from registration.numbers import NoSender
from registration.usecases import covers
from reminders.policy import sender_of


def sender_about(
    session: Session, clinic_id: int, topic: Topic
) -> SenderNumber | NoSender:
    """The reminders' own number unless only another one covers the topic: then the gate
    and the pages say why nothing leaves."""
    usual = sender_of(session, clinic_id)
    if topic is Topic.care or isinstance(usual, NoSender):
        return usual
    rows = session.exec(
        select(SenderNumber, Campaign)
        .join(Campaign, col(Campaign.id) == col(SenderNumber.campaign_id))
        .where(
            col(SenderNumber.clinic_id) == clinic_id,
            col(Campaign.expired_at).is_(None),
        )
        .order_by(
            col(SenderNumber.id) != usual.id,
            col(SenderNumber.connected_at).is_(None),
            col(SenderNumber.id),
        )
    )
    for number, campaign in rows:
        if covers(campaign.use_case, campaign.sub_use_cases, topic):
            return number
    return usual


def campaign_about(session: Session, clinic_id: int, topic: Topic) -> Campaign | None:
    """That such a text leaves under; None while its number serves none."""
    sender = sender_about(session, clinic_id, topic)
    if isinstance(sender, NoSender) or sender.campaign_id is None:
        return None
    return session.get(Campaign, sender.campaign_id)
