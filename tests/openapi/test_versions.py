"""The documents of two versions differ where the versions do, and nowhere else."""

import pytest
from jsonschema import ValidationError

from aurous.kernel.errors import ERROR_CODES
from tests.openapi.document import document, operation, validator

OLD, NEW = "2026-05-15", "2026-11-01"
ROUTES = ("/v1/embeddings", "/v1/embeddings/estimate")


def takes(version, path, content, **more):
    """Whether the request schema of a version takes an input."""
    schema = operation("POST", path, version)["requestBody"]["content"]["application/json"]
    try:
        validator(schema["schema"], version).validate({"model": "m", "input": content, **more})
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("content", "old", "new"),
    [
        ("x", True, True),
        ([{"type": "text", "text": "x"}], True, True),
        (["x", "y"], False, True),
        (["x"] * 256, False, True),
        (["x"] * 257, False, False),
        (["x", ""], False, False),
        (["x", {"type": "text", "text": "x"}], False, False),
        ([1, 2], False, False),
        ([], False, False),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_each_takes_as_input(path, content, old, new):
    assert (takes(OLD, path, content), takes(NEW, path, content)) == (old, new)


def answers(version, *embeddings):
    """Whether the response schema of a version has room for such vectors."""
    data = [
        {"object": "embedding", "index": index, "embedding": one}
        for index, one in enumerate(embeddings)
    ]
    whole = document(version)["components"]["schemas"]["EmbeddingResponse"]
    return validator(whole["properties"]["data"], version).is_valid(data)


@pytest.mark.parametrize(
    ("embeddings", "old", "new"),
    [
        (([0.5],), True, True),
        (("AAAAPw==",), False, True),
        (([0.5], [0.25]), False, True),
        ((), False, False),
    ],
    ids=str,
)
def test_what_each_answers(embeddings, old, new):
    assert (answers(OLD, *embeddings), answers(NEW, *embeddings)) == (old, new)


@pytest.mark.parametrize("path", ROUTES)
def test_only_the_old_one_can_refuse_a_batch_because_it_is_one(path):
    def codes(version):
        response = operation("POST", path, version)["responses"]["400"]
        schema = response["content"]["application/json"]["schema"]["allOf"][1]
        found = schema["properties"]["error"]["properties"]["code"]["enum"]
        assert response["description"] == ", ".join(found)
        return set(found)

    assert codes(OLD) - codes(NEW) == {"embeddings_batch_not_supported"}
    assert codes(NEW) <= codes(OLD) <= set(ERROR_CODES)


def test_everything_else_is_the_same():
    old, new = document(OLD), document(NEW)
    assert old["info"]["version"] == OLD
    assert new["info"]["version"] == NEW
    for path in old["paths"].keys() | new["paths"].keys():
        if path not in ROUTES:
            assert old["paths"][path] == new["paths"][path], path
    schemas = old["components"]["schemas"], new["components"]["schemas"]
    names = schemas[0].keys() | schemas[1].keys()
    differ = {name for name in names if schemas[0].get(name) != schemas[1].get(name)}
    assert differ == {"EmbeddingInput", "EmbeddingInputStrings", "EmbeddingResponse", "Vector"}
