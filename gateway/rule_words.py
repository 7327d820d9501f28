"""Why a text was read as it was, in words for the front desk.  Pure."""

FAMILIES = {
    "word": "the word “{}”",
    "slip": "“{}” with a slip of the finger",
    "contains": "it has the word “{}”",
}
RULES = {
    "phrase": "by its words",
    "visit.choice": "it chose between visits",
}


def because(rule: str) -> str:
    """Empty where what it was read as says it all."""
    family, _, name = rule.partition(".")
    if family in FAMILIES:
        return FAMILIES[family].format(name.replace("_", " ").upper())
    return RULES.get(rule) or RULES.get(family, "")
