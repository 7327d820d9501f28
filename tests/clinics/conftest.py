from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics import passwords
from clinics.models import Staff


@pytest.fixture(scope="session")
def kept():
    """A password that is kept, made once: making one is slow by design."""
    return passwords.hashed("four quiet green trees")


@pytest.fixture
def race():
    with ThreadPoolExecutor(2) as pool:
        yield lambda *steps: [
            started.result() for started in [pool.submit(step) for step in steps]
        ]


@pytest.fixture
def queries(pages):
    """How many questions a look asks the database."""
    asked = []
    reader = pages.extensions["heed"].database.reader
    engine = getattr(reader, "_proxied", reader)
    sa.event.listen(
        engine, "before_cursor_execute", lambda *said: asked.append(said[2])
    )

    def count(look):
        asked.clear()
        assert look().status_code == 200
        return len(asked)

    return count


@pytest.fixture
def at_work(pages, kept):
    """Maple's staff and the operator have set their passwords."""
    with pages.extensions["heed"].database.writing() as writing:
        everybody = select(Staff).where(col(Staff.email).not_like("%birch%"))
        for staff in writing.exec(everybody):
            staff.password_hash = kept
    return pages
