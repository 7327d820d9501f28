"""What a vendor's send error means for us.  Looks up; decides and sends nothing."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

UNKNOWN = (
    "The text did not go through, for a reason that we do not know yet. "
    "Do not send it again; call the patient if it matters."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendError:
    """One code of `data/send_errors.csv`.  Never both retryable and ambiguous."""

    code: str
    meaning: str  # the vendor's, shortened; empty where the code is not in the table
    retryable: bool  # later, within the message's own window
    ambiguous: bool  # it may have left: reconcile, never send again blindly
    opt_out: bool  # the vendor holds a STOP that we must record
    takes_active_away: bool  # this number's campaign is not Active at this carrier
    invalid_number: bool  # texts cannot reach this number
    halts_account: bool  # every text of this account will fail
    fills_day: bool  # the carrier takes no more from this brand today
    sentence: str  # for a front desk
    next_step: str  # for the desk, where the text was taken and did not arrive


FLAGS = (
    "retryable",
    "ambiguous",
    "opt_out",
    "takes_active_away",
    "invalid_number",
    "halts_account",
    "fills_day",
)
NEXT_STEP = "Call the patient, and ask whether the number is right."


def look_up(code: str | int | None) -> SendError:
    """The error of that code; a code that is not in the table is kept, never retried."""
    key = "" if code is None else str(code).strip()
    return table().get(key) or _error(key, "", frozenset(), UNKNOWN, "")


@cache
def table() -> dict[str, SendError]:
    text = files("gateway").joinpath("data/send_errors.csv").read_text("utf-8")
    return {
        row["code"]: _error(
            row["code"],
            row["meaning"],
            frozenset(flag for flag in FLAGS if row[flag] == "yes"),
            row["sentence"],
            row["next_step"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def _error(
    code: str, meaning: str, flags: frozenset[str], sentence: str, next_step: str
) -> SendError:
    return SendError(
        code=code,
        meaning=meaning,
        retryable="retryable" in flags,
        ambiguous="ambiguous" in flags,
        opt_out="opt_out" in flags,
        takes_active_away="takes_active_away" in flags,
        invalid_number="invalid_number" in flags,
        halts_account="halts_account" in flags,
        fills_day="fills_day" in flags,
        sentence=sentence,
        next_step=next_step or NEXT_STEP,
    )
