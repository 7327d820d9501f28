"""The registration desk: all registrations at a glance, and one with its nine steps."""

from typing import Any

from flask import Blueprint, render_template, request
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here
from kernel.asked import read_id
from kernel.carriers import GATED, LABELS
from kernel.web import heed
from registration import brands, drafts, fees, flagged, intake
from registration import compared as compare
from registration.codes import sources
from registration.desk import Desk, desk, desks
from registration.desk_alarms import ready_since
from registration.desk_models import FeeKind, Layer, LayerState
from registration.evidence import read_all
from registration.intake_items import LABELS as LABELS_OF
from registration.layers import NAMES
from registration.models import Identity
from registration.rejections import (
    SCRUTINY_FROM,
    consecutive,
    fixes_of,
    rejections_of,
    who_of,
)
from registration.report import reviews_of
from registration.throughput import limits_of

bp = Blueprint("desk", __name__)


@bp.get("/operator/registrations")
@allow(Role.operator)
def registrations() -> str:
    now = heed().now()
    with heed().database.reading() as reading:
        board = desks(reading, now, read_id(request.args.get("before")))
        per_approval = compare.submissions_per_approval(reading)
    return render_template(
        "registration/registrations.html",
        found=board.found,
        older=board.older,
        per_approval=per_approval,
        now=now,
        labels=LABELS,
        gated=sorted(GATED),
    )


@bp.get("/operator/registrations/<clinic>/<int:draft_id>")
@allow(Role.operator)
def registration(clinic: str, draft_id: int) -> str:
    return page(draft_id)


@bp.get("/operator/registrations/compared")
@allow(Role.operator)
def compared() -> str:
    one, other = (request.args.get(name, 0, type=int) for name in ("one", "other"))
    with heed().database.reading() as reading:
        choices = compare.handed(reading)
        both = one and other
        return render_template(
            "registration/compared.html",
            choices=choices,
            options=[("", "Choose"), *((str(each.id), each.words) for each in choices)],
            one=str(one),
            other=str(other),
            outcomes=compare.outcomes(reading, one, other) if both else (),
            differences=compare.differences(reading, one, other) if both else (),
        )


def page(draft_id: int, typed: Any = None, problem: str = "", part: str = "") -> str:
    """With what was typed and why it was refused, beside the part it belongs to."""
    now = heed().now()
    with heed().database.reading() as reading:
        draft = drafts.draft_of(reading, here().id, draft_id)
        found = desk(reading, draft, now)
        content = drafts.content_of(draft)
        brand = brands.brand_of(reading, here().id, content.brand.ein)
        return render_template(
            "registration/desk.html",
            draft=draft,
            desk=found,
            steps={step.key: step for step in found.steps},
            lines=intake.checklist(reading, draft),
            questions=intake.questions(reading, draft),
            fee=fees.setup_paid(reading, here().id),
            ledger=fees.ledger(reading, here().id),
            dollars=fees.dollars,
            setup_purposes=fees.purposes(FeeKind.setup),
            brand=brand,
            brand_says=brands.meaning_of(brand.identity if brand else None),
            through_twilio=bool(heed().settings.twilio_account_sid),
            brand_lacks=brands.missing(reading, draft),
            limits=limits_of(
                content.campaign.use_case, brand.vetting_score if brand else None
            ),
            identity_options=[("", "Choose"), *((one, one) for one in Identity)],
            ready_since=ready_since(reading, draft),
            states=LayerState,
            layer_names=NAMES,
            layers=Layer,
            evidence=_evidence(reading, found),
            labels=LABELS,
            reviews=reviews_of(content),
            issuer_options=list(sources().items()),
            item_options=[("", "something else"), *LABELS_OF.items()],
            elements=list(flagged.choices()),
            typed=typed or {},
            problem=problem,
            part=part,
            again_costs=fees.dollars(fees.price(FeeKind.resubmission).cents),
            **_rejected(reading, found),
        )


def _rejected(reading: Session, found: Desk) -> dict[str, Any]:
    if found.campaign is None:
        return {"rejections": (), "in_a_row": 0, "scrutiny": False}
    campaign_id = found.campaign.id or 0
    count = consecutive(reading, campaign_id)
    rejections = [
        (one, who_of(one), fixes_of(reading, one.id or 0))
        for one in rejections_of(reading, campaign_id)
    ]
    return {
        "rejections": rejections,
        "in_a_row": count,
        "scrutiny": count >= SCRUTINY_FROM,
    }


def _evidence(reading: Session, found: Desk) -> Any:
    texts = [one.evidence for one in found.layers.values()]
    return read_all(reading, here().id, texts)
