"""Answers as they are stored and as they are written, in numbers and in base64."""

import base64
import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing.pricing import Cost, Tokens
from embeddings.reply import EmbeddingReply, pack, render, unpack

# Subnormals, huge, negative zero and neighbours of round numbers; unit length does not matter here.
FLOATS = some.floats(allow_nan=False, allow_infinity=False, width=32)


def reply_of(rows):
    return EmbeddingReply("m", np.array(rows, dtype="<f4"), Tokens(3, 2, 1), Cost(9, 8, 7))


def embeddings_in(content):
    return [item["embedding"] for item in json.loads(content)["data"]]


def test_an_answer_stored_before_there_were_batches_is_read_as_one_vector():
    numbers = b'{"model":"m","tokens":[3,2,1],"charged":[9,8,7]}'
    vector = np.float32([0.6, 0.8])
    stored = struct.pack("<H", len(numbers)) + numbers + vector.astype("<f4").tobytes()
    reply = unpack(stored)
    assert reply.vectors.tolist() == [vector.tolist()]
    assert (reply.tokens, reply.charged) == (Tokens(3, 2, 1), Cost(9, 8, 7))
    assert pack(reply) == stored  # and one vector is still stored like that


@given(some.integers(1, 5).flatmap(lambda n: some.lists(some.tuples(*[FLOATS] * n), min_size=1)))
def test_what_is_stored_comes_back_and_is_written_with_the_same_bytes(rows):
    reply = reply_of(rows)
    again = unpack(pack(reply))
    assert again.vectors.tobytes() == reply.vectors.tobytes()
    for encoding in ("float", "base64"):
        assert render(again, encoding) == render(reply, encoding)


@given(some.lists(FLOATS, min_size=1, max_size=20))
def test_numbers_and_base64_are_the_same_float32_to_the_bit(row):
    reply = reply_of([row, row[::-1]])
    numbers = np.array(embeddings_in(render(reply)), dtype=np.float64).astype("<f4")
    decoded = [base64.b64decode(text) for text in embeddings_in(render(reply, "base64"))]
    assert b"".join(decoded) == numbers.tobytes() == reply.vectors.tobytes()


def test_base64_has_four_bytes_a_number_little_endian_and_no_header():
    (text,) = embeddings_in(render(reply_of([[1.0, -2.0]]), "base64"))
    assert base64.b64decode(text, validate=True) == struct.pack("<2f", 1.0, -2.0)


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_items_are_numbered_in_order_and_only_the_vectors_differ_by_encoding(encoding):
    body = json.loads(render(reply_of([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]), encoding))
    assert [item["index"] for item in body["data"]] == [0, 1, 2]
    assert {tuple(item) for item in body["data"]} == {("object", "index", "embedding")}
    plain = json.loads(render(reply_of([[0.0, 1.0]])))
    assert body["usage"] == plain["usage"]
