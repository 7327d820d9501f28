"""What must hold of a month, by the vendor's own record and by what was true then."""

import bisect
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlmodel import select

from clinics.models import Clinic
from gateway.models import Message, MessageKind, State
from reminders.models import Appointment, Reminder
from tests.stories.conftest import Town
from tests.stories.month import CLINICS, DAY, Month, Person, lawful
from tests.stories.month_lived import LADDERS, Lived, Upsets
from tests.torture import checks
from tests.vendor import message_id_of


@dataclass
class Told:
    """One reminder that the vendor accepted, and at which tick."""

    message: Message
    at: datetime
    carrier: str
    status: str  # of the campaign with that carrier then


def told(town: Town, lived: Lived) -> list[Told]:
    """The vendor's record of reminders, each with the tick in which it was accepted."""
    with town.database.reading() as session:
        rows = {row.id: row for row in session.exec(select(Message)).all()}
    walls = [wall for wall, _ in lived.ticks]
    found = []
    for record in town.vendor.judge("accepted"):
        message = rows[message_id_of(record)]
        if message.kind is MessageKind.reminder:
            at = lived.ticks[bisect.bisect(walls, record["wall"]) - 1][1]
            status = record["cells"].get("att") if record["carrier"] == "att" else ""
            found.append(Told(message, at, record["carrier"], status))
    return found


def people_of(month: Month) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = defaultdict(list)
    for person in month.people:
        found[person.phone].append(person)
    return found


def steps_of(town: Town) -> dict[int, set[tuple[int, int]]]:
    """By text: the visits and steps that it was about."""
    found: dict[int, set[tuple[int, int]]] = defaultdict(set)
    with town.database.reading() as session:
        for row in session.exec(select(Reminder)).all():
            if row.message_id is not None:
                found[row.message_id].add((row.appointment_id, row.offset_minutes))
    return found


def nothing_at_night(month: Month, texts: list[Told]) -> None:
    people = people_of(month)
    wrong = [
        (one.at, one.message.body)
        for one in texts
        if not all(lawful(one.at, person) for person in people[one.message.phone])
    ]
    assert not wrong, wrong[:3]


def nothing_after_the_visit(town: Town, month: Month, texts: list[Told]) -> None:
    """Each visit that a text names stood then, and was still ahead."""
    about = steps_of(town)
    with town.database.reading() as session:
        names = {row.id: row.external_id for row in session.exec(select(Appointment))}
    for one in texts:
        for visit_id, _ in about[one.message.id]:
            starts = month.visits[names[visit_id]].at(one.at)
            assert starts is not None, (one.at, one.message.body)
            assert one.at <= starts - timedelta(minutes=30), (starts, one.message.body)


def nothing_twice(month: Month, texts: list[Told]) -> None:
    """No text twice, no step of a visit twice, no phone twice on one of its days."""
    assert max(Counter(one.message.id for one in texts).values()) == 1
    steps = Counter(
        step
        for one in texts
        for step in one.message.dedupe_key.split(":after:")[0][9:].split("+")
        if ":" in step  # of very many visits only a hash is kept
    )
    assert max(steps.values()) == 1, steps.most_common(3)
    people = people_of(month)
    by_phone: dict[tuple[int, str], list[datetime]] = defaultdict(list)
    for one in texts:
        if one.message.once_a_day:
            by_phone[one.message.clinic_id, one.message.phone].append(one.at)
    for (_, phone), times in by_phone.items():
        zones = {zone for person in people[phone] for zone in person.zones}
        for first, second in pairwise(sorted(times)):
            for zone in map(ZoneInfo, zones):
                days = first.astimezone(zone).date(), second.astimezone(zone).date()
                assert days[0] != days[1], (phone, first, second)


def nothing_is_lost(town: Town, lived: Lived, days: int) -> None:
    """Planned = the sum of all states, each end has its reason and agrees with the
    vendor's record, and every step of every visit has its row."""
    with town.database.reading() as session:
        messages = session.exec(select(Message)).all()
        reminders = [one for one in messages if one.kind is MessageKind.reminder]
        states = Counter(one.state for one in reminders)
        assert lived.queued == len(reminders) == sum(states.values())
        accepted = town.vendor.judge("accepted")
        assert not checks.double_sends(accepted)
        assert not checks.unaccounted(session, [], accepted)
        visits = session.exec(select(Appointment)).all()
        rows = session.exec(select(Reminder)).all()
        known = {one.id: one for one in reminders}
    now = lived.ticks[-1][1]
    assert not [
        one for one in reminders if one.state is State.due and one.send_until < now
    ]
    present = defaultdict(dict)
    versions = {visit.id: visit.version for visit in visits}
    for row in rows:
        if row.version == versions[row.appointment_id]:
            present[row.appointment_id][row.offset_minutes] = row
        assert (row.message_id is None) == (row.skipped_why is not None)
        assert row.message_id is None or row.message_id in known
    slugs = {place_id: slug for slug, place_id in _ids(town).items()}
    for visit in visits:
        if visit.status in ("booked", "moved") and visit.planned_version:
            expected = set(LADDERS[slugs[visit.clinic_id]][0])
            assert set(present[visit.id]) == expected, (visit, present[visit.id])
    print(f"{days} days: {len(visits)} visits, {dict(states)}")


def _ids(town: Town) -> dict[str, int]:
    with town.database.reading() as session:
        return {row.slug: row.id for row in session.exec(select(Clinic)).all()}


def what_was_foretold_happened(
    town: Town, month: Month, lived: Lived, texts: list[Told], days: Upsets
) -> None:
    """For phones whose visits did not change about that day, but for the first day and
    that of the outage."""
    about, happened = steps_of(town), defaultdict(set)
    phones: dict[int, str] = {}
    zones = {clinic: ZoneInfo(CLINICS[slug][0]) for slug, clinic in _ids(town).items()}
    for one in texts:
        local = one.at.astimezone(zones[one.message.clinic_id]).date()
        happened[one.message.clinic_id, local] |= about[one.message.id]
    with town.database.reading() as session:
        names = {row.id: row.external_id for row in session.exec(select(Appointment))}
    for visit_id, name in names.items():
        phones[visit_id] = month.visits[name].person.phone
    compared, wrong = 0, []
    first = min(day for _, day in lived.foretold)
    for (clinic, day), promised in lived.foretold.items():
        near = {day - DAY, day, day + DAY}
        changed = {phone for phone, one in lived.upset if one in near}
        if days.suspended.date() - DAY <= day <= days.back.date() + 4 * DAY:
            changed |= lived.of_att  # held: late, or joined with those of another day

        def calm(
            steps: set[tuple[int, int]], changed: set[str] = changed
        ) -> set[tuple[int, int]]:
            return {step for step in steps if phones[step[0]] not in changed}

        if day not in (first, days.outage.date()):
            odd = sorted(calm(promised) ^ calm(happened[clinic, day]))
            wrong += [
                (clinic, str(day), one, one in promised, names[one[0]]) for one in odd
            ]
            compared += len(calm(promised))
    assert not wrong, wrong
    assert compared > len(texts) / 10
    print(f"{compared} steps of visits left on the day that was foretold")
