"""Rows that call a visit off and cannot be read otherwise: a list may blank the phone, or
write a time of the year 1, when it takes a visit off the schedule.

Reads rows and stores nothing.  Of a visit that is not known here nothing comes of it.
"""

from dataclasses import replace

from sqlmodel import Session

from reminders.intake.complete import ended, look_up
from reminders.intake.entry import Entry
from reminders.intake.parts import Part
from reminders.intake.problem import Problem

ALL_THE_SAME = "The visit that is known here by this number ends all the same."


def with_ends(session: Session, clinic_id: int, part: Part) -> Part:
    """The part, with a good row for each visit that surely ends."""
    if not part.ends:
        return part
    sure = dict(row.ends for row in part.ends if row.ends)
    lines = {row.ends[0]: row.line for row in part.ends if row.ends}
    named = {row.appointment_id for row in part.rows}  # the first row of a visit counts
    wanted = [
        Entry(line=lines[visit_id], visit_id=visit_id)
        for visit_id in sure
        if visit_id not in named
    ]
    known = look_up(session, clinic_id, wanted).visits
    rows = [
        ended(known[one.visit_id], one.line, sure[one.visit_id], None)
        for one in wanted
        if one.visit_id in known
    ]
    said = [Problem(row.line, None, ALL_THE_SAME) for row in rows]
    return replace(
        part,
        rows=[*part.rows, *rows],
        problems=[*part.problems, *said],
        refused=part.refused - len(rows),
    )
