"""The vectors that every client must give, bit by bit: those of the float path of plain HTTP."""

import json
from base64 import b64decode
from typing import Any

import numpy as np

from tests.embeddings.api.stage import CAT, TEN_TOKENS, Customer

OLD, NEW = "2026-05-15", "2026-11-01"
VERSIONS = (OLD, NEW)
TEXTS = [CAT, TEN_TOKENS, "Zürich, 北京, 🙂"]


class Vectors:
    """What JSON floats of the first version say; each text costs the customer one request."""

    def __init__(self, customer: Customer) -> None:
        self._customer = customer

    def of(self, text: Any, **fields: Any) -> np.ndarray:
        """The numbers as JSON has them, as float64: what a client sees that asked for floats."""
        answer = self._customer.embed(text, Aurous_Version=OLD, **fields)
        assert answer.status == 200, answer.content
        return np.array(json.loads(answer.content)["data"][0]["embedding"])

    def expanded(self, text: Any, **fields: Any) -> np.ndarray:
        """The float32 behind them, as float64: what a client sees that read base64."""
        return self.of(text, **fields).astype(np.float32).astype(np.float64)


def same(found: np.ndarray, expected: np.ndarray) -> None:
    """Every bit of float64 vectors."""
    assert found.dtype == expected.dtype == np.float64
    assert found.tobytes() == expected.tobytes()


def same_float32(found: np.ndarray, expected: np.ndarray) -> None:
    """Every bit of the float32 vectors that two float64 vectors stand for."""
    same(
        found.astype(np.float32).astype(np.float64), expected.astype(np.float32).astype(np.float64)
    )


def from_base64(text: str) -> np.ndarray:
    """What a reader sees who takes base64 alone: little-endian float32, as float64."""
    return np.frombuffer(b64decode(text, validate=True), dtype="<f4").astype(np.float64)
