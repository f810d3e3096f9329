"""Examples carried out as a customer would, and what of an answer is the same each time."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from aurous.http.versions import registry
from aurous.reference.answers import path_of
from aurous.reference.words import Example, words
from embeddings import catalog
from tests.embeddings.api.stage import CAT, TEXT, Customer, customer

ULID = "01K0Q4Z8G7YQ2T5M3N9R6V1XHC"
KEY = "al_live_" + "0123456789abcdef" * 4
MOMENT = "2026-07-24T09:30:00.123456Z"
NUMBERS_SHOWN = 3
_PATTERNS = {
    re.compile(r"\b([a-z]+_)[0-9A-HJKMNP-TV-Z]{26}\b"): rf"\g<1>{ULID}",
    re.compile(r"\bal_live_[0-9a-f]{64}\b"): KEY,
    re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"): "0123456789abcdef" * 4,
    re.compile(r",settled,\d+,"): ",settled,21,",  # the duration, in a line of CSV
    # The newest stands for all, so that an old one can end without the examples.
    re.compile(rf"(?<![\w-])({'|'.join(registry.versions())})(?![\w-])"): registry.versions()[-1],
    re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"): MOMENT,
}
_FIXED: dict[str, Any] = {
    "start_time": "2026-07-24T00:00:00Z",
    "end_time": "2026-07-25T00:00:00Z",
    "duration_ms": 21,
    "p50_ms": 21,
    "p95_ms": 21,
    "head": KEY[:14],
    "tail": KEY[-4:],
    "next_cursor": "bmV3ZXN0IGZpcnN0",
    "fingerprint": "9f86d081884c7d65",
    "created": 1_784_880_000,
}


@pytest.fixture
def served(transactional_db, settings):
    """The models that a customer finds: no stub."""
    settings.AUROUS_STUB_MODEL = False
    catalog.forget()
    yield
    catalog.forget()


def newcomer() -> Customer:
    """A team that has embedded one text."""
    made = customer("10")
    assert made.embed(CAT, model=TEXT).status == 200
    return made


def ids_for(someone: Customer, example: Example, version: str) -> dict[str, str]:
    """Values of the path variables: objects that are made for this."""
    ids: dict[str, str] = {}
    for name, told in example.variables.items():
        ids[name] = told
        if told in words().examples:
            maker = words().examples[told][0]
            inner = {n: ids[n] for n in maker.variables if n in ids}
            ids[name] = carried_out(someone, maker, version, inner)["body"]["id"]
    return ids


def carried_out(
    someone: Customer, example: Example, version: str, ids: dict[str, str] | None = None
) -> dict[str, Any]:
    """Status, type and body of the answer to an example."""
    values = ids_for(someone, example, version) if ids is None else ids
    method, path = example.label.split(" ")[0], path_of(example, values)
    raw = "" if example.body is None else json.dumps(example.body)
    answer = Client().generic(
        method,
        path,
        raw,
        content_type="application/json" if raw else "",
        headers={"Authorization": f"Bearer {someone.key}", "Aurous-Version": version},
    )
    text = answer.getvalue().decode()
    assert answer.status_code < 300, text
    media_type = answer.headers["Content-Type"].partition(";")[0]
    body = json.loads(text) if media_type == "application/json" else text
    return {"status": answer.status_code, "media_type": media_type, "body": body}


def shown(value: Any, name: str = "") -> Any:
    """An answer as the reference shows it: ids, moments and secrets replaced, vectors cut."""
    if isinstance(value, dict):
        return {key: shown(inner, key) for key, inner in value.items()}
    if name == "embedding" and isinstance(value, list):
        return value[:NUMBERS_SHOWN]
    if isinstance(value, list):
        return [shown(inner) for inner in value]
    if name in _FIXED and value is not None:
        return _FIXED[name]
    if isinstance(value, str):
        for pattern, put in _PATTERNS.items():
            value = pattern.sub(put, value)
    return value


def told(value: Any) -> Any:
    """What must be the same each time: all that is shown but the numbers of vectors."""
    if isinstance(value, dict):
        return {
            key: [type(n).__name__ for n in inner] if key == "embedding" else told(inner)
            for key, inner in value.items()
        }
    return [told(inner) for inner in value] if isinstance(value, list) else value
