"""A campaign at Twilio: its Messaging Service, handed in once, changed once FAILED."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registration.submission import CampaignPart
from registration.twilio import (
    WEBHOOK_OVERRIDES,
    Refused,
    Trouble,
    Unclear,
    attempt,
    raw,
    troubles,
)

if TYPE_CHECKING:
    from registration.twilio import Client

FIELDS = ("sid", "campaign_status", "campaign_id", "errors", "rate_limits", "mock")
FAILED = "FAILED"
# What Twilio's `update` does not take: the rest of a campaign is frozen for good.
FROZEN = (
    *("use_case", "sub_use_cases", "opt_in_message", "opt_out_message"),
    *("help_message", "opt_in_keywords", "opt_out_keywords", "help_keywords"),
)
NOT_FAILED = (
    "Twilio changes a campaign only after it was turned down, and this one was not. "
    "Ask for its status first."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSeen:
    """What Twilio shows.  A TCR id says nothing about approval (RT4b)."""

    sid: str
    status: str
    tcr_id: str | None
    errors: tuple[Trouble, ...]
    att_class: str | None  # what the registry says of its throughput
    tmobile_tier: str | None
    raw: str


def messaging_service(
    client: "Client", name: str, webhook: str
) -> str | Refused | Unclear:
    """Its sid.  Each number's own webhook counts, because a number is connected one
    by one; the service's is the same, should somebody flip that switch."""

    def step() -> str:
        services = client.messaging.v1.services
        for service in services.list(limit=500):
            if service.friendly_name == name:
                return str(service.sid)
        made = services.create(
            name,
            inbound_request_url=webhook + WEBHOOK_OVERRIDES,
            inbound_method="POST",
            fallback_url=webhook + WEBHOOK_OVERRIDES,
            fallback_method="POST",
            use_inbound_webhook_on_number=True,
            usecase="notifications",
        )
        return str(made.sid)

    return attempt(step)


def hand_in(
    client: "Client", service_sid: str, brand_sid: str, part: CampaignPart
) -> CampaignSeen | Refused | Unclear:
    """Billed, so the service's list is compared by description and use case first."""

    def step() -> CampaignSeen | Refused:
        campaigns = client.messaging.v1.services(service_sid).us_app_to_person
        there = campaigns.list(limit=20)
        for one in there:
            if (one.description, one.us_app_to_person_usecase) == (
                part.description,
                part.use_case,
            ):
                return seen(one)
        if there:
            return Refused(
                "",
                "The Messaging Service has another campaign at Twilio already. "
                "Look at it there before you hand in a second one.",
            )
        made = campaigns.create(
            brand_sid,
            part.description,
            part.message_flow,
            list(part.samples),
            part.use_case,
            part.embedded_link,
            part.embedded_phone,
            age_gated=part.age_gated,
            direct_lending=part.direct_lending,
            subscriber_opt_in=True,
            **_replies(part),
        )
        return seen(made)

    return attempt(step)


def look(
    client: "Client", service_sid: str, sid: str
) -> CampaignSeen | Refused | Unclear:
    service = client.messaging.v1.services(service_sid)
    return attempt(lambda: seen(service.us_app_to_person(sid).fetch()))


def change(
    client: "Client", service_sid: str, sid: str, part: CampaignPart
) -> CampaignSeen | Refused | Unclear:
    """Edits a FAILED campaign in place; one that has these texts already and is no
    longer FAILED was changed before, and nobody pays twice."""

    def step() -> CampaignSeen | Refused:
        campaign = client.messaging.v1.services(service_sid).us_app_to_person(sid)
        present = campaign.fetch()
        if str(present.campaign_status) != FAILED:
            return seen(present) if _same(present, part) else Refused("", NOT_FAILED)
        changed = campaign.update(
            part.embedded_link,
            part.embedded_phone,
            list(part.samples),
            part.message_flow,
            part.description,
            part.age_gated,
            part.direct_lending,
            **_addresses(part),
        )
        return seen(changed)

    return attempt(step)


def frozen_changes(before: CampaignPart, after: CampaignPart) -> tuple[str, ...]:
    """Fields that differ and that Twilio would not take."""
    return tuple(
        f"campaign.{name}"
        for name in FROZEN
        if getattr(before, name) != getattr(after, name)
    )


def seen(campaign: Any) -> CampaignSeen:
    tcr_id = campaign.campaign_id
    limits = {} if campaign.mock else campaign.rate_limits
    return CampaignSeen(
        sid=str(campaign.sid),
        status=str(campaign.campaign_status),
        tcr_id=str(tcr_id) if tcr_id else None,
        errors=troubles(campaign.errors),
        att_class=_word(limits, "att", "msg_class"),
        tmobile_tier=_word(limits, "tmobile", "brand_tier"),
        raw=raw({name: getattr(campaign, name, None) for name in FIELDS}),
    )


def _word(limits: Any, carrier: str, name: str) -> str | None:
    """Twilio describes none of it, so what is no text is not there."""
    of_carrier = limits.get(carrier) if isinstance(limits, dict) else None
    word = of_carrier.get(name) if isinstance(of_carrier, dict) else None
    return word[:20].upper() if isinstance(word, str) and word.strip() else None


def _same(there: Any, part: CampaignPart) -> bool:
    return (
        there.description,
        there.message_flow,
        list(there.message_samples or []),
    ) == (
        part.description,
        part.message_flow,
        list(part.samples),
    )


def _addresses(part: CampaignPart) -> dict[str, Any]:
    given = {
        "privacy_policy_url": part.privacy_policy_url,
        "terms_and_conditions_url": part.terms_url,
    }
    return {name: text for name, text in given.items() if text}


def _replies(part: CampaignPart) -> dict[str, Any]:
    """What is empty is left out: Twilio's own keyword replies then stand."""
    given: dict[str, Any] = {
        "opt_in_message": part.opt_in_message,
        "opt_out_message": part.opt_out_message,
        "help_message": part.help_message,
        "opt_in_keywords": list(part.opt_in_keywords),
        "opt_out_keywords": list(part.opt_out_keywords),
        "help_keywords": list(part.help_keywords),
        **_addresses(part),
    }
    return {name: value for name, value in given.items() if value}
