"""The OpenAPI document of the routes for programs, said from what the routes themselves take."""

from functools import lru_cache
from importlib.metadata import version
from typing import Any, get_args

from registry.api.answers import PROBLEM
from registry.api.figures import HOLDINGS, LISTS, MOST_CASES, POWERS, RATES
from registry.api.logs import FLAGS
from registry.cli.options import FileKind
from registry.measures.exercise import Aggregate, Basis
from registry.measures.grouping import DIMENSIONS

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
MONTH: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}$"}
DAY: Schema = {"type": "string", "format": "date"}
KINDS: dict[str, Schema] = {
    "by": {"type": "string", "enum": list(DIMENSIONS)},
    "from": MONTH,
    "to": MONTH,
    "aggregate": {"type": "string", "enum": list(get_args(Aggregate))},
    "basis": {"type": "string", "enum": list(get_args(Basis))},
    "min_cases": {"type": "integer", "minimum": 1, "maximum": MOST_CASES},
    "as_of": DAY,
}
MEANINGS = {
    "by": "group columns",
    "from": "first month, included",
    "to": "last month, included",
    "unit": "code of a street or town",
    "as_of": "as of the end of this day",
    "known_on": "as known on a day, at an act or a freeze",
    "search": "text looked for in code, name and law",
}
COUNTS = ("read", "accepted", "corrected", "unchanged", "quarantined", "skipped", "warnings")
REFUSALS = {
    "400": "asked wrongly",
    "401": "no valid token",
    "403": "outside of what the token may",
    "422": "nothing can be given or stored, and why",
    "429": "too often",
    "503": "no register to be had",
}


@lru_cache
def document() -> Schema:
    """OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Delegated Powers Registry",
            "version": version("delegated-powers-registry"),
            "description": "The records of the command line. Errors are problem+json (RFC 9457).",
        },
        "security": [{"token": []}],
        "paths": {
            "/api/v1/rates": {"get": _reading("rates", RATES, _rate())},
            "/api/v1/powers": {"get": _reading("powers", POWERS, _row("power", "power_name"))},
            "/api/v1/holdings": {"get": _reading("holdings", HOLDINGS, _row("power"), "unit")},
            "/api/v1/logs": {"post": _import()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _problem()},
        },
    }


def _reading(name: str, parameters: tuple[str, ...], row: Schema, required: str = "") -> Schema:
    rows = {"type": "array", "items": row}
    return {
        "operationId": name,
        "parameters": [_parameter(p, name, p == required) for p in parameters],
        "responses": _answers(rows),
    }


def _parameter(name: str, of: str, required: bool) -> Schema:
    schema = KINDS.get(name, TEXT)
    is_list = of == "rates" and name in LISTS
    if is_list:
        schema = {"type": "array", "items": schema}
    said = {"description": MEANINGS[name]} if name in MEANINGS else {}
    return {"name": name, "in": "query", "required": required, "schema": schema} | said


def _answers(content: Schema, **more: str) -> Schema:
    found = {"description": "found", "content": {"application/json": {"schema": content}}}
    problems = {"schema": {"$ref": "#/components/schemas/Problem"}}
    refused = {
        status: {"description": why, "content": {PROBLEM: problems}}
        for status, why in (REFUSALS | {k.lstrip("_"): v for k, v in more.items()}).items()
    }
    return {"200": found} | refused


def _row(*names: str) -> Schema:
    return {"type": "object", "required": list(names), "properties": dict.fromkeys(names, TEXT)}


def _rate() -> Schema:
    number = {"type": ["number", "null"]}
    figures = dict.fromkeys(("numerator", "denominator", "value", "completeness"), number)
    return {"type": "object", "required": list(figures), "properties": figures}


def _import() -> Schema:
    lists = {key: {"type": "array", "items": TEXT} for key in ("district", "units", "map", "set")}
    flags = {key: {"type": "string", "enum": ["true", "false"]} for key in FLAGS}
    body = {
        "type": "object",
        "required": ["file", "district", "months"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "months": {"type": "string", "description": "such as 2020-07..2020-12"},
            "kind": {"type": "string", "enum": list(FileKind)},
            "sheet": TEXT,
            **lists,
            **flags,
        },
    }
    return {
        "operationId": "import",
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": body}}},
        "responses": _answers(_report(), _409="only demo data in the register", _413="too large"),
    }


def _report() -> Schema:
    counts = {key: {"type": "integer", "minimum": 0} for key in COUNTS}
    lists = {key: {"type": "array"} for key in ("nil_units", "problems", "warning_rows")}
    more = {"file": TEXT, "batch": {"type": ["integer", "null"]}, "repeated": {"type": "boolean"}}
    properties = {**more, **counts, **lists}
    return {"type": "object", "required": list(properties), "properties": properties}


def _problem() -> Schema:
    properties = {"type": TEXT, "status": {"type": "integer"}, "detail": TEXT}
    return {"type": "object", "required": list(properties), "properties": properties}
