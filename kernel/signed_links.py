"""Links that carry what they open, signed by us, for a while: no row, no account.

A link says for what it was made; one for another purpose is no link at all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

UNTIL = "until"  # seconds of the epoch


def seal(
    keys: Sequence[str], purpose: str, fields: Mapping[str, Any], until: datetime
) -> str:
    """`keys`: the newest last."""
    content = {**fields, UNTIL: int(until.timestamp())}
    return str(URLSafeSerializer(list(keys), salt=purpose).dumps(content))


def unseal(
    keys: Sequence[str], purpose: str, token: str, now: datetime
) -> dict[str, Any] | None:
    """None for what we never made for this purpose, and for what is too old."""
    try:
        fields = URLSafeSerializer(list(keys), salt=purpose).loads(token)
    except BadData:
        return None
    until = fields.pop(UNTIL, None) if isinstance(fields, dict) else None
    valid = isinstance(until, int) and now.timestamp() < until
    return fields if valid else None
