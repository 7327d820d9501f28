"""May this address stand in a request for a review: the clinic's own page, or one of the
places where patients review clinics (`data/review_places.csv`).

Pure: nothing is opened.  A shortened link hides where it goes, and carriers turn it down.
"""

import csv
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from registration.checks.addresses import site
from registration.checks.words import listed
from reminders.rendering import LONGEST_LINK

PLAIN = re.compile(r"https://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*)?")


def wrong_with(link: str, websites: Iterable[str]) -> str | None:
    """A sentence, or None for a link that may be used.  `websites` are the clinic's."""
    if not link:
        return "The link to the clinic's page for reviews is missing."
    if len(link) > LONGEST_LINK:
        return f"The link is longer than {LONGEST_LINK} characters. Use a shorter one of the same site."
    if not PLAIN.fullmatch(link):
        return "The link must be a plain web address that begins with https://."
    try:
        parts = urlsplit(link)
        host, odd = (parts.hostname or "").rstrip("."), parts.port is not None
    except ValueError:
        return "The link must be a plain web address that begins with https://."
    if odd or "." not in host:
        return "The link must be a plain web address that begins with https://."
    if host in listed("shorteners") or site(host) in listed("shorteners"):
        return (
            f"{host} shortens links and hides where they go, so carriers turn such texts "
            "down. Use the full address of the page."
        )
    own = {site(one) for one in websites if one}
    if site(host) not in own | places():
        return (
            f"{host} is neither the clinic's own website nor a place where patients "
            f"review clinics ({', '.join(sorted(places()))}). Use a page there."
        )
    return None


@cache
def places() -> frozenset[str]:
    text = files("reminders").joinpath("data/review_places.csv").read_text("utf-8")
    return frozenset(row["site"] for row in csv.DictReader(text.splitlines()))
