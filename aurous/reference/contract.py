"""The contract of one version as pages: areas with their endpoints, out of the OpenAPI document."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aurous.http.edge import api_urlconf
from aurous.http.openapi import document
from aurous.kernel.errors import ERROR_CODES
from aurous.reference.answers import answers, path_of
from aurous.reference.fields import Row, parameter_row, rows_of
from aurous.reference.finish import examples_of, operations
from aurous.reference.snippets import Snippet, snippets
from aurous.reference.words import words

Schema = dict[str, Any]
_NUMBERS = re.compile(r"\[\s*(-?[\d.e+-]+(?:,\s*-?[\d.e+-]+)*)\s*\]")


@dataclass(frozen=True, slots=True)
class Shown:
    """An example with its programs and the answer that was recorded."""

    title: str
    slug: str
    programs: list[Snippet]
    body: str
    path: str
    answer: str
    answer_fence: str
    status: int
    shortened: bool


@dataclass(frozen=True, slots=True)
class ErrorOf:
    """A code that an endpoint can answer."""

    code: str
    status: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one route."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    scope: str
    bucket: str
    idempotent: bool
    path_parameters: list[Row]
    query: list[Row]
    headers: list[Row]
    body: list[Row]
    answers: list[tuple[str, list[Row]]]
    errors: list[ErrorOf]
    examples: list[Shown]


@dataclass(frozen=True, slots=True)
class AreaPage:
    """One tag."""

    name: str
    slug: str
    text: str
    endpoints: list[Endpoint]


@lru_cache(maxsize=16)
def openapi(version: str) -> Schema:
    """The document that customers download."""
    read: Schema = json.loads(document(version, api_urlconf()))
    return read


@lru_cache(maxsize=16)
def area_pages(version: str) -> list[AreaPage]:
    """Every area of a version that has endpoints, in the order of the rail."""
    made = openapi(version)
    by_tag: dict[str, list[Endpoint]] = {}
    for label, operation in operations(made):
        endpoint = _endpoint(label, operation, made["components"]["schemas"], version)
        for tag in operation["tags"]:
            by_tag.setdefault(tag, []).append(endpoint)
    return [
        AreaPage(area.name, area.slug, area.text, by_tag[area.name])
        for area in words().areas
        if area.name in by_tag
    ]


def _endpoint(label: str, operation: Schema, components: Schema, version: str) -> Endpoint:
    method, _, path = label.partition(" ")
    security = operation["security"]
    scope = security[0]["bearer"][0] if security else ""
    parameters = operation["parameters"]
    where = {
        place: [parameter_row(one) for one in parameters if one["in"] == place]
        for place in ("path", "query", "header")
    }
    return Endpoint(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        text=operation.get("description", ""),
        scope=scope,
        bucket=operation.get("x-rate-limit-bucket", ""),
        idempotent=any(row.path == "Idempotency-Key" for row in where["header"]),
        path_parameters=where["path"],
        query=where["query"],
        headers=where["header"],
        body=_body_rows(operation.get("requestBody"), components),
        answers=_answer_rows(operation["responses"], components),
        errors=_errors(operation["responses"]),
        examples=_examples(label, operation["operationId"], version, public=not security),
    )


def _body_rows(body: Schema | None, components: Schema) -> list[Row]:
    return [] if body is None else rows_of(_only(body["content"]), components)


def _answer_rows(responses: Schema, components: Schema) -> list[tuple[str, list[Row]]]:
    good = {status: response for status, response in responses.items() if status < "400"}
    return [
        (status, rows_of(_only(response["content"]), components))
        for status, response in good.items()
    ]


def _only(content: Schema) -> Schema:
    schema: Schema = next(iter(content.values()))["schema"]
    return schema


def _errors(responses: Schema) -> list[ErrorOf]:
    codes = [
        code
        for status, response in responses.items()
        if status >= "400"
        for code in _only_examples(response)
    ]
    return [ErrorOf(code, ERROR_CODES[code].status) for code in codes]


def _only_examples(response: Schema) -> Schema:
    examples: Schema = next(iter(response["content"].values())).get("examples", {})
    return examples


def _examples(label: str, id_: str, version: str, *, public: bool) -> list[Shown]:
    shown = []
    for number, example in enumerate(examples_of(label, version)):
        recorded = answers().get(example.key, {"status": 200, "body": ""})
        answer = _pretty(recorded["body"])
        shown.append(
            Shown(
                title=example.title,
                slug=f"{id_}-{number}",
                programs=snippets(example, version, public=public),
                body="" if example.body is None else _pretty(example.body),
                path=path_of(example),
                answer=answer,
                answer_fence="json" if isinstance(recorded["body"], dict) else "",
                status=recorded["status"],
                shortened='"embedding": [' in answer,
            )
        )
    return shown


def _pretty(value: object) -> str:
    """With line breaks, but a list of numbers stays on one line."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _NUMBERS.sub(lambda found: "[" + ", ".join(re.split(r",\s*", found[1])) + "]", text)
