"""The four mistakes a caller can make.  A business "no" is a value, not one of these.

The text of each is a sentence for the person who asked: what happened, to which
thing, what to do.
"""


class NotFound(Exception):
    """There is no such thing here."""


class NotAllowed(Exception):
    """You may not do this."""


class Invalid(Exception):
    """What was given cannot be used."""


class Conflict(Exception):
    """Somebody else changed this first.  Look again and repeat."""
