"""The document as a client downloads it, and answers held against it."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from tests.embeddings.api.stage import VERSION, Answer

METHODS = ("get", "post", "put", "patch", "delete")
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")


@lru_cache(maxsize=8)
def document(version: str = VERSION) -> dict[str, Any]:
    """``GET /v1/openapi.json`` of a version."""
    response = Client().get("/v1/openapi.json", HTTP_AUROUS_VERSION=version)
    assert response.status_code == 200
    made: dict[str, Any] = json.loads(response.content)
    return made


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation, of all."""
    for path, item in document()["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def operation(method: str, path: str, version: str = VERSION) -> dict[str, Any]:
    """One operation."""
    found: dict[str, Any] = document(version)["paths"][path][method.lower()]
    return found


def routes() -> Iterator[tuple[str, Any]]:
    """Every route under ``/v1`` with its view, as Django resolves it."""
    yield from _routes(get_resolver("aurous.api_urls").url_patterns, "/")


def _routes(patterns: list[Any], before: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = before + _VARIABLE.sub(r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback.view_class


def validator(schema: dict[str, Any], version: str = VERSION) -> Draft202012Validator:
    """Checks values against a schema that may refer to the document's components."""
    whole = {"components": document(version)["components"], **schema}
    kind = validator_for(whole, default=Draft202012Validator)
    return kind(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def complaints_about(method: str, path: str, answer: Answer) -> list[str]:
    """In what an answer is not as the document of its version says: status, type, headers, body."""
    version = answer.headers["Aurous-Version"]
    responses = operation(method, path, version)["responses"]
    if str(answer.status) not in responses:
        return [f"{answer.status} is not documented"]
    response = responses[str(answer.status)]
    described = document(version)["components"]["headers"]
    found = [f"{name} is described nowhere" for name in response["headers"].keys() - described]
    if answer.headers["Content-Type"] not in response["content"]:
        found.append(f"content type {answer.headers['Content-Type']}")
    schema = response["content"]["application/json"]["schema"]
    body = json.loads(answer.content)
    found += [
        f"{e.json_path}: {e.message[:200]}" for e in validator(schema, version).iter_errors(body)
    ]
    return found
