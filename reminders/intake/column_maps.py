"""Which of a clinic's own headings is which column of ours, as somebody saved it."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlmodel import Session, col, select

from kernel.errors import Invalid, NotFound
from reminders.intake.headings import IGNORED, Column
from reminders.models import ColumnMap

MOST_MAPS = 100


def saved_map(session: Session, clinic_id: int, name: str) -> dict[str, str]:
    """Raises NotFound."""
    found = session.get(ColumnMap, (clinic_id, name))
    if found is None:
        raise NotFound(
            f"The clinic has no column map '{name}'. Save it when you upload a list, or "
            "with 'flask reminders map'."
        )
    return dict(found.headings)


def save_map(
    session: Session, clinic_id: int, name: str, headings: Mapping[str, str]
) -> None:
    """{their heading: our column or `ignore`}.  Raises Invalid for an unknown column."""
    check_map(headings)
    session.merge(ColumnMap(clinic_id=clinic_id, name=name, headings=dict(headings)))
    session.flush()


def check_map(headings: Mapping[str, str]) -> None:
    """Raises Invalid."""
    known = {*Column.__members__, IGNORED}
    for heading, column in headings.items():
        if column not in known:
            raise Invalid(
                f"'{heading}' cannot become '{column}'. "
                f"Use one of {', '.join(sorted(known))}."
            )


def forget_map(session: Session, clinic_id: int, name: str) -> None:
    """Raises NotFound.  Lists that were read by it stay as they are."""
    saved_map(session, clinic_id, name)
    session.connection().execute(
        sa.delete(ColumnMap).where(
            col(ColumnMap.clinic_id) == clinic_id, col(ColumnMap.name) == name
        )
    )


def maps_of(session: Session, clinic_id: int) -> dict[str, dict[str, str]]:
    """By name; some hundred at most are looked at."""
    found = session.exec(
        select(ColumnMap)
        .where(col(ColumnMap.clinic_id) == clinic_id)
        .order_by(col(ColumnMap.name))
        .limit(MOST_MAPS)
    )
    return {one.name: dict(one.headings) for one in found}
