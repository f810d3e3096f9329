"""Many rows in one statement, written once for PostgreSQL and SQLite.

Rows travel as one JSON text; ``source`` is the FROM item that unfolds it. It costs one round
trip and a few microseconds a row, where a statement a row costs fifty.
"""

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from aurous.kernel.clock import as_sql
from aurous.kernel.tally import TallyField

Row = dict[str, Any]

_TYPES: "tuple[tuple[type[models.Field[Any, Any]], str], ...]" = (
    (models.BinaryField, "base64"),
    (models.BooleanField, "boolean"),
    (models.DateTimeField, "timestamptz"),
    (models.IntegerField, "bigint"),
    (models.CharField, "text"),
    (models.TextField, "text"),
    (TallyField, "numeric"),
)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return as_sql(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"no JSON form for {type(value).__name__}")


def payload(rows: Iterable[Row]) -> str:
    """The JSON text of the rows, datetimes in the form that both databases compare rightly."""
    return orjson.dumps(list(rows), default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def source(vendor: str, columns: Mapping[str, str], alias: str = "r") -> str:
    """A FROM item with these columns (name to SQL type); takes one parameter, the payload."""
    if vendor == "postgresql":
        typed = ", ".join(f'"{n}" {"text" if t == "base64" else t}' for n, t in columns.items())
        return f"json_to_recordset(%s::json) AS {alias}({typed})"
    picked = ", ".join(f"json_extract(value, '$.{n}') AS \"{n}\"" for n in columns)
    return f"(SELECT {picked} FROM json_each(%s)) AS {alias}"


def pick(name: str, sql_type: str, alias: str = "r") -> str:
    """How a column of the source is read: bytes travel as base64."""
    column = f'{alias}."{name}"'
    return f"decode({column}, 'base64')" if sql_type == "base64" else column


@lru_cache(maxsize=256)
def column_types(model: type[models.Model]) -> dict[str, str]:
    """Column name to SQL type for every concrete field of a model."""
    return {str(field.column): _sql_type(field) for field in model._meta.concrete_fields}


def _sql_type(field: "models.Field[Any, Any]") -> str:
    if isinstance(field, models.ForeignKey):
        return _sql_type(field.target_field)
    for kind, name in _TYPES:
        if isinstance(field, kind):
            return name
    raise TypeError(f"{field} has no type for row sets")


@lru_cache(maxsize=256)
def _insert_sql(vendor: str, model: type[models.Model], names: tuple[str, ...], suffix: str) -> str:
    types = column_types(model)
    columns = {name: types[name] for name in names}
    quoted = ", ".join(f'"{name}"' for name in names)
    picked = ", ".join(pick(name, kind) for name, kind in columns.items())
    table = model._meta.db_table
    # "WHERE true" lets SQLite tell ON CONFLICT from a join's ON.
    return (
        f"INSERT INTO {table} ({quoted}) SELECT {picked} "
        f"FROM {source(vendor, columns)} WHERE true {suffix}"
    )


def insert_rows(
    connection: BaseDatabaseWrapper,
    model: type[models.Model],
    rows: list[dict[str, Any]],
    suffix: str = "",
) -> None:
    """Insert rows (dicts with the same columns) in one statement; ``suffix`` may be ON CONFLICT."""
    if not rows:
        return
    sql = _insert_sql(connection.vendor, model, tuple(rows[0]), suffix)
    with connection.cursor() as cursor:
        cursor.execute(sql, [payload(rows)])


def register_sqlite_functions(connection: BaseDatabaseWrapper) -> None:
    """Give SQLite the ``decode(text, 'base64')`` that PostgreSQL has."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("decode", 2, _decode, deterministic=True)


def _decode(text: str | None, form: str) -> bytes | None:
    if form != "base64":
        raise ValueError(form)
    return None if text is None else base64.b64decode(text)
