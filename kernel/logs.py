"""JSON log lines that never carry a phone number, a name or the body of a text.

Callers pass ids; whatever still looks like a phone number is masked to two digits.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

NUMBER = re.compile(r"\+?\d[\d\-\s().]{7,}\d")
TOLD_NOT_TO = frozenset({"body", "phone", "name", "given_name", "family_name", "form"})


def set_up(level: str) -> None:
    """One line of JSON per event on standard error; vendor clients are muted."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for chatty in ("twilio.http_client", "urllib3", "apscheduler", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.ERROR)


def log() -> Any:
    return structlog.get_logger()


def mask(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {
        key: "(not logged)" if key in TOLD_NOT_TO else _masked(key, value)
        for key, value in event.items()
    }


def _masked(key: str, value: Any) -> Any:
    if key == "timestamp" or not isinstance(value, str):
        return value
    return NUMBER.sub(lambda found: "…" + found.group()[-2:], value)
