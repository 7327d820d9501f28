"""What a mail with a link says.  Plain words, and nothing about any patient."""

from dataclasses import dataclass

from clinics.models import LinkKind
from clinics.staff import Link
from kernel.clock import local_time


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    body: str


def letter(link: Link, base: str) -> Letter:
    """`base` is our public address."""
    at = f" at {link.place}" if link.place else ""
    opening = {
        LinkKind.invite: f"You were invited to use Heed{at}.",
        LinkKind.reset: f"A new password was asked for, for your account of Heed{at}.",
    }[link.kind]
    subject = {
        LinkKind.invite: f"Your invitation to Heed{at}",
        LinkKind.reset: "Set a new password for Heed",
    }[link.kind]
    return Letter(
        subject,
        f"{opening}\n\n"
        f"Set your password here:\n{link.address(base)}\n\n"
        f"The link works once, until {local_time(link.until, link.time_zone)}. Do not pass "
        "it on:\nwhoever opens it sets your password.\n\n"
        "If you expected no such mail, do nothing, and tell your clinic admin.\n",
    )
