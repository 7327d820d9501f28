"""What a clinic wants said and when, as it is, or as somebody assumes it to be.

Assumptions are read from words like `att=ACTIVE` and change nothing that is stored.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from gateway.number_ahead import Number, number_of, with_cells
from gateway.quiet_hours import Window
from kernel.carriers import GATED, LABELS, Carrier
from kernel.errors import Invalid
from registration.numbers import NoSender
from registration.status import Status
from reminders.models import ReminderPolicy
from reminders.plan import Policy
from reminders.policy import LADDER, WINDOW, check_times, ladder_of, sender_of

MINUTES = {"d": 24 * 60, "h": 60}
STEP = re.compile(r"([0-9]{1,3})([dh])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the clinic wants said and when.  `anew`: everything that has not left is
    planned by these rules, as after a change of them."""

    on: bool
    policy: Policy
    number_id: int | None
    no_number: str = ""
    anew: bool = False


def rules_of(session: Session, clinic_id: int) -> Rules:
    policy = session.get(ReminderPolicy, clinic_id)
    sender = sender_of(session, clinic_id)
    on = policy is not None and policy.enabled
    return Rules(
        on=on,
        policy=ladder_of(policy) if policy else Policy(LADDER, WINDOW),
        anew=not on,  # what was not sent was taken back
        number_id=None if isinstance(sender, NoSender) else sender.id,
        no_number=sender.why if isinstance(sender, NoSender) else "",
    )


def number_for(
    session: Session, clinic_id: int, rules: Rules, now: datetime
) -> Number | None:
    if rules.number_id is None:
        return None
    return number_of(session, clinic_id, rules.number_id, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """Facts that are not so, or not yet; nothing is assumed where nothing is said."""

    cells: Mapping[Carrier, Status] = field(default_factory=dict)
    window: Window | None = None
    offsets: tuple[int, ...] | None = None
    on: bool | None = None

    def __bool__(self) -> bool:
        said = (self.window, self.offsets, self.on)
        return bool(self.cells) or any(one is not None for one in said)

    def rules(self, found: Rules) -> Rules:
        """What these rules become.  As after a change of them, what has not left is
        planned anew."""
        policy = replace(
            found.policy,
            offsets=self.offsets or found.policy.offsets,
            window=self.hours(found.policy.window),
        )
        on = found.on if self.on is None else self.on
        changed = replace(found, on=on, policy=policy)
        return found if changed == found else replace(changed, anew=True)

    def hours(self, found: Window) -> Window:
        """Of the days of a week; Sundays and holidays stay as they are."""
        if self.window is None:
            return found
        return replace(found, opens=self.window.opens, closes=self.window.closes)

    def number(self, found: Number | None, now: datetime) -> Number | None:
        return with_cells(found, self.cells, now) if found and self.cells else found

    def words(self) -> list[str]:
        """As they are typed."""
        said = [f"{one.value}={self.cells[one].value}" for one in sorted(self.cells)]
        said += [f"window={self.window}"] if self.window else []
        said += (
            [f"offsets={','.join(map(step_words, self.offsets))}"]
            if self.offsets
            else []
        )
        if self.on is not None:
            said.append(f"reminders={'on' if self.on else 'off'}")
        return said


def read_assumed(words: Iterable[str]) -> Assumed:
    """Of `att=ACTIVE`, `window=09:00-18:00`, `offsets=3d,1d,2h` and `reminders=on`.
    Raises Invalid, naming what can be assumed."""
    found = Assumed()
    for text in words:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise Invalid(f"'{text}' assumes nothing. {HOW}")
        found = _read(found, name.lower(), value)
    check_times(found.offsets or LADDER, found.window or WINDOW)
    return found


def step_words(minutes: int) -> str:
    """`3d`, `2h`."""
    days, rest = divmod(minutes, 24 * 60)
    return f"{minutes // 60}h" if rest else f"{days}d"


def _read(found: Assumed, name: str, value: str) -> Assumed:
    if name in {one.value for one in GATED}:
        return replace(
            found, cells={**found.cells, Carrier(name): _status(name, value)}
        )
    if name == "window":
        return replace(found, window=_window(value))
    if name == "offsets":
        return replace(found, offsets=_offsets(value.lower().split(",")))
    if name == "reminders" and value.lower() in ("on", "off"):
        return replace(found, on=value.lower() == "on")
    raise Invalid(f"'{name}={value}' is nothing that can be assumed. {HOW}")


HOW = (
    "Write a carrier's status (att=ACTIVE), the hours (window=09:00-18:00), the reminders "
    "of a visit (offsets=3d,1d,2h) or reminders=on."
)


def _status(name: str, value: str) -> Status:
    if value.upper() not in Status.__members__:
        words = ", ".join(Status)
        label = LABELS[Carrier(name)]
        raise Invalid(f"{label} has no status '{value}'. Use one of {words}.")
    return Status(value.upper())


def _window(value: str) -> Window:
    try:
        return Window.read(value)
    except ValueError:
        raise Invalid(f"'{value}' are no hours. Write them like 09:00-18:00.") from None


def _offsets(steps: Sequence[str]) -> tuple[int, ...]:
    read = [STEP.fullmatch(step.strip()) for step in steps]
    minutes = {int(one[1]) * MINUTES[one[2]] for one in read if one}
    if not all(read) or not minutes:
        raise Invalid(
            f"'{','.join(steps)}' are no reminders of a visit. Write days and hours before "
            "it, like 3d,1d,2h."
        )
    return tuple(sorted(minutes, reverse=True))
