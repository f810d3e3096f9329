"""The fields of a schema as rows of a table."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    """Every field of an object, those inside of it below it."""
    return list(_rows(_resolved(schema, components), components, "", 0))


def parameter_row(parameter: Schema) -> Row:
    """A parameter of the path, the query or the headers."""
    schema = parameter["schema"]
    return Row(
        parameter["name"],
        type_of(schema, {}),
        parameter["required"],
        parameter.get("description", ""),
    )


def _rows(schema: Schema, components: Schema, path: str, depth: int) -> Iterator[Row]:
    parts = [
        list(_rows(_resolved(part, components), components, path, depth)) for part in _parts(schema)
    ]
    yield from _merged([rows for rows in parts if rows])
    if isinstance(schema.get("items"), dict):
        inner = _resolved(schema["items"], components)
        yield from _rows(inner, components, f"{path}[]", depth)
    for name, raw in schema.get("properties", {}).items():
        field = _resolved(raw, components)
        inner_path = f"{path}.{name}" if path else name
        text = raw.get("description") or field.get("description", "")
        yield Row(
            inner_path, type_of(field, components), name in schema.get("required", ()), text, depth
        )
        yield from _rows(field, components, inner_path, depth + 1)


def _merged(alternatives: list[list[Row]]) -> list[Row]:
    """One row a path. Only what every alternative requires is required."""
    found: dict[str, list[Row]] = {}
    for rows in alternatives:
        for row in rows:
            found.setdefault(row.path, []).append(row)
    return [
        replace(
            rows[0],
            type=" or ".join(dict.fromkeys(row.type for row in rows)),
            required=len(rows) == len(alternatives) and all(row.required for row in rows),
        )
        for rows in found.values()
    ]


def type_of(schema: Schema, components: Schema) -> str:
    """In words: ``string or null``, ``one of a, b``."""
    if "const" in schema:
        return _shown(schema["const"])
    if "enum" in schema:
        values = [_shown(value) for value in schema["enum"]]
        return "one of " + ", ".join(values[:ENUM_SHOWN_MAX])
    if parts := _parts(schema):
        return " or ".join(
            dict.fromkeys(type_of(_resolved(part, components), components) for part in parts)
        )
    types = schema.get("type", "object")
    names = [types] if isinstance(types, str) else list(types)
    if "array" in names and isinstance(schema.get("items"), dict):
        names[names.index("array")] = f"array of {_plural(_resolved(schema['items'], components))}"
    if schema.get("format") == "date-time":
        names[names.index("string")] = "time"
    return " or ".join(names)


def _plural(item: Schema) -> str:
    if "enum" in item:
        return type_of(item, {}).removeprefix("one of ")
    inner = item.get("type", "object")
    return f"{inner}s" if isinstance(inner, str) else "values"


def _parts(schema: Schema) -> list[Schema]:
    return [*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())]


def _resolved(schema: Schema, components: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = components[schema["$ref"].rpartition("/")[2]]
    return found


def _shown(value: object) -> str:
    return str(value) if isinstance(value, str) else json.dumps(value)
