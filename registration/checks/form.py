"""The form where patients agree to texts: what must stand beside the phone field.

Domain section 5.1, thirteen elements.  A hidden word is not a word.
"""

from collections.abc import Sequence

from registration.checks.finding import Finding, found
from registration.checks.names import shows_name
from registration.checks.page import Box, Form, Page
from registration.checks.phrases import says

ELEMENTS = (
    ("texting", "form.no_texting"),
    ("purpose", "form.no_kinds"),
    ("frequency", "form.no_frequency"),
    ("rates", "form.no_rates"),
    ("help", "form.no_help"),
    ("opt_out", "form.no_stop"),
    ("not_condition", "form.condition"),
)
QUOTED = 120


def phone_form(page: Page) -> Form | None:
    """The form that asks for a phone; of several, the one that speaks of texts."""
    asking = [form for form in page.forms if form.asks_phone and not form.asks_password]
    about_texts = [form for form in asking if says("texting", form.words)]
    return next(iter(about_texts or asking), None)


def form_findings(page: Page, names: Sequence[str], at: str) -> list[Finding]:
    form = phone_form(page)
    if form is None:
        return [found("form.none", at)]
    findings = [
        found(rule, at) for name, rule in ELEMENTS if not says(name, form.words)
    ]
    if not shows_name(f"{page.title}\n{page.words}", names):
        findings.append(found("form.no_name", at))
    findings += [
        found(rule, at)
        for name, rule in (("privacy", "form.no_privacy"), ("terms", "form.no_terms"))
        if not any(link.url and says(name, link.words) for link in form.links)
    ]
    return [*findings, *_boxes(form, at)]


def _boxes(form: Form, at: str) -> list[Finding]:
    """Consent is a tick of its own, given freely, to texts and nothing else."""
    about = [box for box in form.boxes if _about_texts(box)]
    if not about:
        return [found("form.no_box", at)]
    findings = []
    for box in about:
        quote = box.words[:QUOTED]
        wrong = (
            (box.ticked, "form.ticked"),
            (box.required, "form.required"),
            (says("other_channels", box.words), "form.bundled_channels"),
            (says("bundled_terms", box.words), "form.bundled_terms"),
            (says("care", box.words) and says("sales", box.words), "form.mixed"),
        )
        findings += [
            found(rule, at, None, quote=quote) for is_so, rule in wrong if is_so
        ]
    return findings


def _about_texts(box: Box) -> bool:
    return says("texting", box.words)
