"""The fields of a schema as rows of a table."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
ENUM_SHOWN_MAX = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One field or parameter. ``path`` is how an error's ``param`` would name it."""

    path: str
    type: str
    required: bool
    text: str
    depth: int = 0


def rows_of(schema: Schema, components: Schema) -> list[Row]:
    """Every field of an object, those inside of it below it; alternatives become one row."""
    found: dict[str, Row] = {}
    for row in _rows(_resolved(schema, components), components, "", 0):
        found.setdefault(row.path, row)
    return list(found.values())


def parameter_row(parameter: Schema) -> Row:
    """A parameter of the path, the query or the headers."""
    schema = parameter["schema"]
    return Row(
        parameter["name"], type_of(schema), parameter["required"], parameter.get("description", "")
    )


def _rows(schema: Schema, components: Schema, path: str, depth: int) -> Iterator[Row]:
    for part in _parts(schema):
        yield from _rows(_resolved(part, components), components, path, depth)
    if isinstance(schema.get("items"), dict):
        inner = _resolved(schema["items"], components)
        yield from _rows(inner, components, f"{path}[]", depth)
    for name, raw in schema.get("properties", {}).items():
        field = _resolved(raw, components)
        inner_path = f"{path}.{name}" if path else name
        text = raw.get("description") or field.get("description", "")
        yield Row(inner_path, type_of(field), name in schema.get("required", ()), text, depth)
        yield from _rows(field, components, inner_path, depth + 1)


def type_of(schema: Schema) -> str:
    """In words: ``string or null``, ``one of a, b``."""
    if "const" in schema:
        return _shown(schema["const"])
    if "enum" in schema:
        values = [_shown(value) for value in schema["enum"]]
        return "one of " + ", ".join(values[:ENUM_SHOWN_MAX])
    if parts := _parts(schema):
        return " or ".join(dict.fromkeys(type_of(part) for part in parts))
    types = schema.get("type", "object")
    names = [types] if isinstance(types, str) else list(types)
    if "array" in names and isinstance(schema.get("items"), dict):
        inner = schema["items"].get("type", "object")
        plural = f"{inner}s" if isinstance(inner, str) else "values"
        names[names.index("array")] = f"array of {plural}"
    if schema.get("format") == "date-time":
        names[names.index("string")] = "time"
    return " or ".join(names)


def _parts(schema: Schema) -> list[Schema]:
    return [*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())]


def _resolved(schema: Schema, components: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = components[schema["$ref"].rpartition("/")[2]]
    return found


def _shown(value: object) -> str:
    return str(value) if isinstance(value, str) else json.dumps(value)
