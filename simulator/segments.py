"""How many segments a text is billed as.  Does not split or change it."""

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")


def segments(body: str) -> int:
    """Segments by GSM 03.38 (160, then 153 a part) or UCS-2 (70, then 67)."""
    if all(char in GSM_7 or char in EXTENDED for char in body):
        return _parts([2 if char in EXTENDED else 1 for char in body], 160, 153)
    return _parts([2 if ord(char) > 0xFFFF else 1 for char in body], 70, 67)


def _parts(costs: list[int], whole: int, part: int) -> int:
    if sum(costs) <= whole:
        return 1
    count, used = 1, 0
    for cost in costs:
        if used + cost > part:
            count, used = count + 1, 0
        used += cost
    return count
