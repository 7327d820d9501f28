"""All that a reviewer needs of one campaign, from live data: who sends, to whom, what,
by what consent, and where each of it can be seen (R93, R121).

Reads only.  Names no patient; of a draft only one that the operator opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from clinics.access import clinic_by_slug
from clinics.models import Clinic, Language
from consent.disclosures import KINDS
from consent.disclosures import newest as newest_words
from consent.models import Attachment, Disclosure, ExportJob, ExportState
from gateway.opt_in_place import NOBODY
from kernel.errors import NotFound
from registration.drafts import content_of
from registration.known import known_of
from registration.models import Campaign, SubmissionDraft
from registration.submission import Submission

PICTURES = frozenset({"application/pdf", "image/jpeg", "image/png"})
GONE = "There is no campaign at this address. Check the link, or ask the clinic."


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Something to look at: an address, or a kept picture by its hash."""

    kind: str
    url: str
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    clinic: Clinic
    ref: str
    submission: Submission
    registered: bool  # else it is being prepared
    wordings: Sequence[Disclosure]  # in use, by way and language
    proofs: Sequence[Proof]
    pack: ExportJob | None  # the newest evidence pack of the whole clinic
    form_sha256: str | None
    opened_at: datetime | None


def reviewed(session: Session, slug: str, ref: str) -> Reviewed:
    """Raises NotFound, in words for the public."""
    try:
        clinic = clinic_by_slug(session, slug)
    except NotFound:
        raise NotFound(NOBODY) from None
    clinic_id = clinic.id or 0
    draft = _draft(session, clinic_id, ref)
    registered = _is_registered(session, clinic_id, ref)
    if draft is None and not registered:
        raise NotFound(GONE)
    submission = content_of(draft) if draft else known_of(session, clinic, ref)
    return Reviewed(
        clinic=clinic,
        ref=ref,
        submission=submission,
        registered=registered,
        wordings=_wordings(session, clinic_id),
        proofs=_proofs(session, clinic_id, submission),
        pack=_pack(session, clinic_id),
        form_sha256=draft.form_sha256 if draft else None,
        opened_at=draft.public_since if draft else None,
    )


def _draft(session: Session, clinic_id: int, ref: str) -> SubmissionDraft | None:
    if not ref.isprintable():
        return None
    return session.exec(
        select(SubmissionDraft).where(
            col(SubmissionDraft.clinic_id) == clinic_id,
            col(SubmissionDraft.ref) == ref,
            col(SubmissionDraft.public_since).is_not(None),
        )
    ).one_or_none()


def _is_registered(session: Session, clinic_id: int, ref: str) -> bool:
    if not ref.isprintable():
        return False
    known = select(Campaign.id).where(
        col(Campaign.clinic_id) == clinic_id,
        col(Campaign.ref) == ref,
        col(Campaign.expired_at).is_(None),
    )
    return session.exec(known).first() is not None


def _wordings(session: Session, clinic_id: int) -> list[Disclosure]:
    found = (
        newest_words(session, clinic_id, kind, language)
        for kind in KINDS
        for language in Language
        if kind != "import"  # what a clinic signed, not what a patient saw
    )
    return [one for one in found if one is not None]


def _proofs(
    session: Session, clinic_id: int, submission: Submission
) -> tuple[Proof, ...]:
    shown = []
    for one in submission.opt_in_proof:
        kept = session.get(Attachment, (clinic_id, one.file)) if one.file else None
        if kept is not None and kept.media_type not in PICTURES:
            kept = None  # a list of patients is no proof, whoever names it
        if one.url or kept is not None:
            shown.append(
                Proof(
                    kind=one.kind,
                    url=one.url if one.url.startswith("https://") else "",
                    sha256=kept.sha256 if kept else "",
                    media_type=kept.media_type if kept else "",
                )
            )
    return tuple(shown)


def _pack(session: Session, clinic_id: int) -> ExportJob | None:
    """Of all patients; one of a single phone says nothing of a campaign."""
    return session.exec(
        select(ExportJob)
        .where(
            col(ExportJob.clinic_id) == clinic_id,
            col(ExportJob.state) == ExportState.ready,
            col(ExportJob.phone).is_(None),
            col(ExportJob.sha256).is_not(None),
        )
        .order_by(col(ExportJob.id).desc())
        .limit(1)
    ).first()
