import hashlib

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, col

from clinics.models import StaffSession
from tests.site.crawl import come_back, crawl, opened_record, own_page
from tests.site.world import DESKS, STAFF


def fingerprint(database) -> dict[str, str]:
    """A hash of every table, row by row."""
    with database.reading() as session:
        return {
            table.name: hashlib.sha256(
                repr(
                    sorted(map(repr, session.connection().execute(sa.select(table))))
                ).encode()
            ).hexdigest()
            for table in SQLModel.metadata.sorted_tables
        }


def test_the_fingerprint_sees_one_changed_column(site):
    database = site.extensions["heed"].database
    before = fingerprint(database)

    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE clinic SET phone = '+12065550198'")

    after = fingerprint(database)
    assert {name for name in after if after[name] != before[name]} == {"clinic"}


@pytest.mark.parametrize(
    "role",
    [
        # A clinic admin has their pages too.
        pytest.param(role, marks=pytest.mark.slow)
        if role in ("front_desk", "auditor")
        else role
        for role in STAFF
    ],
)
def test_looking_at_every_page_changes_no_row(site, role):
    database = site.extensions["heed"].database
    crawl(site, STAFF[role], most=1)
    also = opened_record(site, STAFF[role]) + own_page(site)
    if role in DESKS:
        also += come_back(site)
    with database.writing() as session:  # signing in is a change, looking is none
        session.connection().execute(
            sa.delete(StaffSession).where(col(StaffSession.id) > 0)
        )
    before = fingerprint(database)

    with database.writing() as session:
        session.connection().execute(sa.delete(StaffSession))
    pages = crawl(site, STAFF[role], also=also)
    with database.writing() as session:
        session.connection().execute(sa.delete(StaffSession))

    assert fingerprint(database) == before
    assert len({page.route for page in pages}) >= 5
    broken = [(page.path, page.status) for page in pages if page.status >= 400]
    assert broken == []
