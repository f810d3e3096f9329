"""An engine of hashes: the whole platform can be tested and measured with no model and no torch."""

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embeddings.engine.base import Engine, EngineInput, RefusedInput, Result, check_vectors

DIMENSIONS = (64, 128, 256, 384)
_WIDTH = DIMENSIONS[-1]
_BYTES = _WIDTH * 2  # one unsigned 16-bit number for each dimension


@dataclass(frozen=True, slots=True)
class Prepared:
    """Hash bytes of all inputs, joined, and the dimensions each one asked for."""

    digests: bytes
    dimensions: list[int]


class StubEngine(Engine):
    """Vectors that depend on the token ids alone: the same in every process and batch."""

    def __init__(self, *, slug: str, fingerprint: str) -> None:
        self.slug = slug
        self.fingerprint = fingerprint

    def warm_up(self) -> None:
        """Nothing to warm."""

    def prepare(self, inputs: Sequence[EngineInput]) -> Prepared:
        """Hash the ids of each input; text of one id more is another vector."""
        # 64-bit ids in the machine's order: every machine we run on is little-endian.
        digests = [
            hashlib.shake_128(array("q", item.token_ids).tobytes()).digest(_BYTES)
            for item in inputs
        ]
        return Prepared(b"".join(digests), [item.dimensions for item in inputs])

    def forward(self, prepared: Prepared) -> tuple[np.ndarray, list[int]]:
        """Turn hash bytes into unit vectors (count, 384)."""
        numbers = np.frombuffer(prepared.digests, dtype="<u2").astype(np.float32)
        vectors = numbers.reshape(-1, _WIDTH) - np.float32(32767.5)
        return _unit(vectors), prepared.dimensions

    def finish(self, output: tuple[np.ndarray, list[int]]) -> list[Result]:
        """Cut to the dimensions asked for and renormalise."""
        vectors, dimensions = output
        results = check_vectors(vectors)
        for index, wanted in enumerate(dimensions):
            if wanted not in DIMENSIONS:
                results[index] = RefusedInput(f"dimensions is {wanted}, not one of {DIMENSIONS}")
            elif wanted < _WIDTH:
                results[index] = _unit(vectors[index : index + 1, :wanted])[0]
        return results


def _unit(vectors: np.ndarray) -> np.ndarray:
    """In float64, where the squares sum exactly in any order: the bits are those of any machine."""
    exact = vectors.astype(np.float64)
    norms = np.sqrt(np.einsum("ij,ij->i", exact, exact))
    unit: np.ndarray = (exact / norms[:, None]).astype(np.float32)
    return unit
