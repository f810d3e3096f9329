"""The answer to an embedding request: kept small, rendered by one function.

What a replay needs is stored as the raw float32 vector with the numbers of its envelope, and
rendered by the same code as the first time: the bytes are the same.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson

from aurous.kernel.money import credits_text
from billing.pricing import Cost, Tokens

Vector = npt.NDArray[np.float32]
_HEAD = struct.Struct("<H")


@dataclass(frozen=True, slots=True)
class EmbeddingReply:
    """One vector (float32, unit length) with what it read and what it cost (nano-credits)."""

    model: str
    vector: Vector
    tokens: Tokens
    charged: Cost


def pack(reply: EmbeddingReply) -> bytes:
    """The stored form: a length, the numbers as JSON, the vector as little-endian float32."""
    tokens, charged = reply.tokens, reply.charged
    numbers = orjson.dumps(
        {
            "model": reply.model,
            "tokens": [tokens.text, tokens.visual, tokens.video],
            "charged": [charged.text, charged.visual, charged.video],
        }
    )
    return _HEAD.pack(len(numbers)) + numbers + reply.vector.astype("<f4").tobytes()


def unpack(stored: bytes) -> EmbeddingReply:
    """The way back from ``pack``."""
    (length,) = _HEAD.unpack_from(stored)
    numbers = orjson.loads(stored[_HEAD.size : _HEAD.size + length])
    vector = np.frombuffer(stored, dtype="<f4", offset=_HEAD.size + length)
    return EmbeddingReply(
        numbers["model"], vector, Tokens(*numbers["tokens"]), Cost(*numbers["charged"])
    )


def render(reply: EmbeddingReply) -> bytes:
    """The JSON body of a 200. Floats are the shortest text that reads back as the same float32."""
    tokens, charged = reply.tokens, reply.charged
    total = tokens.total
    body = {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": reply.vector}],
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


def _exact(nano: int) -> orjson.Fragment:
    """A decimal with every digit: a float would round large amounts."""
    return orjson.Fragment(credits_text(nano))
