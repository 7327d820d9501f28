"""Links to a patient's own page: made, found by their token, ended.

A token is random and goes out once; its hash is a row, bound to one phone of one
clinic.  A link stops texts and shows a receipt: it never opts anybody in.
"""

import re
import secrets
from datetime import datetime, timedelta
from string import ascii_letters, digits

import sqlalchemy as sa
from sqlmodel import Session, col, select

from consent.models import PageLink
from kernel.hashing import sha256_hex

LASTS = timedelta(days=30)
KEPT = timedelta(days=90)  # after its end, a link still says whom to call
# Letters and digits alone: phones leave a dash at the end out of the link they make.
SIGNS = ascii_letters + digits
LENGTH = 22  # 131 bits
TOKEN = re.compile(f"[A-Za-z0-9]{{{LENGTH}}}")


def make(
    session: Session,
    clinic_id: int,
    phone: str,
    language: str,
    now: datetime,
    made_by: str | None = None,
) -> str:
    """The token, which is kept nowhere else.  One that staff make ends the older ones;
    one in a text does not, because the texts before it are still on the phone."""
    of_phone = (col(PageLink.clinic_id) == clinic_id, col(PageLink.phone) == phone)
    connection = session.connection()
    connection.execute(
        sa.delete(PageLink).where(*of_phone, col(PageLink.expires_at) < now - KEPT)
    )
    if made_by is not None:
        connection.execute(
            sa.update(PageLink)
            .where(*of_phone, col(PageLink.expires_at) > now)
            .values(expires_at=now)
        )
    token = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    session.add(
        PageLink(
            clinic_id=clinic_id,
            phone=phone,
            token_hash=sha256_hex(token.encode()),
            language=language,
            made_by=made_by,
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    session.flush()
    return token


def address(public_base_url: str, token: str) -> str:
    """As short as can be: in a text each sign costs."""
    return f"{public_base_url.rstrip('/')}/p/{token}"


def of_token(session: Session, token: str) -> PageLink | None:
    """The link, ended ones as well; None for what we never made."""
    if not TOKEN.fullmatch(token):
        return None
    return session.exec(
        select(PageLink).where(col(PageLink.token_hash) == sha256_hex(token.encode()))
    ).one_or_none()
