"""Requests to ``POST /v1/embeddings`` and to its estimate, good and bad."""

from typing import Any

from tests.embeddings.api.stage import STUB, TEXT
from tests.golden.corpus import Case, again

CAT = "The cat sat on the mat."
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}


def part(text: str) -> dict[str, str]:
    """A text part."""
    return {"type": "text", "text": text}


def _embed(name: str, content: Any, *, headers: Any = None, **fields: Any) -> Case:
    body = {"model": STUB, "input": content, "dimensions": 64} | fields
    sent = {key: value for key, value in body.items() if value != "absent"}
    return Case(name, "POST", "embeddings", sent, headers or {})


def _again(name: str, content: Any, **fields: Any) -> Case:
    """The same request twice under one key: the second answer is a replay."""
    key = {"Idempotency_Key": name.replace(" ", "-")}
    return again(_embed(name, content, headers=key, **fields), name)


EMBEDDINGS = [
    _embed("a string", CAT),
    _embed("all dimensions", "猫が座った", dimensions=None),
    _embed("dimensions as a number with a point", CAT, dimensions=128.0),
    _embed("parts as one document", [part("The cat sat"), part("on the mat.")]),
    _embed("numbers asked for", CAT, encoding_format="float"),
    _embed("base64 asked for", CAT, encoding_format="base64"),
    _embed("no encoding asked for", CAT, encoding_format=None, user="user-7"),
    _embed("two strings", [CAT, "A dog."]),
    _embed("two strings in base64", [CAT, "A dog."], encoding_format="base64"),
    _embed("one string in an array", ["A dog."]),
    _embed("257 strings", ["x"] * 257),
    _again("a replay", CAT),
    _again("a replay in base64", CAT, encoding_format="base64"),
    _again("a replay of two strings", [CAT, "A dog."], encoding_format="base64"),
    _embed("no model", CAT, model="absent"),
    _embed("no input", "absent"),
    _embed("an unknown model", CAT, model="none"),
    _embed("an unknown field", CAT, colour="red"),
    _embed("an empty string", ""),
    _embed("an empty array", []),
    _embed("an empty string among strings", ["x", "x", "x", ""]),
    _embed("a string without a token", ["x", "\u200b"]),
    _embed("a part among strings", ["x", part("y")]),
    _embed("a string among parts", [part("y"), "x"]),
    _embed("token ids", [101, 2_003, 102]),
    _embed("arrays of token ids", [[101, 102], [101]]),
    _embed("17 parts", [part("x")] * 17),
    _embed("more than the window", "a " * 8_193),
    _embed("more than the window in one of two", ["x", "a " * 8_193]),
    _embed("an image to a model of texts", [IMAGE]),
    _embed("dimensions that the model has not", CAT, dimensions=65),
    _embed("dimensions to a model that takes none", CAT, model=TEXT, dimensions=64),
    _embed("an unknown encoding", CAT, encoding_format="int8"),
    _embed("a key that is none", CAT, headers={"Idempotency_Key": "a b"}),
    Case("no JSON", "POST", "embeddings", b'{"model": "aurous-stub", "input": '),
    Case("another method", "PUT", "embeddings", {"model": STUB, "input": CAT}),
]
_NOT_OF_AN_ESTIMATE = {"encoding_format", "user"}
ESTIMATE = [
    Case(
        case.name,
        case.method,
        "embeddings/estimate",
        {name: value for name, value in case.body.items() if name not in _NOT_OF_AN_ESTIMATE}
        if isinstance(case.body, dict)
        else case.body,
        case.headers,
    )
    for case in EMBEDDINGS
    if "replay" not in case.name and "encoding" not in case.name
]
ESTIMATE += [
    Case(
        "an encoding",
        "POST",
        "embeddings/estimate",
        {"model": STUB, "input": CAT, "encoding_format": "base64"},
    ),
    Case("three strings", "POST", "embeddings/estimate", {"model": TEXT, "input": [CAT, "x", CAT]}),
]
ENDPOINTS = {"POST /v1/embeddings": EMBEDDINGS, "POST /v1/embeddings/estimate": ESTIMATE}
