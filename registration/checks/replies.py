"""The automatic answers that are filed with a campaign: opt-in, HELP and STOP."""

from collections.abc import Iterator, Sequence

from registration.checks.finding import Finding, found
from registration.checks.words import EMAIL, PHONE, PLACEHOLDER, URL, has, names_sender

SHORTEST, LONGEST = 20, 320  # characters; TCR and Twilio
PORTABLE = 255  # AWS takes no more

KINDS = {
    "opt_in_reply": ("campaign.opt_in_message", "opt-in confirmation"),
    "help_reply": ("campaign.help_message", "answer to HELP"),
    "stop_reply": ("campaign.opt_out_message", "answer to STOP"),
}


def reply_findings(
    kind: str, text: str, names: Sequence[str] = (), field: str = ""
) -> Iterator[Finding]:
    """`kind` is a key of `KINDS`."""
    own_field, what = KINDS[kind]
    at = field or own_field
    if not text.strip():
        yield found(f"{kind}.missing", at)
        return
    if not SHORTEST <= len(text) <= LONGEST:
        yield found("reply.length", at, what=what, length=str(len(text)))
    elif len(text) > PORTABLE:
        yield found("reply.portable", at, what=what, length=str(len(text)))
    if not names_sender(text, names):
        yield found("reply.brand", at, what=what)
    yield from LACKS[kind](text, at)


def _opt_in(text: str, at: str) -> Iterator[Finding]:
    for element in ("stop", "help", "rates", "frequency"):
        if not has(element, text):
            yield found(f"opt_in_reply.{element}", at)


def _help(text: str, at: str) -> Iterator[Finding]:
    number = PHONE.search(text) or EMAIL.search(text) or URL.search(text)
    if not number and not (has("contact", text) and PLACEHOLDER.search(text)):
        yield found("help_reply.contact", at)
    if not has("stop", text):
        yield found("help_reply.stop", at)


def _stop(text: str, at: str) -> Iterator[Finding]:
    if not has("no_more", text):
        yield found("stop_reply.no_more", at)


LACKS = {"opt_in_reply": _opt_in, "help_reply": _help, "stop_reply": _stop}
