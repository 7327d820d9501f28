"""The few fields of FHIR's Appointment, Patient and Location that matter here (R4, R5).

Tolerant: whatever else a resource holds is ignored, above all reasons and services.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

MOST = 50  # of anything in a list


def _there(value: Any) -> Any:
    """A list without its nulls, which FHIR's JSON uses as placeholders."""
    if isinstance(value, list):
        return [one for one in value[:MOST] if one is not None]
    return [] if value is None else value


def _number(value: Any) -> Any:
    return value if isinstance(value, int) and 0 < value < 1000 else None


class Slice(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, str_max_length=4000)


class Period(Slice):
    start: str | None = None
    end: str | None = None


class Meta(Slice):
    versionId: str | None = None
    lastUpdated: str | None = None


class Identifier(Slice):
    use: str | None = None
    system: str | None = None
    value: str | None = None


class Reference(Slice):
    reference: str | None = None
    type: str | None = None
    display: str | None = None


class Participant(Slice):
    actor: Reference | None = None
    status: str | None = None


class Coding(Slice):
    code: str | None = None


class Concept(Slice):
    coding: Annotated[list[Coding], BeforeValidator(_there)] = []
    text: str | None = None


class Communication(Slice):
    language: Concept = Concept()
    preferred: bool | None = None


class Telecom(Slice):
    system: str | None = None
    value: str | None = None
    use: str | None = None
    rank: Annotated[int | None, BeforeValidator(_number)] = None
    period: Period | None = None


class HumanName(Slice):
    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: Annotated[list[str], BeforeValidator(_there)] = []
    period: Period | None = None


class Extension(Slice):
    url: str | None = None
    valueCode: str | None = None


class Resource(Slice):
    resourceType: str
    id: str | None = None
    meta: Meta | None = None
    identifier: Annotated[list[Identifier], BeforeValidator(_there)] = []


class Appointment(Resource):
    status: str | None = None
    start: str | None = None
    participant: Annotated[list[Participant], BeforeValidator(_there)] = []
    subject: Reference | None = None  # R5
    contained: Annotated[list[dict[str, Any]], BeforeValidator(_there)] = Field(
        default=[], repr=False
    )


class Patient(Resource):
    active: bool | None = None
    name: Annotated[list[HumanName], BeforeValidator(_there)] = []
    telecom: Annotated[list[Telecom], BeforeValidator(_there)] = []
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None
    communication: Annotated[list[Communication], BeforeValidator(_there)] = []


class Named(Resource):
    """A Location, a Practitioner: what it is called, and where its clock is."""

    name: str | list[HumanName] | None = None
    extension: Annotated[list[Extension], BeforeValidator(_there)] = []


def wrong(error: ValidationError) -> list[tuple[str, str]]:
    """(path, sentence) of the first few fields that are not as FHIR says."""
    found = []
    for one in error.errors(include_url=False, include_input=False)[:5]:
        path = ".".join(str(part) for part in one["loc"])[:80]
        found.append((path, f"{one['msg']}."))
    return found
