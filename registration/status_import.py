"""Takes a portal's table of carrier statuses into the cells, as the source `imported`.

Whether a word counts, the rules of `registration.status` decide.  What is kept as a
clinic's evidence holds that clinic's lines only.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.access import note_action
from clinics.models import Clinic
from consent.attachments import keep_list, plain_name
from kernel.carriers import LABELS
from kernel.db import Database
from registration.models import Campaign
from registration.status import Changed, Observation, Refused, Result, Source
from registration.status_file import Broken, Table, Word, excerpt, read_table
from registration.words import result_sentence
from registration.workflow import observe

MANY = "Several clinics have a campaign '{}'. Add a column clinic, or use the TCR id."
NONE = "There is no campaign '{}' here. Its texts are not ours."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of one line."""

    line: int
    campaign: str
    carrier: str
    result: str  # changed, confirmed or refused
    status: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Known:
    """A campaign of ours as a line may name it."""

    campaign_id: int
    clinic_id: int
    slug: str
    ref: str
    tcr_id: str | None


def import_statuses(
    database: Database,
    content: bytes,
    name: str,
    by: str,
    now: datetime,
    provider: str = "",
) -> list[Told]:
    """All lines in their order, in one transaction.  Raises Invalid for a file that is
    no such table."""
    table = read_table(content, now, provider)
    return database.retrying(lambda session: _take(session, table, name, by, now))


def _take(
    session: Session, table: Table, name: str, by: str, now: datetime
) -> list[Told]:
    known = _all_known(session)
    told = {
        one.line: _refused(one.line, one.campaign, "", one.why)
        for one in table.lines
        if isinstance(one, Broken)
    }
    mine: defaultdict[int, list[tuple[Known, Word]]] = defaultdict(list)
    for word in table.lines:
        if isinstance(word, Broken):
            continue
        found = _find(known, word)
        if isinstance(found, str):
            told[word.line] = _refused(
                word.line, word.campaign or word.tcr_id, word.carrier.value, found
            )
        else:
            mine[found.clinic_id].append((found, word))
    for clinic_id in sorted(mine):
        for one in _of_clinic(
            session, table, clinic_id, mine[clinic_id], name, by, now
        ):
            told[one.line] = one
    return [told[line] for line in sorted(told)]


def _of_clinic(
    session: Session,
    table: Table,
    clinic_id: int,
    lines: list[tuple[Known, Word]],
    name: str,
    by: str,
    now: datetime,
) -> list[Told]:
    """In the order in which it was seen; campaigns in one order, for their locks."""
    content = excerpt(table, [word for _, word in lines])
    sha256 = keep_list(session, clinic_id, content, name, by, now)
    evidence = f"{plain_name(name)} sha256:{sha256}"
    lines.sort(key=lambda one: (one[0].campaign_id, one[1].seen_at, one[1].line))
    told = []
    for known, word in lines:
        seen = Observation(
            status=word.status,
            raw=word.raw,
            source=Source.imported,
            at=word.seen_at,
            evidence=evidence,
        )
        result = observe(session, known.campaign_id, word.carrier, seen, by)
        told.append(_told(known, word, result))
    subject = f"{plain_name(name)}: {len(lines)} line(s)"
    note_action(session, clinic_id, by, "status import", subject, now)
    return told


def _told(known: Known, word: Word, result: Result) -> Told:
    sentence = result_sentence(LABELS[word.carrier], result)
    if isinstance(result, Refused):
        return _refused(word.line, known.ref, word.carrier.value, sentence)
    return Told(
        line=word.line,
        campaign=known.ref,
        carrier=word.carrier.value,
        result="changed" if isinstance(result, Changed) else "confirmed",
        status=result.cell.status.value,
        sentence=sentence,
    )


def _refused(line: int, campaign: str, carrier: str, why: str) -> Told:
    return Told(
        line=line,
        campaign=campaign,
        carrier=carrier,
        result="refused",
        status=None,
        sentence=why,
    )


def _find(known: list[Known], word: Word) -> Known | str:
    """The one campaign that is meant, or why there is none."""
    if word.tcr_id:
        found = [one for one in known if one.tcr_id == word.tcr_id]
    else:
        found = [one for one in known if one.ref == word.campaign]
    if word.clinic:
        found = [one for one in found if one.slug == word.clinic]
    if len(found) == 1:
        return found[0]
    return (MANY if found else NONE).format(word.campaign or word.tcr_id)


def _all_known(session: Session) -> list[Known]:
    rows = session.connection().execute(
        sa.select(
            col(Campaign.id),
            col(Campaign.clinic_id),
            col(Clinic.slug),
            col(Campaign.ref),
            col(Campaign.tcr_id),
        )
        .join(Clinic, col(Clinic.id) == Campaign.clinic_id)
        .where(col(Campaign.expired_at).is_(None))
    )
    return [
        Known(row.id or 0, row.clinic_id, row.slug, row.ref, row.tcr_id) for row in rows
    ]


def summary(told: list[Told]) -> str:
    counts = {word: 0 for word in ("changed", "confirmed", "refused")}
    for one in told:
        counts[one.result] += 1
    words = ", ".join(f"{count} {word}" for word, count in counts.items())
    return f"{len(told)} line(s): {words}."
