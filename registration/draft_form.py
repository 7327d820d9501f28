"""A submission as a form: one row of `FIELDS` for each thing that a person types.

Pure: reads what was typed into a `Submission`, and the other way round.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.errors import Invalid
from registration.submission import LONGEST, Submission, as_json

SAMPLES = 5
PROOF_KINDS = ("web", "paper", "verbal", "keyword", "pack")


@dataclass(frozen=True, slots=True)
class Field:
    path: str
    label: str
    kind: str = "text"  # text, long, words (a list), tick, date
    hint: str = ""


SECTIONS: Mapping[str, tuple[Field, ...]] = {
    "The clinic": (
        Field("brand.legal_name", "Legal name", hint="Exactly as on the tax papers."),
        Field("brand.dba", "Name that patients know"),
        Field("brand.ein", "Tax number (EIN)", hint="Like 12-3456789."),
        Field("brand.entity_type", "Kind of organisation", hint="PRIVATE_PROFIT, NON_PROFIT, GOVERNMENT or PUBLIC_PROFIT."),
        Field("brand.vertical", "Industry", hint="HEALTHCARE for a clinic."),
        Field("brand.website", "Website", hint="With https://."),
        Field("brand.address.street", "Street"),
        Field("brand.address.city", "City"),
        Field("brand.address.state", "State", hint="Two letters."),
        Field("brand.address.zip", "ZIP code"),
        Field("brand.contact.name", "Contact person"),
        Field("brand.contact.email", "Contact’s e-mail", hint="On the clinic’s own domain."),
        Field("brand.contact.phone", "Contact’s phone"),
    ),
    "The campaign": (
        Field("campaign.use_case", "Use case", hint="A word of the registry, such as ACCOUNT_NOTIFICATION. Frozen once submitted."),
        Field("campaign.sub_use_cases", "Purposes under it", "words", "For MIXED and LOW_VOLUME; parted by commas."),
        Field("campaign.description", "Description", "long", "Who texts whom, what for, by what consent. 40 to 4,096 characters."),
        Field("campaign.message_flow", "How patients opt in", "long", "Every way, with its address or script. 40 to 2,048 characters."),
    ),
    "Automatic answers": (
        Field("campaign.opt_in_message", "Opt-in confirmation", "long"),
        Field("campaign.help_message", "Answer to HELP", "long"),
        Field("campaign.opt_out_message", "Answer to STOP", "long"),
        Field("campaign.opt_in_keywords", "Words to opt in", "words", "Parted by commas."),
        Field("campaign.help_keywords", "Words to get help", "words"),
        Field("campaign.opt_out_keywords", "Words to opt out", "words"),
    ),
    "Addresses and flags": (
        Field("campaign.privacy_policy_url", "Address of the privacy policy"),
        Field("campaign.terms_url", "Address of the terms for texts"),
        Field("campaign.embedded_link", "A sample has a link", "tick"),
        Field("campaign.embedded_phone", "A sample has a phone number", "tick"),
        Field("campaign.age_gated", "Age-gated content", "tick"),
        Field("campaign.direct_lending", "Direct lending", "tick"),
        Field("campaign.flags.political", "Political", "tick"),
        Field("campaign.flags.sweepstakes", "Sweepstakes", "tick"),
        Field("campaign.flags.charity", "Charity", "tick"),
        Field("campaign.flags.reseller", "Reseller or proxy", "tick"),
        Field("campaign.flags.subscription", "Subscription service", "tick"),
        Field("campaign.flags.financial", "Financial services", "tick"),
    ),
    "Before it is submitted": (
        Field("fee_receipt", "Receipt of the setup fee"),
        Field("needed_by", "Needed by", "date"),
    ),
}  # fmt: skip
FIELDS = {field.path: field for fields in SECTIONS.values() for field in fields}


def typed_of(submission: Submission) -> dict[str, Any]:
    """By field name: what stands in the form."""
    fields = as_json(submission)
    typed = {path: _shown(_at(fields, path)) for path in FIELDS}
    samples = [*submission.campaign.samples, *[""] * SAMPLES][
        : max(SAMPLES, len(submission.campaign.samples))
    ]
    typed |= {f"sample.{number}": text for number, text in enumerate(samples)}
    for kind in PROOF_KINDS:
        shown = next((one for one in submission.opt_in_proof if one.kind == kind), None)
        typed[f"proof.{kind}"] = (shown.url or shown.file) if shown else ""
    return typed


def read_form(form: Mapping[str, str], before: Submission) -> Submission:
    """Raises Invalid with a sentence; what the form does not have stays as it was."""
    fields = as_json(before)
    for path, field in FIELDS.items():
        *parents, last = path.split(".")
        place = fields
        for name in parents:
            place = place[name]
        place[last] = _read(field, form.get(path, ""), path in form)
    fields["campaign"]["samples"] = _samples(form)
    fields["opt_in_proof"] = _proofs(form, before)
    return Submission.model_validate(fields, strict=False)


def _read(field: Field, given: str, ticked: bool) -> Any:
    text = given.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > LONGEST:
        raise Invalid(f"{field.label}: at most {LONGEST:,} characters.")
    if field.kind == "tick":
        return ticked
    if field.kind == "words":
        return [word.strip() for word in text.split(",") if word.strip()][:50]
    if field.kind == "date":
        return _day(field, text)
    return text


def _day(field: Field, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(f"{field.label}: write a day like 2027-02-01.") from None


def _samples(form: Mapping[str, str]) -> list[str]:
    numbers = range(50)
    texts = [
        _read(SAMPLE, form.get(f"sample.{number}", ""), True) for number in numbers
    ]
    return [text for text in texts if text]


SAMPLE = Field("sample", "Sample", "long")


def _proofs(form: Mapping[str, str], before: Submission) -> list[dict[str, str]]:
    """An address or a kept picture for each kind; further proofs of a kind, which the
    form does not show, stay as they are."""
    proofs, shown = [], set()
    for kind in PROOF_KINDS:
        given = _read(Field("", f"Proof ({kind})"), form.get(f"proof.{kind}", ""), True)
        first = next((one for one in before.opt_in_proof if one.kind == kind), None)
        shown.add(id(first))
        if given:
            file = first.file if first else ""
            proofs.append({"kind": kind, **_shown_proof(kind, given, file)})
    more = [one for one in before.opt_in_proof if id(one) not in shown]
    return [*proofs, *(one.model_dump() for one in more if one.kind in PROOF_KINDS)]


def _shown_proof(kind: str, given: str, file: str) -> dict[str, str]:
    if given == file:
        return {"url": "", "file": given}
    if "://" in given:
        return {"url": given, "file": file}
    if "." in given and " " not in given:
        return {"url": f"https://{given}", "file": file}
    raise Invalid(
        f"Proof ({kind}): write the address where it can be seen, or attach a picture on "
        "the draft's page."
    )


def with_proof(before: Submission, kind: str, file: str) -> Submission:
    """`file` is the SHA-256 of a kept picture.  Raises Invalid for no such kind."""
    if kind not in PROOF_KINDS:
        raise Invalid("Say which way of opting in the picture shows.")
    others = [one.model_dump() for one in before.opt_in_proof if one.kind != kind]
    same = next((one for one in before.opt_in_proof if one.kind == kind), None)
    url = same.url if same else ""
    fields = as_json(before)
    fields["opt_in_proof"] = [*others, {"kind": kind, "url": url, "file": file}]
    return Submission.model_validate(fields, strict=False)


def _at(fields: Any, path: str) -> Any:
    for name in path.split("."):
        fields = fields[name]
    return fields


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else value
