"""The OpenAPI document, made from what the views declare about themselves."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry

from aurous.http import openapi_parts as parts
from aurous.http.rendering import MEDIA_TYPE, render
from aurous.http.versions import deprecations
from aurous.http.versions import registry as versions
from aurous.kernel.errors import ERROR_CODES

Schema = dict[str, Any]
_Generator: Any = SchemaGenerator  # it has no annotations
_PATH_VARIABLE = re.compile(r"\{(\w+)\}")
_REFERENCE = re.compile(r'"#/components/schemas/(\w+)"')
_SCHEMAS: dict[str, Schema] = {"Error": parts.ERROR_SCHEMA}


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of a view takes and answers; all schemas are JSON Schema 2020-12.

    ``query`` has a schema for each query parameter. ``idempotent``: it takes ``Idempotency-Key``.
    ``errors``: codes beside the common ones and those of the view. ``media_types``: of a good
    answer, where it is a file.
    """

    summary: str
    responses: Mapping[int, Schema]
    id: str = ""
    description: str = ""
    tag: str = ""
    request: Schema | None = None
    query: Mapping[str, Schema] = field(default_factory=dict)
    query_required: Collection[str] = ()
    idempotent: bool = False
    errors: Collection[str] = ()
    media_types: Collection[str] = (MEDIA_TYPE,)


LIST_QUERY: Mapping[str, Schema] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
    "cursor": {"type": "string", "description": "next_cursor of the page before."},
}


def list_schema(item: Schema) -> Schema:
    """The envelope of a list of ``item``; the operation's query has ``LIST_QUERY`` in it."""
    properties = {
        "object": {"const": "list"},
        "data": {"type": "array", "items": item},
        "has_more": {"type": "boolean"},
        "next_cursor": {"type": ["string", "null"]},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def component(name: str, schema: Schema) -> Schema:
    """Name a schema; the reference that is returned stands for it wherever it is used."""
    _SCHEMAS[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}


@lru_cache(maxsize=16)
def document(version: str, urlconf: str) -> bytes:
    """The document of one version, as JSON."""
    generator: Any = _Generator(urlconf=urlconf, api_version=version)
    made: Schema = generator.get_schema(request=None, public=True)
    made["info"]["version"] = version
    made["servers"] = [{"url": settings.AUROUS_PUBLIC_URL}]
    made["components"] = {
        "schemas": _schemas_in(made, _SCHEMAS),
        "headers": parts.HEADERS,
        "securitySchemes": parts.SECURITY_SCHEMES,
    }
    made = orjson.loads(render(made))  # a copy: changes must not reach what views declare
    for change in reversed(versions.changes_after(version)):
        made = change.schema(made)
    made["components"]["schemas"] = _schemas_in(made, made["components"]["schemas"])
    _mark_deprecated(made, version)
    return render(_with_words(made, version))


def _with_words(made: Schema, version: str) -> Schema:
    """With the words that stand above this layer."""
    finish = import_string(settings.API_DOCUMENT_FINISHER)
    finished: Schema = finish(made, version)
    return finished


def _mark_deprecated(made: Schema, version: str) -> None:
    for path, item in made["paths"].items():
        for method, operation in item.items():
            if not deprecations.found(version, f"{method.upper()} {path}"):
                continue
            operation["deprecated"] = True
            for response in operation["responses"].values():
                response["headers"].update(parts.DEPRECATION_HEADERS)


class ApiSchema(AutoSchema):
    """Builds the operations of ``ApiView``s from their attributes; nothing is guessed."""

    def get_operation(
        self,
        path: str,
        path_regex: str,
        path_prefix: str,
        method: str,
        registry: ComponentRegistry,
    ) -> Schema | None:
        """The operation object of one method of one route."""
        operation = getattr(self.view, "operations", {}).get(method)
        if not isinstance(operation, Operation):
            return None  # not declared, not part of the contract
        public = not self.view.authentication_classes
        errors_of_view = getattr(self.view, "errors", ())
        route_class = None if public else getattr(self.view, "route_class", None)
        security = [] if public else parts.security_of(getattr(self.view, "scopes", {})[method])
        codes = {*_common_errors(operation, public=public), *operation.errors, *errors_of_view}
        made: Schema = {
            "operationId": operation.id or _operation_id(method, path),
            "summary": operation.summary,
            "parameters": _parameters(operation, path),
            "security": security,
            "responses": _responses(operation, codes, route_class=route_class),
        }
        if route_class:
            made["x-rate-limit-bucket"] = route_class
        if operation.description:
            made["description"] = operation.description
        if operation.tag:
            made["tags"] = [operation.tag]
        if operation.request is not None:
            made["requestBody"] = {
                "required": not getattr(self.view, "body_optional", False),
                "content": {MEDIA_TYPE: {"schema": operation.request}},
            }
        return made


def _operation_id(method: str, path: str) -> str:
    words = re.findall(r"\w+", path.removeprefix("/v1"))
    return "_".join([method.lower(), *words]).lower()


def _common_errors(operation: Operation, *, public: bool) -> list[str]:
    codes = [*parts.ERRORS_OF_ALL]
    if not public:
        codes += parts.ERRORS_WITH_KEY
    if operation.request is not None:
        codes += parts.ERRORS_WITH_BODY
    if operation.query:
        codes += parts.ERRORS_WITH_QUERY
    if "cursor" in operation.query:
        codes.append("invalid_page_token")
    if operation.idempotent:
        codes += parts.ERRORS_WITH_IDEMPOTENCY
    return codes


def _parameters(operation: Operation, path: str) -> list[Schema]:
    listed = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_VARIABLE.findall(path)
    ]
    for name, schema in operation.query.items():
        required = name in operation.query_required
        listed.append({"name": name, "in": "query", "required": required, "schema": schema})
    listed.append(parts.VERSION_PARAMETER)
    if operation.idempotent:
        listed.append(parts.IDEMPOTENCY_PARAMETER)
    return listed


def _responses(operation: Operation, codes: set[str], *, route_class: str | None) -> Schema:
    made: Schema = {}
    for status, schema in operation.responses.items():
        headers = parts.headers_of(status, route_class, replays=operation.idempotent)
        if MEDIA_TYPE not in operation.media_types:
            headers["Content-Disposition"] = {"$ref": "#/components/headers/Content-Disposition"}
        made[str(status)] = _response("Done.", schema, headers, operation.media_types)
    for status in sorted({ERROR_CODES[code].status for code in codes}):
        own = sorted(code for code in codes if ERROR_CODES[code].status == status)
        headers = parts.headers_of(status, route_class, replays=False)
        made[str(status)] = _response(", ".join(own), parts.error_schema(own), headers)
    return made


def _response(
    description: str,
    schema: Schema,
    headers: Schema,
    media_types: Collection[str] = (MEDIA_TYPE,),
) -> Schema:
    return {
        "description": description,
        "headers": headers,
        "content": {media_type: {"schema": schema} for media_type in media_types},
    }


def _schemas_in(made: Schema, named: Mapping[str, Schema]) -> Schema:
    """The named schemas that the document refers to, and those that these refer to."""
    found: Schema = {}
    waiting = set(_REFERENCE.findall(render(made["paths"]).decode()))
    while waiting:
        name = waiting.pop()
        found[name] = named[name]
        waiting |= set(_REFERENCE.findall(render(found[name]).decode())) - found.keys()
    return dict(sorted(found.items()))
