"""What the vendor itself does with a text before the clinic sees it.  Pure.

Only an exact single word counts, in any case; "STOP please" is left to the clinic.
"""

from dataclasses import dataclass

from simulator.tables import keyword_meanings

REPLIES = {
    "STOP": (
        "You have successfully been unsubscribed. You will not receive any more "
        "messages from this number. Reply START to resubscribe."
    ),
    "START": (
        "You have successfully been re-subscribed to messages from this number. "
        "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    ),
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """The vendor's part: its own reply, the block on the pair, the webhook's field.

    `blocks` is None where nothing changes.
    """

    reply: str | None = None
    blocks: bool | None = None
    opt_out_type: str | None = None


def react(mode: str, body: str, *, blocked: bool) -> Reaction:
    """The vendor's reaction for a number in this keyword mode (contract section 9).

    A second STOP gets no second reply.  With Advanced Opt-Out, HELP from somebody
    who opted out gets none either.
    """
    meaning = keyword_meanings().get(body.strip().upper())
    if mode == "gateway" or meaning is None:
        return Reaction()
    advanced = mode == "vendor_advanced"
    quiet = blocked and (meaning == "STOP" or (meaning == "HELP" and advanced))
    return Reaction(
        reply=None if quiet else REPLIES[meaning],
        blocks={"STOP": True, "START": False, "HELP": None}[meaning],
        opt_out_type=meaning if advanced else None,
    )
