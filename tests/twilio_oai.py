"""Checks HTTP exchanges against Twilio's own OpenAPI description (shared/twilio-oai).

Every problem is one sentence; an empty list means that the exchange is as described.
The description says nothing of error bodies: those are checked for Twilio's four keys.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

SPEC_DIR = Path(__file__).parents[2] / "shared" / "twilio-oai"
MISSING = f"Twilio's OpenAPI files are not at {SPEC_DIR.name}/ beside the project"
Pairs = Iterable[tuple[str, str]]
ERROR_KEYS = {"code": int, "message": str, "more_info": str, "status": int}


def available() -> bool:
    return SPEC_DIR.is_dir()


def validate_request(
    method: str, host: str, path: str, *, query: Pairs = (), form: Pairs = ()
) -> list[str]:
    """Problems of a request: the path, and each key, value and omission."""
    found = _operation(method, host, path)
    if isinstance(found, str):
        return [found]
    spec, operation, in_path = found
    parameters = [_follow(spec, p) for p in operation.get("parameters", [])]
    described = {
        place: {p["name"]: p for p in parameters if p["in"] == place}
        for place in ("path", "query")
    }
    problems = []
    for name, value in in_path.items():
        schema = described["path"].get(name, {}).get("schema", {})
        problems += _value_problems(spec, schema, f"path {name}", value)
    wanted = {name: p["schema"] for name, p in described["query"].items()}
    required = [name for name, p in described["query"].items() if p.get("required")]
    problems += _pair_problems(spec, wanted, required, "query", list(query))
    body = _form_schema(spec, operation)
    wanted, required = body.get("properties", {}), body.get("required", [])
    problems += _pair_problems(spec, wanted, required, "form", list(form))
    return problems


def validate_response(
    method: str, host: str, path: str, status: int, body: Any
) -> list[str]:
    """Problems of an answer: its status and, by JSON Schema, its body."""
    found = _operation(method, host, path)
    if status >= 400:
        return _error_problems(status, body)
    if isinstance(found, str):
        return [found]
    spec, operation, _ = found
    answers = operation["responses"]
    if str(status) not in answers:
        return [f"status {status} is not described, only {sorted(answers)}"]
    content = answers[str(status)].get("content")
    if not content:
        return [] if body is None else ["a body where none is described"]
    schema = json_schema(spec, content["application/json"]["schema"])
    validator = Draft202012Validator(schema, format_checker=FORMATS)
    return [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)
    ]


def exchange_problems(record: Mapping[str, Any]) -> list[str]:
    """Problems of one `api` record of the simulator's judge."""
    place = record["method"], record["host"], record["path"]
    asked = validate_request(
        *place,
        query=[(k, v) for k, v in record["query"]],
        form=[(k, v) for k, v in record["form"]],
    )
    answered = validate_response(*place, record["status"], record["json"])
    # A refused request is allowed to be wrong: that is why it was refused.
    return answered if record["status"] >= 400 else asked + answered


def _error_problems(status: int, body: Any) -> list[str]:
    if not isinstance(body, dict):
        return [f"an error {status} without a JSON body"]
    problems = [
        f"error body: {key} is not {kind.__name__}"
        for key, kind in ERROR_KEYS.items()
        if not isinstance(body.get(key), kind)
    ]
    if body.get("status") != status:
        problems.append(f"error body says {body.get('status')}, HTTP says {status}")
    return problems


# -- finding the operation ------------------------------------------------------


@cache
def _specs() -> dict[str, list[dict[str, Any]]]:
    by_host: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(SPEC_DIR.glob("*.json")):
        spec = json.loads(file.read_text(encoding="utf-8"))
        host = urlsplit(spec["servers"][0]["url"]).netloc
        by_host.setdefault(host, []).append(spec)
    return by_host


@cache
def _patterns(host: str) -> list[tuple[re.Pattern[str], dict[str, Any], str]]:
    """Every path as a pattern, the most literal ones first."""
    rows = []
    for spec in _specs().get(host, []):
        for path in spec["paths"]:
            pieces = re.split(r"(\{\w+\})", path)
            pattern = "".join(
                f"(?P<{piece[1:-1]}>[^/]+)" if piece[:1] == "{" else re.escape(piece)
                for piece in pieces
            )
            literal = sum(len(piece) for piece in pieces if piece[:1] != "{")
            rows.append((literal, re.compile(pattern), spec, path))
    rows.sort(key=lambda row: -row[0])
    return [row[1:] for row in rows]


