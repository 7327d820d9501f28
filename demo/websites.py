"""The invented clinics' websites, as files that Heed opens instead of the Internet:
`DATA_DIR/websites/<host>/<path>/index.html`.  They have what reviewers look for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    host: str
    name: str
    address: str
    phone: str


PLACES = (
    Place(
        "maple-dental.example",
        "Maple Dental, P.C.",
        "210 Alder Street, San Jose, CA 95112",
        "(415) 555-0199",
    ),
    Place(
        "birch-eye.example",
        "Birch Eye Care, LLC",
        "48 Water Street, New York, NY 10004",
        "(212) 555-0199",
    ),
)


def write_websites(folder: Path) -> None:
    """Safe to repeat; a page that somebody changed stays as it is."""
    for place in PLACES:
        for path, page in pages(place).items():
            file = folder / place.host / path.strip("/") / "index.html"
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists():
                file.write_text(page, "utf-8")


def pages(place: Place) -> Mapping[str, str]:
    name = escape(place.name)
    foot = (
        f"<footer>{name}, {escape(place.address)}, {place.phone} "
        '<a href="/privacy">Privacy Policy</a> <a href="/sms-terms">SMS Terms</a>'
        "</footer>"
    )
    small = (
        "<p>Message frequency varies. Message and data rates may apply. Reply HELP for "
        "help, reply STOP to opt out. Consent is not a condition of receiving care.</p>"
    )
    return {
        "/": _page(
            name,
            f"<h1>{name}</h1><p>We have looked after our neighbors since 1998. Call us "
            f"at {place.phone} for a visit.</p>",
            foot,
        ),
        "/texts": _page(
            f"Text reminders of {name}",
            '<h1>Get reminders by text</h1><form method="post"><label>Mobile phone '
            '<input type="tel" name="phone"></label><label><input type="checkbox" '
            f'name="care"> I agree to get text messages with appointment reminders from '
            f'{name}.</label>{small}<p><a href="/privacy">Privacy Policy</a> '
            '<a href="/sms-terms">SMS Terms</a></p><button>Join</button></form>',
            foot,
        ),
        "/privacy": _page(
            "Privacy Policy",
            f"<h1>Privacy Policy of {name}</h1><p>We collect your name, your phone "
            "number and the times of your visits.</p><p>We use your mobile number to "
            "send text messages that remind you of a visit.</p><p>Your mobile number "
            "and your consent to text messages are not shared with third parties or "
            "affiliates.</p><p>Reply STOP to opt out at any time. Ask the front desk to "
            "have your data deleted.</p>",
            foot,
        ),
        "/sms-terms": _page(
            "SMS Terms",
            f"<h1>Text messages of {name}</h1><p>We text appointment reminders and "
            "confirmations to patients who asked for them.</p><p>Message frequency "
            "varies. Message and data rates may apply.</p><p>Reply HELP for help or "
            f"call {place.phone}. Reply STOP to opt out.</p><p>Carriers are not liable "
            "for delayed or undelivered messages.</p>",
            foot,
        ),
    }


def _page(title: str, body: str, foot: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"{body}{foot}</html>\n"
    )
