"""How far a text came, in the one word that every page has for it.  Pure."""

from gateway.models import State

ARRIVED = frozenset({"delivered", "read"})
NOT_DELIVERED = frozenset({"undelivered", "failed", "canceled"})
WORDS = {State.claimed: "due", State.submitting: "sent"}


def progress(state: State, delivery: str | None = None, held: bool = False) -> str:
    """due, held, sent, delivered, not delivered, failed, expired, unknown or withdrawn.

    `delivery` is the vendor's newest status word of the text.
    """
    if state is State.due and held:
        return "held"
    if state is not State.accepted:
        return WORDS.get(state, state.value)
    if delivery in ARRIVED:
        return "delivered"
    return "not delivered" if delivery in NOT_DELIVERED else "sent"
