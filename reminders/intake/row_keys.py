"""What the first look at a file needs of each row: which visit and which patient it
names, and what it says of her.  A row need not be good for that.

Two rows that are read alike have the same keys; two that only might be may have them.
"""

from collections.abc import Callable, Hashable, Sequence
from zoneinfo import ZoneInfo

from reminders.intake.headings import Column, Columns
from reminders.intake.rows import AppointmentRow, RowReader
from reminders.visible import plain

# Visit, patient, and what is said of the patient.
Keys = Callable[[Sequence[str]], tuple[Hashable, Hashable, Hashable]]
OF_HER = (
    Column.phone,
    Column.given_name,
    Column.family_name,
    Column.full_name,
    Column.language,
    Column.time_zone,
)


def keys_of(columns: Columns, place: ZoneInfo) -> Keys:
    """For cells that are as many as the headings."""
    if {Column.appointment_id, Column.patient_id} <= columns.places.keys():
        return _by_numbers(columns)
    return _by_reading(columns, place)


def _by_numbers(columns: Columns) -> Keys:
    visit = columns.places[Column.appointment_id]
    patient = columns.places[Column.patient_id]
    of_her = [columns.places[one] for one in OF_HER if one in columns.places]

    def keys(cells: Sequence[str]) -> tuple[Hashable, Hashable, Hashable]:
        said = "\x00".join([cells[place] for place in of_her])
        return plain(cells[visit]), plain(cells[patient]), said

    return keys


def _by_reading(columns: Columns, place: ZoneInfo) -> Keys:
    """Where an id is made of other cells, they have to be read."""
    reader = RowReader(columns, place)

    def keys(cells: Sequence[str]) -> tuple[Hashable, Hashable, Hashable]:
        row = reader.read(cells, 0)
        if not isinstance(row, AppointmentRow):
            return "", "", ""
        said = (row.phone, row.given_name, row.family_name)
        return (
            row.appointment_id,
            row.patient_id,
            (*said, row.language, row.time_zone),
        )

    return keys