def _operation(
    method: str, host: str, path: str
) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]] | str:
    for pattern, spec, template in _patterns(host):
        match = pattern.fullmatch(path)
        if match is None:
            continue
        operation = spec["paths"][template].get(method.lower())
        if operation is None:
            return f"{method} is not described for {template}"
        return spec, operation, match.groupdict()
    return f"{host}{path} is not described"


def _follow(spec: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _form_schema(spec: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("application/x-www-form-urlencoded", {})
    return _follow(spec, form.get("schema", {}))


# -- requests: names and texts --------------------------------------------------


def _pair_problems(
    spec: dict[str, Any],
    wanted: Mapping[str, Any],
    required: Sequence[str],
    place: str,
    pairs: list[tuple[str, str]],
) -> list[str]:
    counts = Counter(name for name, _ in pairs)
    problems = [f"{place} {n} is missing" for n in required if not counts[n]]
    problems += [f"{place} {n} is not described" for n in counts if n not in wanted]
    for name, value in pairs:
        if name not in wanted:
            continue
        schema = _follow(spec, wanted[name])
        array = schema.get("type") == "array"
        if counts[name] > 1 and not array:
            problems.append(f"{place} {name} is given {counts[name]} times")
        schema = _follow(spec, schema["items"]) if array else schema
        problems += _value_problems(spec, schema, f"{place} {name}", value)
    return problems


def _value_problems(
    spec: dict[str, Any], schema: dict[str, Any], name: str, text: str
) -> list[str]:
    schema = _follow(spec, schema)
    value: Any = text
    kind = schema.get("type")
    if kind in ("integer", "number", "boolean"):
        try:
            value = json.loads(text)
        except ValueError:
            return [f"{name}: {text!r} is not of type {kind!r}"]
    validator = Draft202012Validator(json_schema(spec, schema), format_checker=FORMATS)
    return [f"{name}: {error.message}" for error in validator.iter_errors(value)]


# -- OpenAPI 3.0 schemas as JSON Schema -----------------------------------------


def json_schema(spec: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The schema with `$ref` and `nullable` written out, and no unknown keys allowed.

    OpenAPI 3.0 ignores `nullable` beside a `$ref`, so the description cannot say
    that such a field may be null, and its own examples show that it may.  Lookup's
    description never says it, and its examples have nulls everywhere.
    """
    loose = "$ref" in node or "Lookups" in spec["info"]["title"]
    node = _follow(spec, node)
    schema = {
        key: value
        for key, value in node.items()
        if key in ("type", "enum", "format", "pattern", "minLength", "maxLength")
        or key in ("minimum", "maximum")
    }
    if "properties" in node:
        schema["properties"] = {
            name: json_schema(spec, field) for name, field in node["properties"].items()
        }
        schema["required"] = node.get("required", [])
        schema["additionalProperties"] = node.get("additionalProperties", False)
    if "items" in node:
        schema["items"] = json_schema(spec, node["items"])
    if "oneOf" in node:
        schema["anyOf"] = [json_schema(spec, choice) for choice in node["oneOf"]]
    if (node.get("nullable") or loose) and "type" in schema:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema


FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))


@FORMATS.checks("date-time-rfc-2822", raises=ValueError)
def _is_rfc_2822(value: object) -> bool:
    return not isinstance(value, str) or bool(parsedate_to_datetime(value))


@FORMATS.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    """An address; Twilio's own examples also give paths, and '' for none."""
    if not isinstance(value, str) or not value or value.startswith("/"):
        return True
    return bool(urlsplit(value).scheme)


@FORMATS.checks("phone-number", raises=ValueError)
def _is_phone_number(value: object) -> bool:
    """E.164, a national form, a channel's address, a short code, a sender's name."""
    national = r"\(\d{3}\) \d{3}-\d{4}"
    form = rf"(\w+:)?(\+[1-9]\d{{6,15}}|\d{{3,8}}|{national}|[\w .&-]{{1,40}})"
    return not isinstance(value, str) or bool(re.fullmatch(form, value))
