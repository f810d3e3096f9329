"""Stripe's form encoding: ``a[b][0][c]=1`` is ``{"a": {"b": [{"c": "1"}]}}``."""

import re
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """A query or a body. Values stay texts; lists have ``[]`` or numbers as their keys."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        path = [name.partition("[")[0], *_PART.findall(name)]
        _put(found, path, value)
    listed: dict[str, Any] = _listed(found)
    return listed


def _put(into: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        into = into.setdefault(part or str(len(into)), {})
    into[path[-1] or str(len(into))] = value


def _listed(value: Any) -> Any:
    """Dicts whose keys are 0, 1, 2, … are lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    if inner and list(inner) == [str(number) for number in range(len(inner))]:
        return list(inner.values())
    return inner
