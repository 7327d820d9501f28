"""A CSV of carrier statuses from another provider's portal, read line by line.

Pure: no database.  A line that cannot be read says why and costs itself only.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kernel.carriers import GATED, Carrier
from kernel.csv_records import Record, delimiter_of, records_of
from kernel.decode import Decoded, decode, wrong_byte
from kernel.errors import Invalid
from registration.portal_words import Unread, portal_status
from registration.status import Status
from registration.words import carrier_of

LARGEST = 1024 * 1024
MOST_LINES = 5_000
LONGEST = 500  # characters of a note
AHEAD = timedelta(minutes=5)  # a portal's clock may be a little ahead of ours
# The heading that a column may have, folded to letters, by what it is.
HEADINGS = {
    "clinic": ("clinic",),
    "campaign": ("campaign", "campaignref", "reference"),
    "tcr_id": ("tcrid", "campaignid", "tcrcampaignid"),
    "carrier": ("carrier", "mno", "mnoid", "network"),
    "status": ("status", "campaignstatus"),
    "seen_at": ("seenat", "seen", "date", "at"),
    "note": ("note", "notes", "remark"),
    "provider": ("provider", "csp"),
}
CARRIERS = {
    "att": Carrier.att,
    "attmobility": Carrier.att,
    "tmobile": Carrier.tmobile,
    "tmobileus": Carrier.tmobile,
    "verizon": Carrier.verizon,
    "verizonwireless": Carrier.verizon,
}
TCR_ID = re.compile(r"C[A-Z0-9]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One line that can be read: who said what of which campaign, and when."""

    line: int
    clinic: str
    campaign: str
    tcr_id: str
    carrier: Carrier
    status: Status
    raw: str
    seen_at: datetime
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Broken:
    """One line that cannot, and why; what it said stands in the report."""

    line: int
    campaign: str
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    heading: Sequence[str]
    lines: Sequence[Word | Broken]


def read_table(content: bytes, now: datetime, provider: str = "") -> Table:
    """Raises Invalid for what is no such table at all."""
    if len(content) > LARGEST:
        raise Invalid("The file is larger than 1 MB. Split it.")
    decoded = decode(content)
    if not isinstance(decoded, Decoded):
        raise Invalid(decoded.message)
    text = decoded.text
    records = list(records_of(text, delimiter_of(text), MOST_LINES + 2))
    if not records or records[0].broken:
        raise Invalid("The file is empty. Give a CSV with a line of headings.")
    heading, rows = records[0].cells, records[1:]
    columns = _columns(heading)
    if len(rows) > MOST_LINES:
        raise Invalid(f"The file has more than {MOST_LINES:,} lines. Split it.")
    if not rows:
        raise Invalid("The file has headings and no line below them.")
    return Table(heading, [_line(row, columns, now, provider) for row in rows])


def excerpt(table: Table, words: Sequence[Word]) -> bytes:
    """Only these lines, under their heading: what one clinic's evidence may hold."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.heading)
    writer.writerows(word.cells for word in words)
    return out.getvalue().encode("utf-8", "replace")


def _columns(heading: Sequence[str]) -> dict[str, int]:
    folded = [re.sub(r"[^a-z]", "", name.casefold()) for name in heading]
    found = {
        what: folded.index(name)
        for what, names in HEADINGS.items()
        for name in reversed(names)
        if name in folded
    }
    missing = [what for what in ("carrier", "status", "seen_at") if what not in found]
    if "campaign" not in found and "tcr_id" not in found:
        missing.insert(0, "campaign or tcr_id")
    if missing:
        raise Invalid(
            f"The file lacks the columns {', '.join(missing)}. It needs campaign or "
            "tcr_id, carrier, status and seen_at; clinic, note and provider may be there."
        )
    return found


def _line(
    row: Record, columns: dict[str, int], now: datetime, provider: str
) -> Word | Broken:
    def cell(what: str) -> str:
        place = columns.get(what)
        inside = place is not None and place < len(row.cells)
        return row.cells[place].strip() if inside and place is not None else ""

    campaign = cell("campaign") or cell("tcr_id")
    if row.broken:
        return Broken(row.line, campaign, row.broken)
    if any(wrong_byte(text) is not None for text in row.cells):
        why = "It holds letters that are not UTF-8. Save the file as 'CSV UTF-8'."
        return Broken(row.line, "", why)
    carrier = _carrier(cell("carrier"))
    status = portal_status(cell("status"), cell("provider") or provider)
    seen_at = _moment(cell("seen_at"), now)
    if not campaign:
        return Broken(row.line, "", "It names no campaign.")
    if carrier is None:
        why = f"'{cell('carrier')}' is none of AT&T, T-Mobile and Verizon."
        return Broken(row.line, campaign, why)
    if isinstance(status, Unread):
        return Broken(row.line, campaign, status.why)
    if isinstance(seen_at, str):
        return Broken(row.line, campaign, seen_at)
    is_tcr = not cell("tcr_id") and TCR_ID.fullmatch(campaign)
    said = " ".join(filter(None, (cell("provider") or provider, cell("status"))))
    return Word(
        line=row.line,
        clinic=cell("clinic"),
        campaign=cell("campaign"),
        tcr_id=cell("tcr_id") or (campaign if is_tcr else ""),
        carrier=carrier,
        status=status,
        raw=f"{said}: {cell('note') or 'imported'}"[:LONGEST],
        seen_at=seen_at,
        cells=tuple(row.cells),
    )


def _carrier(text: str) -> Carrier | None:
    by_id = carrier_of(text)
    found = by_id or CARRIERS.get(re.sub(r"[^a-z]", "", text.casefold()))
    return found if found in GATED else None


def _moment(text: str, now: datetime) -> datetime | str:
    """A moment with its zone, or a day, which counts from its first second in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return f"'{text}' is no day like 2026-11-30 and no time like 2026-11-30T18:00Z."
    if moment.tzinfo is None and len(text) > len("2026-11-30"):
        return f"'{text}' names no time zone. Write it like 2026-11-30T18:00Z."
    moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    if moment > now + AHEAD:
        return f"'{text}' lies in the future."
    return min(moment, now)
