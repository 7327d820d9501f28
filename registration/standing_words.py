"""What a carrier says of a campaign, in one sentence for people."""

from datetime import datetime

from kernel.clock import local_day, local_time
from registration.status import Cell, Status, stale

# What stands beside a word that is still awaited: nobody did something wrong.
ORDINARY = "Each carrier approves on its own; nothing is known to be wrong."
_SAYS = {
    Status.PENDING: "has not yet approved this clinic's texts",
    Status.REVIEW: "has not yet approved this clinic's texts",
    Status.ACTIVE: "lets this clinic's texts through",
    Status.REJECTED: "has refused this clinic's texts",
    Status.SUSPENDED: "has stopped this clinic's texts",
}
UNDECIDED = frozenset({Status.PENDING, Status.REVIEW})


def standing_sentence(
    carrier_label: str, cell: Cell | None, now: datetime, time_zone: str
) -> str:
    """What a carrier says of a campaign, for people; times in their zone."""
    if cell is None:
        return (
            f"{carrier_label} has said nothing about this campaign yet, "
            "so no text leaves to its phones."
        )
    if cell.status is Status.ACTIVE and stale(cell, now):
        return (
            f"{carrier_label} let this clinic's texts through, but that has not been "
            "confirmed "
            f"since {local_time(cell.observed_at, time_zone)}, more than 24 hours. "
            "Texts to its phones wait until it is confirmed again."
        )
    # A wait is counted in days; what lets texts through or stops them, by the minute.
    told = local_day if cell.status in UNDECIDED else local_time
    since = f"{cell.status.value} since {told(cell.since, time_zone)}"
    return f"{carrier_label} {_SAYS[cell.status]} ({since})."
