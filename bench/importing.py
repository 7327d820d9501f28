"""Rows of a CSV file imported a second, beside `csv.DictReader` and the same inserts by
SQLAlchemy Core in one transaction; and how much memory a small and a large file take.

The plain way looks at nothing: no phone, no date, no second row of the same visit, no
patient who is known.  `python -m bench importing 1000000` takes that many rows.
"""

import csv
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import select

from bench.place import Place
from bench.timing import ROUNDS, interleaved
from clinics.models import Clinic, Patient
from kernel.db import Database, open_database
from reminders.intake.feeds import open_any
from reminders.intake.opened import Opened
from reminders.intake.store import Origin, import_feed
from reminders.models import Appointment

ROWS, SMALL = 100_000, 10_000
BATCH = 10_000  # rows that the plain way holds in memory
ZONE = ZoneInfo("America/Los_Angeles")
FIRST_DAY = date(2026, 12, 1)
GIVEN = [
    "Ana",
    "Ben",
    "Cleo",
    "Dan",
    "Eva",
    "Finn",
    "Gia",
    "Hugo",
    "Iris",
    "Jon",
    "Kim",
    "Lou",
    "Mia",
    "Ned",
    "Ola",
    "Pia",
]
FAMILY = [
    "Alder",
    "Birch",
    "Cedar",
    "Elm",
    "Fir",
    "Hazel",
    "Juniper",
    "Linden",
    "Maple",
    "Oak",
    "Rowan",
    "Yew",
]
AREAS = ("206", "415", "312", "646", "503")
HEADINGS = [
    "appointment_id",
    "patient_id",
    "given_name",
    "family_name",
    "phone",
    "language",
    "starts_at",
    "location",
    "provider",
    "status",
]


def figures(place: Place, rows: int = ROWS) -> dict[str, float]:
    """Rows a second of ours and of the plain way, the ratio, the longest transaction in
    seconds, and what memory a file of `rows` needs more than one of 10,000, in MB."""
    names = (place.folder / f"{number}.csv" for number in count())
    longest: list[float] = []
    found = interleaved(
        {
            "ours": partial(_ours, place, rows, names, longest),
            "plain": partial(_plain, place, rows, names),
        },
        ROUNDS if rows <= ROWS else 1,
    )
    small, large = (_memory(place, some, names) for some in (SMALL, rows))
    return {
        **found,
        "ratio": found["ours"] / found["plain"],
        "longest_s": max(longest),
        "small_mb": small,
        "more_mb": large - small,
    }


def write_list(file: Path, rows: int) -> Path:
    """A list of so many visits of as many patients; each file has ids of its own."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        table = csv.writer(opened)
        table.writerow(HEADINGS)
        for row in range(rows):
            day = FIRST_DAY + timedelta(days=row % 250)
            table.writerow(
                [
                    f"A{file.stem}-{row}",
                    f"P{file.stem}-{row}",
                    GIVEN[row % len(GIVEN)],
                    FAMILY[row // 16 % len(FAMILY)],
                    f"({AREAS[row % 5]}) {200 + row // 10_000 % 800:03}-{row % 10_000:04}",
                    "en" if row % 5 else "es",
                    f"{day}T{8 + row % 9:02}:{row * 15 % 60:02}",
                    "12 Oak St",
                    f"Dr. {FAMILY[row % 7]}",
                    "booked",
                ]
            )
    return file


def bring(database: Database, clinic_id: int, file: Path) -> int:
    with database.reading() as session:
        clinic = session.exec(select(Clinic).where(Clinic.id == clinic_id)).one()
    with file.open("rb") as opened:
        with database.reading() as session:
            feed = open_any(session, clinic, opened, datetime.now(UTC))
        assert isinstance(feed, Opened), feed
        origin = Origin(by="desk@bench.example", file=file.name, sha256=feed.sha256)
        now = datetime.now(UTC)
        tally = import_feed(database, clinic, feed, now, origin=origin)
    return tally.imported().added


def _ours(
    place: Place, rows: int, names: Iterator[Path], longest: list[float]
) -> float:
    file = write_list(next(names), rows)
    with timed_transactions(place.database, longest):
        began = time.perf_counter()
        assert bring(place.database, place.first.clinic_id, file) == rows
        return rows / (time.perf_counter() - began)


def _plain(place: Place, rows: int, names: Iterator[Path]) -> float:
    file = write_list(next(names), rows)
    first_id = (int(file.stem) + 1) * 10_000_000  # ids that nobody else is given
    people, visits = sa.insert(Patient), sa.insert(Appointment)
    began = time.perf_counter()
    with (
        file.open(newline="", encoding="utf-8") as opened,
        place.database.writer.connect() as connection,
    ):
        patients: list[dict[str, Any]] = []
        booked: list[dict[str, Any]] = []
        now = datetime.now(UTC)
        for number, row in enumerate(csv.DictReader(opened), start=first_id):
            patients.append(_patient(place.first.clinic_id, number, row, now))
            booked.append(_visit(place.first.clinic_id, number, row, now))
            if len(patients) == BATCH:
                connection.execute(people, patients)
                connection.execute(visits, booked)
                patients, booked = [], []
        if patients:
            connection.execute(people, patients)
            connection.execute(visits, booked)
        connection.commit()
    return rows / (time.perf_counter() - began)


def _patient(
    clinic_id: int, number: int, row: dict[str, str], now: datetime
) -> dict[str, Any]:
    return {
        "id": number,
        "clinic_id": clinic_id,
        "external_id": row["patient_id"],
        "given_name": row["given_name"],
        "family_name": row["family_name"],
        "phone": row["phone"],
        "language": row["language"],
        "time_zone": None,
        "source_version": None,
        "updated_at": now,
    }


def _visit(
    clinic_id: int, number: int, row: dict[str, str], now: datetime
) -> dict[str, Any]:
    return {
        "clinic_id": clinic_id,
        "patient_id": number,
        "external_id": row["appointment_id"],
        "version": 1,
        "planned_version": 0,
        "starts_at": datetime.fromisoformat(row["starts_at"]).replace(tzinfo=ZONE),
        "time_zone": ZONE.key,
        "wall_time": row["starts_at"],
        "location": row["location"],
        "provider": row["provider"],
        "status": row["status"],
        "source_version": None,
        "updated_at": now,
        "booked_at": now,
        "booked_from": "plain",
    }


@contextmanager
def timed_transactions(database: Database, took: list[float]) -> Iterator[None]:
    """Adds the seconds of each: what a STOP would wait for at most."""
    began = 0.0

    def begin(_connection: sa.Connection) -> None:
        nonlocal began
        began = time.perf_counter()

    def end(*_connection: object) -> None:
        took.append(time.perf_counter() - began)

    # A connection goes back to its pool when the commit is through.
    sa.event.listen(database.writer, "begin", begin)
    sa.event.listen(database.writer, "checkin", end)
    yield
    sa.event.remove(database.writer, "begin", begin)
    sa.event.remove(database.writer, "checkin", end)


def _memory(place: Place, rows: int, names: Iterator[Path]) -> float:
    """The highest memory in MB of a process of its own that imports such a file."""
    file = write_list(next(names), rows)
    asked = [place.url, str(place.first.clinic_id), str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.importing", *asked],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def main(url: str, clinic_id: str, file: str) -> None:
    database = open_database(url)
    bring(database, int(clinic_id), Path(file))
    database.close()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
