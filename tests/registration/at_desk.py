"""A clinic on its way to be registered: Tidewater Dental, with nothing or all in place."""

from collections.abc import Collection
from datetime import date

from sqlmodel import Session

from clinics.access import add_clinic
from kernel.hashing import sha256_hex
from registration import brands, drafts, fees, intake
from registration.desk_models import FeeKind, Item, SubmissionVersion
from registration.judging import judge
from registration.models import Identity, SubmissionDraft
from registration.submission import Submission
from registration.submitting import NotYet, handed_in, prepare
from registration.website_models import PageLook, WebsiteLook
from tests.conftest import NOW
from tests.registration.checks.sound import submission

BY = "operator@heed.example"
PARTS = ("confirmed", "fee", "brand", "website", "check")
FORM = "https://tidewater.example/texts"


def tidewater(session: Session, slug: str = "tidewater") -> int:
    clinic = add_clinic(
        session,
        slug=slug,
        legal_name="Tidewater Family Dental, PLLC",
        display_name="Tidewater Dental",
        time_zone="America/Los_Angeles",
        phone="+15033250199",
        now=NOW,
    )
    return clinic.id or 0


def ready(
    session: Session,
    *,
    but: Collection[str] = (),
    given: Submission | None = None,
    clinic_id: int | None = None,
) -> SubmissionDraft:
    """A draft with every part in place but those named."""
    clinic_id = clinic_id or tidewater(session)
    draft = drafts.begin(
        session, clinic_id, "tide-care", given or submission(), BY, NOW
    )
    for part in PARTS:
        if part not in but:
            put(session, draft, part)
    return draft


def put(session: Session, draft: SubmissionDraft, part: str) -> None:
    content = drafts.content_of(draft)
    if part == "confirmed":
        for item in Item:
            shown = content.brand.legal_name if item is Item.legal_name else ""
            intake.confirm(session, draft, item, BY, NOW, shown)
    elif part == "fee":
        pay(session, draft.clinic_id, content.fee_receipt)
    elif part == "brand":
        brand = brands.register(session, draft, NOW)
        verify(session, brand)
    elif part == "website":
        looked(session, draft)
    elif part == "check":
        judged = judge(session, draft)
        drafts.note_check(session, draft, judged.findings, judged.site_seen, BY, NOW)


def pay(session: Session, clinic_id: int, receipt: str) -> None:
    fees.pay(
        session,
        clinic_id,
        FeeKind.setup,
        cents=25_000,
        receipt=receipt,
        on=date(2026, 11, 25),
        by=BY,
        now=NOW,
    )


def verify(session: Session, brand: object) -> None:
    brands.typed(
        session,
        brand,  # type: ignore[arg-type]
        Identity.VERIFIED,
        note="seen in the portal",
        evidence="https://csp.example/brands/1",
        now=NOW,
        by=BY,
        tcr_brand_id="BTIDE01",
    )


def looked(session: Session, draft: SubmissionDraft) -> None:
    """The website was opened for exactly these bytes, and all was well."""
    look = WebsiteLook(
        clinic_id=draft.clinic_id,
        draft_id=draft.id,
        asked_at=NOW,
        done_at=NOW,
        content_sha256=draft.content_sha256,
    )
    session.add(look)
    session.flush()
    session.add(
        PageLook(
            clinic_id=draft.clinic_id,
            look_id=look.id or 0,
            url=FORM,
            ended_at=FORM,
            status=200,
            media_type="text/html",
            body_sha256=sha256_hex(b"the form"),
            words_sha256=sha256_hex(b"its words"),
        )
    )
    session.flush()


def submitted(
    session: Session, draft: SubmissionDraft, *, handed: bool = True
) -> SubmissionVersion:
    made = prepare(session, draft, BY, NOW)
    assert not isinstance(made, NotYet), made
    if handed:
        handed_in(session, made, "the provider's portal, ref 1", NOW)
    return made
