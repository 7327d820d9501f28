"""A database with something in it, and a backup of that."""

import pytest

from consent.models import Attachment
from kernel.backup import back_up
from tests.backups import ledgers
from tests.torture.scene import PHONE, agree, phone_numbers, queue


@pytest.fixture
def filled(database, cast, now):
    """The cast, with people who agreed, texts and a scan full of odd bytes."""
    phones = phone_numbers(20)
    with database.writing() as session:
        agree(session, cast.maple.clinic_id, phones, now)
        queue(session, cast.maple, PHONE, now, count=30, name="ñ 漢 🫩 'x'")
        session.add(
            Attachment(
                clinic_id=cast.maple.clinic_id,
                sha256="0" * 64,
                name="scan.png",
                media_type="image/png",
                content=bytes(range(256)) * 40,
                added_by="desk@maple-dental.example",
                added_at=now,
            )
        )
    return database


@pytest.fixture
def backup(filled, keys, tmp_path, now):
    out = tmp_path / "out" / "heed.backup"
    out.parent.mkdir()
    back_up(filled, keys, out, ledgers, now)
    return out
