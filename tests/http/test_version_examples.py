"""What the changes of versions tell about themselves is what they do."""

import base64
import json
import struct

import pytest

from aurous.http.versions import registry
from aurous.http.versions.v2026_11_01 import Base64Vectors, BatchesOfStrings
from aurous.kernel.errors import AurousError

EMBED = "POST /v1/embeddings"


@pytest.mark.parametrize("change", registry.CHANGES, ids=lambda change: change.title)
def test_every_change_tells_whom_it_concerns_and_what_to_do(change):
    assert all(operation.startswith(("POST /v1/", "GET /v1/")) for operation in change.operations)
    assert change.operations
    assert change.advice.endswith(".")
    assert change.example.before != change.example.after


@pytest.mark.parametrize("change", registry.CHANGES, ids=lambda change: change.title)
def test_it_touches_the_operations_that_it_names_and_no_other(change):
    sent = dict(change.example.sent)
    for operation in (EMBED, f"{EMBED}/estimate", "GET /v1/models"):
        try:
            touched = change.request(operation, sent) != sent
        except AurousError:
            touched = True
        assert touched is (operation in change.operations)


def test_base64_was_answered_with_the_same_numbers():
    example = Base64Vectors.example
    before = Base64Vectors().request(EMBED, dict(example.sent))
    assert before["encoding_format"] == "float"
    numbers = json.loads(f"{{{example.before}}}")["embedding"]
    text = json.loads(f"{{{example.after}}}")["embedding"]
    assert base64.b64decode(text) == struct.pack("<2f", *numbers)


def test_an_array_was_refused_and_has_an_answer_for_each():
    example = BatchesOfStrings.example
    with pytest.raises(AurousError) as refused:
        BatchesOfStrings().request(EMBED, dict(example.sent))
    assert json.loads(f"{{{example.before}}}")["error"]["code"] == refused.value.code
    answers = json.loads(f"{{{example.after}}}")["data"]
    assert [one["index"] for one in answers] == list(range(len(example.sent["input"])))
