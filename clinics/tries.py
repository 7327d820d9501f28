"""Tries of strangers, counted in the database: of sign-in, of a forgotten password.

Knows neither what is tried nor what a refusal says.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlmodel import Session

from kernel.counters import count


def network_of(address: str) -> str:
    """What counts as one address: a home has a whole IPv6 network to ask from."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ip_network((found, 64), strict=False))
    return str(found)


def counted_in(
    session: Session, names: Mapping[str, int], window: timedelta, now: datetime
) -> bool:
    """Counts one try under each name, until one has had its most: then False."""
    return all(
        count(session, name, window, now) <= most for name, most in names.items()
    )
