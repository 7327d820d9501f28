"""What a browser would send back from a page's form, unchanged."""

from typing import Any

from selectolax.lexbor import LexborHTMLParser


def form_of(page: Any, at: str = "main form[method=post]") -> dict[str, list[str]]:
    """By field name: the values of the last form that `at` names."""
    form = LexborHTMLParser(page.get_data(as_text=True)).css(at)[-1]
    sent: dict[str, list[str]] = {}
    for field in form.css("input[name], textarea[name], select[name]"):
        value = _value(field)
        if value is not None and field.attributes["name"] != "csrf_token":
            sent.setdefault(field.attributes["name"] or "", []).append(value)
    return sent


def _value(field: Any) -> str | None:
    """None: a browser would not send it."""
    given = field.attributes
    if field.tag == "textarea":
        return str(field.text(deep=True))
    if field.tag == "select":
        chosen = field.css("option[selected]") or field.css("option")
        return str(chosen[0].attributes.get("value") or "") if chosen else None
    if given.get("type") in ("checkbox", "radio") and "checked" not in given:
        return None
    return str(given.get("value") or "")
