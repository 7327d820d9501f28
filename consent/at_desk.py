"""What staff write down of a patient's word: a signed form, a yes that was spoken, a
STOP that was spoken.  Each names who heard it and under which wording.

The caller commits.  A business "no" is a `Refused` with the sentence to show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from consent import attachments
from consent.disclosures import newest, of_hash
from consent.guardian import Guardian
from consent.models import ConsentEvent, Disclosure, Grade, Topic
from consent.record import opt_in, opt_out
from consent.scripts import PAPER, VERBAL
from consent.standing import LineState, lock_line
from kernel.clock import local_time

SIGNED, SPOKEN, TOLD = "signed form", "said yes to staff", "told to staff"
# Texts that ask for reviews or offer something are marketing, which needs a written
# yes (messaging.md section 3, 47 CFR 64.1200(f)(9)).
SPOKEN_TOPICS = (Topic.care,)
OLDEST = date(1991, 12, 20)  # the law that asks for consent; older is a slip of the pen
WHERE = {
    "desk": "at the desk",
    "phone": "on the phone",
    "letter": "by letter or e-mail",
}

NO_TOPIC = "Nothing is ticked. Tick what the patient agreed to."
FUTURE = "This day is still to come. Write the day on which the form was signed."
NO_DAY = "Write the day on which the form was signed."
OLD_FORM = (
    "This form was signed before {what} ({when}), so it does not undo it. Ask the "
    "patient to sign a new form."
)
SAME_DAY = (
    "On the day of the signature there was also {what} ({when}). If the patient signed "
    "after that, say so by the tick below."
)
NOT_READ = "Read the script to the patient first, and tick it when they have said yes."
NEW_SCRIPT = "The script was changed while this page was open. Read the new one aloud."
NEW_STOP = (
    "A STOP arrived while this page was open, so nothing was recorded. Look at the "
    "patient's page, and ask again."
)
NO_WORDING = "The clinic has not published this wording. Choose one of the list."


@dataclass(frozen=True, slots=True)
class Refused:
    """`field` is the input that the sentence belongs to; "" = the whole form."""

    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Recorded:
    seqs: tuple[int, ...]  # of the ledger, one for each topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """The number and what the evidence says of the person behind it."""

    clinic_id: int
    zone: str  # of the clinic
    phone: str
    patient: str  # the clinic's own number for her
    by: str  # staff e-mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A form on paper.  `after_stop`: staff say that it was signed after the doubt of
    the same day."""

    topics: Sequence[Topic]
    signed_on: date | None
    after_stop: bool
    wording: str  # SHA-256 of the form's words
    scan: bytes
    scan_name: str
    guardian: Guardian | None = None  # who signed in the patient's place


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A yes to the script.  `seen_stop` is the ledger number of the STOP that the page
    showed, 0 = none."""

    said_yes: bool
    wording: str
    seen_stop: int
    guardian: Guardian | None = None


def record_signed(
    session: Session, whose: Whose, signed: Signed, now: datetime
) -> Recorded | Refused:
    wording = of_hash(session, whose.clinic_id, signed.wording)
    if wording is None or wording.kind != PAPER:
        return Refused("wording", NO_WORDING)
    line = lock_line(session, whose.clinic_id, whose.phone)
    refused = _unsigned(session, whose, signed, line, now)
    if refused is not None or signed.signed_on is None:
        return refused or Refused("signed_on", NO_DAY)
    sha256, form = attachments.keep(
        session, whose.clinic_id, signed.scan, signed.scan_name, whose.by, now
    )
    detail = {
        "method": SIGNED,
        "signed_on": signed.signed_on.isoformat(),
        "attachment_sha256": sha256,
        "attachment_type": form.media_type,
        **_evidence(whose, wording, signed.guardian),
    }
    if signed.after_stop:
        detail["signed_after_stop"] = True
    return _granted(session, whose, signed.topics, detail, now)


def record_said(
    session: Session, whose: Whose, said: Said, language: str, now: datetime
) -> Recorded | Refused:
    wording = newest(session, whose.clinic_id, VERBAL, language)
    if wording is None or wording.sha256 != said.wording:
        return Refused("said_yes", NEW_SCRIPT)
    if not said.said_yes:
        return Refused("said_yes", NOT_READ)
    wrong = said.guardian.problem() if said.guardian else None
    if wrong is not None:
        return Refused(*wrong)
    line = lock_line(session, whose.clinic_id, whose.phone)
    if line.stopped_seq != said.seen_stop:
        return Refused("", NEW_STOP)
    detail = {"method": SPOKEN, **_evidence(whose, wording, said.guardian)}
    return _granted(session, whose, SPOKEN_TOPICS, detail, now)


def record_stop(
    session: Session,
    clinic_id: int,
    phone: str,
    *,
    how: str,
    by: str,
    now: datetime,
    where: str | None = None,
) -> int:
    """She asked a person to stop: all topics, at once.  Needs no proof."""
    lock_line(session, clinic_id, phone)
    facts = {"method": TOLD, "how": how, "recorded_by": by}
    if where is not None:
        facts["where"] = WHERE[where]
    return opt_out(session, clinic_id, phone, facts, now)


def forms(session: Session, clinic_id: int) -> list[Disclosure]:
    """Every form that was ever published, the newest first: an old one may come in."""
    return list(
        session.exec(
            select(Disclosure)
            .where(
                col(Disclosure.clinic_id) == clinic_id, col(Disclosure.kind) == PAPER
            )
            .order_by(col(Disclosure.id).desc())
            .limit(50)
        )
    )


def _unsigned(
    session: Session, whose: Whose, signed: Signed, line: LineState, now: datetime
) -> Refused | None:
    if not signed.topics:
        return Refused("topics", NO_TOPIC)
    day = signed.signed_on
    if day is None or day < OLDEST:
        return Refused("signed_on", NO_DAY)
    zone = ZoneInfo(whose.zone)
    if day > now.astimezone(zone).date():
        return Refused("signed_on", FUTURE)
    doubt = _doubt(session, whose.clinic_id, line)
    if doubt is not None:
        what, at = doubt
        then = at.astimezone(zone).date()
        said = {"what": what, "when": local_time(at, whose.zone)}
        if day < then:
            return Refused("signed_on", OLD_FORM.format(**said))
        if day == then and not signed.after_stop:
            return Refused("after_stop", SAME_DAY.format(**said))
    wrong = signed.guardian.problem() if signed.guardian else None
    if wrong is not None:
        return Refused(*wrong)
    why = attachments.problem(signed.scan)
    return Refused("scan", why) if why else None


def _doubt(
    session: Session, clinic_id: int, line: LineState
) -> tuple[str, datetime] | None:
    """The newest reason not to text that an older signature must not undo."""
    stopped = session.get(ConsentEvent, (clinic_id, line.stopped_seq))
    if line.held_since and (stopped is None or line.held_since >= stopped.at):
        return "a reply that a person must read", line.held_since
    return ("a STOP", stopped.at) if stopped else None


def _evidence(
    whose: Whose, wording: Disclosure, guardian: Guardian | None
) -> dict[str, str | int | bool]:
    return {
        **(guardian.evidence() if guardian is not None else {}),
        "recorded_by": whose.by,
        "patient": whose.patient,
        "disclosure_sha256": wording.sha256,
        "disclosure_version": f"{wording.kind} {wording.language} {wording.version}",
    }


def _granted(
    session: Session,
    whose: Whose,
    topics: Sequence[Topic],
    detail: Mapping[str, str | int | bool],
    now: datetime,
) -> Recorded:
    place = (session, whose.clinic_id, whose.phone)
    ordered = [topic for topic in Topic if topic in topics]
    return Recorded(
        tuple(opt_in(*place, topic, Grade.recorded, detail, now) for topic in ordered)
    )
