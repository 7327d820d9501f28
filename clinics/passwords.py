"""Passwords of staff: argon2 by the library's own parameters, nothing of ours."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, MOST = 12, 200


def hashed(password: str) -> str:
    return PasswordHasher().hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """An account without a password takes as long to refuse as any other: the time
    tells nobody who works here."""
    try:
        right = PasswordHasher().verify(stored or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def problem(password: str, email: str) -> str | None:
    """Why this cannot be a password, as a sentence; None when it can."""
    if len(password) < LEAST:
        return (
            f"A password has at least {LEAST} characters. Three or four words do well."
        )
    if len(password) > MOST:
        return f"A password has at most {MOST} characters."
    name = email.partition("@")[0].casefold()
    plain = password.casefold()
    if plain == email.casefold() or (len(name) > 3 and plain.startswith(name)):
        return "This password starts with your own name. Choose another."
    if len(set(plain)) < 5:
        return "This password repeats the same few characters. Choose another."
    return None


@cache
def _nobodys() -> str:
    return hashed("nobody has this password")
