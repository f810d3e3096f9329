"""Puts the words, examples and tags of ``docs/reference`` into a version's OpenAPI document.

The schemas stay what the code says; only ``description``, ``example`` and ``tags`` are added, and
nothing that the code says itself is overwritten.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from aurous.kernel.errors import ERROR_CODES
from aurous.reference.answers import answers, recorded_ids
from aurous.reference.words import Example, words

Schema = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
_REQUEST_ID = "req_01K0000000000000000000000A"


def finish(document: Schema, version: str) -> Schema:
    """The document with everything that people like to read."""
    document["info"].update(_info())
    document["externalDocs"] = {"url": f"{settings.AUROUS_PUBLIC_URL}/docs/{version}"}
    used = set()
    for label, operation in operations(document):
        used.update(operation.get("tags", ()))
        _finish_operation(label, operation, version)
    document["tags"] = [
        {"name": area.name, "description": area.text} for area in words().areas if area.name in used
    ]
    for name, schema in document["components"]["schemas"].items():
        for path, field in fields_of(schema):
            text = words().field(name, path)
            if text:
                field.setdefault("description", text)
    return document


def operations(document: Schema) -> Iterator[tuple[str, Schema]]:
    """``POST /v1/embeddings`` and the operation object, of all."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def fields_of(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every field inside a schema with its path (``data[].embedding``), alternatives included."""
    for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from fields_of(part, path)
    if isinstance(schema.get("items"), dict):
        yield from fields_of(schema["items"], f"{path}[]")
    for name, field in schema.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        yield inner, field
        yield from fields_of(field, inner)


def error_example(code: str) -> Schema:
    """The envelope as a customer would see it."""
    told = words().errors.get(code, {})
    return {
        "error": {
            "type": ERROR_CODES[code].type,
            "code": code,
            "message": told.get("message", ""),
            "param": told.get("param"),
            "doc_url": f"{settings.AUROUS_PUBLIC_URL}/errors#{code}",
            "request_id": _REQUEST_ID,
        }
    }


def examples_of(label: str, version: str) -> list[Example]:
    """The examples of an operation that a version takes."""
    return [one for one in words().examples.get(label, ()) if one.in_version(version)]


def _info() -> Schema:
    return {
        "summary": "Text, pictures and videos in, vectors out.",
        "contact": {"name": "The operator", "url": settings.AUROUS_PUBLIC_URL},
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def _finish_operation(label: str, operation: Schema, version: str) -> None:
    text = words().operations.get(label)
    if text:
        operation.setdefault("description", text)
    examples = examples_of(label, version)
    for parameter in operation["parameters"]:
        _finish_parameter(label, parameter, examples)
    _add_bodies(operation, examples)
    for response in operation["responses"].values():
        _add_error_examples(response)


def _finish_parameter(label: str, parameter: Schema, examples: list[Example]) -> None:
    name = parameter["name"]
    schema = parameter["schema"]
    text = schema.get("description") or words().field(label, name)
    if text:
        parameter.setdefault("description", text)
    if name == "Aurous-Version":
        parameter["example"] = settings.API_DEFAULT_VERSION
    elif parameter["in"] == "path" and examples:
        parameter["example"] = recorded_ids(examples[0])[name]


def _add_bodies(operation: Schema, examples: list[Example]) -> None:
    bodies = {_name(one): {"summary": one.title, "value": one.body} for one in examples if one.body}
    if bodies and "requestBody" in operation:
        operation["requestBody"].setdefault("description", "A JSON object.")
        for content in operation["requestBody"]["content"].values():
            content["examples"] = bodies
    for one in examples:
        recorded = answers().get(one.key)
        if recorded is None:
            continue
        response = operation["responses"][str(recorded["status"])]
        for media_type, content in response["content"].items():
            if media_type == recorded.get("media_type", media_type):
                added = {"summary": one.title, "value": recorded["body"]}
                content.setdefault("examples", {})[_name(one)] = added


def _name(example: Example) -> str:
    return "_".join(example.title.lower().split())


def _add_error_examples(response: Schema) -> None:
    for content in response["content"].values():
        codes = _codes(content["schema"])
        if codes:
            content["examples"] = {code: {"value": error_example(code)} for code in codes}


def _codes(schema: Schema) -> list[str]:
    """The codes that an error response is narrowed to; none for a good answer."""
    for part in schema.get("allOf", ()):
        error = part.get("properties", {}).get("error", {})
        found = error.get("properties", {}).get("code", {}).get("enum")
        if found:
            return list(found)
    return []
