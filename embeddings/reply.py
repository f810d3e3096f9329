"""The answer to an embedding request: kept small, rendered by one function.

What a replay needs is stored as the raw float32 vectors with the numbers of their envelope, and
rendered by the same code as the first time: the bytes are the same. The encoding is not stored:
it is part of the request, and a replay is of the same request.
"""

import struct
from binascii import b2a_base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from aurous.kernel.money import credits_text
from billing.pricing import Cost, Tokens

Vector = npt.NDArray[np.float32]  # (dimensions,)
Vectors = npt.NDArray[np.float32]  # (count, dimensions)
BASE64 = "base64"
_WIRE = np.dtype("<f4")
_HEAD = struct.Struct("<H")


@dataclass(frozen=True, slots=True)
class EmbeddingReply:
    """Vectors (float32, unit length), what was read and what it cost in all (nano-credits)."""

    model: str
    vectors: Vectors
    tokens: Tokens
    charged: Cost


def vectors_to_bytes(vectors: Vectors) -> bytes:
    """Row after row, little-endian float32."""
    return vectors.astype(_WIRE, copy=False).tobytes()


def vectors_from_bytes(data: bytes, count: int, offset: int = 0) -> Vectors:
    """The way back from ``vectors_to_bytes``."""
    return np.frombuffer(data, dtype=_WIRE, offset=offset).reshape(count, -1)


def pack(reply: EmbeddingReply) -> bytes:
    """The stored form: a length, the numbers as JSON, the vectors as little-endian float32."""
    tokens, charged = reply.tokens, reply.charged
    numbers: dict[str, Any] = {
        "model": reply.model,
        "tokens": [tokens.text, tokens.visual, tokens.video],
        "charged": [charged.text, charged.visual, charged.video],
    }
    if len(reply.vectors) != 1:
        numbers["vectors"] = len(reply.vectors)
    head = orjson.dumps(numbers)
    return _HEAD.pack(len(head)) + head + vectors_to_bytes(reply.vectors)


def unpack(stored: bytes) -> EmbeddingReply:
    """The way back from ``pack``. Where the numbers do not say how many vectors, it is one:
    so it is with everything stored before there were several.
    """
    (length,) = _HEAD.unpack_from(stored)
    offset = _HEAD.size + length
    numbers = orjson.loads(stored[_HEAD.size : offset])
    vectors = vectors_from_bytes(stored, numbers.get("vectors", 1), offset)
    return EmbeddingReply(
        numbers["model"], vectors, Tokens(*numbers["tokens"]), Cost(*numbers["charged"])
    )


def render(reply: EmbeddingReply, encoding: str = "float") -> bytes:
    """The JSON body of a 200. Floats are the shortest text that reads back as the same float32;
    ``base64`` holds the same float32, little-endian, without a header.
    """
    tokens, charged = reply.tokens, reply.charged
    total = tokens.total
    body = {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": vector}
            for index, vector in enumerate(_written(reply.vectors, encoding))
        ],
        "model": reply.model,
        "usage": {
            "prompt_tokens": total,
            "total_tokens": total,
            "credits_charged": _exact(charged.total),
            "breakdown": {
                "input": {
                    "text": _exact(charged.text),
                    "visual": _exact(charged.visual),
                    "video": _exact(charged.video),
                },
                "tokens": {
                    "text": tokens.text,
                    "visual": tokens.visual,
                    "video": tokens.video,
                },
                "model": reply.model,
            },
        },
    }
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def _written(vectors: Vectors, encoding: str) -> Any:
    """Each vector as JSON holds it."""
    if encoding != BASE64:
        return vectors
    wire = vectors.astype(_WIRE, copy=False)
    return [b2a_base64(vector.tobytes(), newline=False).decode("ascii") for vector in wire]


def _exact(nano: int) -> orjson.Fragment:
    """A decimal with every digit: a float would round large amounts."""
    return orjson.Fragment(credits_text(nano))
