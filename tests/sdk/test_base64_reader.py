"""A strict reader of our own that takes base64 and nothing else, with Python's library alone."""

import json
import struct
from base64 import b64decode
from http.client import HTTPConnection
from urllib.parse import urlsplit

import numpy as np
import pytest

from tests.embeddings.api.stage import CAT, STUB
from tests.sdk.vectors import NEW, OLD, TEXTS, same

BYTES_OF_A_NUMBER = 4


@pytest.fixture
def read(base_url, acme):
    """Ask for base64 and take it apart; anything else is a ``TypeError``."""

    def vectors_of(input_, version, **fields):
        parts = urlsplit(base_url)
        connection = HTTPConnection(parts.hostname, parts.port)
        body = {"model": STUB, "input": input_, "encoding_format": "base64"} | fields
        headers = {"X-Api-Key": acme.key, "Content-Type": "application/json"}
        headers["Aurous-Version"] = version
        connection.request("POST", f"{parts.path}/embeddings", json.dumps(body), headers)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return [numbers(item["embedding"]) for item in answer["data"]]

    return vectors_of


def numbers(embedding):
    if not isinstance(embedding, str):
        raise TypeError(f"expected base64, got {type(embedding).__name__}")
    data = b64decode(embedding, validate=True)
    return np.array(struct.unpack(f"<{len(data) // BYTES_OF_A_NUMBER}f", data))


@pytest.mark.parametrize("dimensions", [384, 64])
def test_it_reads_the_vector_under_the_new_version(read, dimensions, vectors):
    (found,) = read(CAT, NEW, dimensions=dimensions)
    assert len(found) == dimensions
    same(found, vectors.expanded(CAT, dimensions=dimensions))


def test_it_reads_a_batch(read, vectors):
    for found, text in zip(read(TEXTS, NEW), TEXTS, strict=True):
        same(found, vectors.expanded(text))


def test_under_the_first_version_it_gets_floats_and_says_so(read):
    with pytest.raises(TypeError, match="expected base64, got list"):
        read(CAT, OLD)
