"""What the platform answered to each example: ``docs/reference/answers.json``, as recorded."""

import json
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from aurous.reference.words import Example, words

NOT_RECORDED = "id"
Answer = dict[str, Any]  # "status" and "body"


@lru_cache(maxsize=1)
def answers() -> dict[str, Answer]:
    """All of them, by the key of the example."""
    path = settings.BASE_DIR / "docs" / "reference" / "answers.json"
    read: dict[str, Answer] = json.loads(path.read_text())
    return read


def path_of(example: Example, ids: dict[str, str] | None = None) -> str:
    """The path with variables and query filled in.

    ``ids``: the values of the path variables; without it those of the recorded answers.
    """
    method_path = example.label.partition(" ")[2]
    values = recorded_ids(example) if ids is None else ids
    for name, value in values.items():
        method_path = method_path.replace(f"{{{name}}}", quote(value))
    return f"{method_path}?{urlencode(example.query, safe=':[]')}" if example.query else method_path


def recorded_ids(example: Example) -> dict[str, str]:
    """Path variables, with the ids of the recorded answers in them."""
    return {name: _id_from(told) for name, told in example.variables.items()}


def _id_from(told: str) -> str:
    if told not in words().examples:
        return told
    made = answers().get(words().examples[told][0].key)
    return NOT_RECORDED if made is None else str(made["body"]["id"])
