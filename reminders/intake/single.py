"""One visit, one row; one patient, one phone: the first row of a file that says a thing
counts, so that importing it twice changes nothing the second time."""

from dataclasses import replace

from reminders.intake.fingerprints import Firsts, Said
from reminders.intake.headings import Column, Columns
from reminders.intake.problem import Problem
from reminders.intake.rows import AppointmentRow, Doubt, RefusedRow


class Single:
    """Goes along one reading of a file.  Only of patients of whom the file says two
    things it remembers what was said first."""

    def __init__(self, columns: Columns, firsts: Firsts, said: Said) -> None:
        self.columns, self.firsts, self.said = columns, firsts, said
        self.first_said: dict[str, AppointmentRow] = {}

    def only(self, row: AppointmentRow) -> AppointmentRow | RefusedRow:
        line = self.firsts.line(row.appointment_id)
        if line:
            return self._stands_already(row, line)
        if self.said.twice(row.patient_id):
            first = self.first_said.get(row.patient_id, row)
            if first.phone != row.phone:
                return self._other_phone(row, first)
            self.first_said[row.patient_id] = first = _with(first, row)
            row = _with(row, first, wins=True)
        self.firsts.stands(row.appointment_id, row.line)
        return row

    def not_read(self, row: RefusedRow) -> RefusedRow:
        """A visit that an earlier row names well is in no doubt."""
        known = row.doubt and self.firsts.line(row.doubt.visit_id)
        return replace(row, doubt=None) if known else row

    def _stands_already(self, row: AppointmentRow, line: int) -> RefusedRow:
        if Column.appointment_id not in self.columns.places:
            why = f"The same patient and time stand on line {line}."
            return refused(row.line, None, why)
        return refused(
            row.line,
            self.columns.title(Column.appointment_id),
            f"'{row.appointment_id}' stands on line {line} "
            "already. That line was read, this one was not.",
        )

    def _other_phone(self, row: AppointmentRow, first: AppointmentRow) -> RefusedRow:
        why = f"The same patient has another phone on line {first.line}. "
        why += "Correct one of the two."
        found = refused(row.line, self.columns.title(Column.phone), why)
        if Column.appointment_id not in self.columns.places:
            return found
        return replace(found, doubt=Doubt(row.appointment_id, why, row.starts_at))


def refused(line: int, column: str | None, message: str) -> RefusedRow:
    return RefusedRow(line, (Problem(line, column, message),))


def _with(
    row: AppointmentRow, other: AppointmentRow, *, wins: bool = False
) -> AppointmentRow:
    """What `row` leaves open of the patient is filled from the `other`, which may win."""
    one, two = (other, row) if wins else (row, other)
    return replace(
        row,
        given_name=one.given_name or two.given_name,
        family_name=one.family_name or two.family_name,
        language=one.language or two.language,
        time_zone=one.time_zone or two.time_zone,
    )
