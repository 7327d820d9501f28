"""The description of a campaign: who texts whom, what for, by what consent (R90)."""

from collections.abc import Iterator, Sequence

from registration.checks.finding import Finding, found
from registration.checks.words import URL, has, left_open, names_sender

FIELD = "campaign.description"
SHORTEST, LONGEST = 40, 4096  # characters; Twilio and Bandwidth
ADVISED = 100
SLOTS = {
    "who": "who sends the texts",
    "whom": "who receives them",
    "what": "what they are for",
    "consent": "how the patients agreed",
}
ENOUGH = 3  # of the four: a reviewer forgives one


def description_findings(
    text: str, names: Sequence[str] = (), field: str = FIELD
) -> Iterator[Finding]:
    """`names` are the sender's; without any, a proper name in the text will do."""
    if not text.strip():
        yield found("description.missing", field)
        return
    missing = [slot for slot in SLOTS if slot not in _slots(text, names)]
    if len(text) < SHORTEST:
        yield found("description.short", field, length=str(len(text)))
    elif len(text) > LONGEST:
        yield found("description.long", field, length=str(len(text)))
    if len(missing) > len(SLOTS) - ENOUGH:
        words = "; ".join(SLOTS[slot] for slot in missing)
        yield found("description.vague", field, (0, len(text)), missing=words)
    for slot in missing:
        yield found(f"description.{slot}", field)
    if hole := left_open(text):
        yield found("description.placeholder", field, hole, words=text[slice(*hole)])
    if not missing and SHORTEST <= len(text) < ADVISED:
        yield found("description.brief", field, length=str(len(text)))


def _how_agreed(text: str) -> bool:
    """`with their consent` claims it; the act or the place says how (R90, R93)."""
    return has("consent_act", text) or (
        has("consent", text) and bool(has("places", text) or URL.search(text))
    )


def _slots(text: str, names: Sequence[str]) -> frozenset[str]:
    filled = {
        "who": names_sender(text, names),
        "whom": has("recipients", text),
        "what": has("purposes", text),
        "consent": _how_agreed(text),
    }
    return frozenset(slot for slot, is_filled in filled.items() if is_filled)
