"""Text in, one vector out, by a BERT encoder (MiniLM) in torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from embeddings.engine.base import (
    Engine,
    EngineBroken,
    EngineInput,
    RefusedInput,
    Result,
    check_vectors,
)
from embeddings.engine.bert import Bert
from embeddings.engine.halving import in_halves
from embeddings.engine.packing import Packed, pack

CLS, SEP = 101, 102
# Row counts whose kernels are compiled before the first customer: single short texts.
_WARM_TOKENS = range(6, 128, 8)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Readable inputs, longest first; `places[i]` is where the i-th of them stood."""

    sequences: list[np.ndarray]
    packed: Packed | None
    places: list[int]
    refused: dict[int, Exception]


@dataclass(frozen=True, slots=True)
class Output:
    """One row or exception for each sequence of `prepared`."""

    rows: list[np.ndarray | Exception]
    prepared: Prepared


class TextEncoder(Engine):
    """MiniLM. Not for several threads at once; `prepare` and `finish` are free of that rule."""

    def __init__(
        self,
        *,
        slug: str,
        fingerprint: str,
        folder: Path,
        device: str,
        dtype: str,
        threads: int,
    ) -> None:
        if device == "cuda" and not torch.cuda.is_available():
            raise EngineBroken("torch cannot use the GPU. Set AUROUS_DEVICE=cpu or mend the driver")
        self.slug = slug
        self.fingerprint = fingerprint
        self._device = device
        torch.set_num_threads(threads)
        with torch.inference_mode():
            self._model = Bert(folder, device=device, dtype=getattr(torch, dtype))

    def warm_up(self) -> None:
        """Run short texts of many lengths, so that no customer waits for kernels to compile."""
        for tokens in _WARM_TOKENS:
            (result,) = self.encode([EngineInput([CLS] * (tokens - 2), self._model.hidden)])
            if isinstance(result, Exception):
                raise result

    def prepare(self, inputs: Sequence[EngineInput]) -> Prepared:
        """Wrap the ids, check them, sort longest first and pack."""
        sequences: dict[int, np.ndarray] = {}
        refused: dict[int, Exception] = {}
        for place, item in enumerate(inputs):
            sequence = np.array([CLS, *item.token_ids, SEP], dtype=np.int64)
            reason = self._refusal(sequence, item.dimensions)
            if reason:
                refused[place] = RefusedInput(reason)
            else:
                sequences[place] = sequence
        places = sorted(sequences, key=lambda place: -len(sequences[place]))
        ordered = [sequences[place] for place in places]
        return Prepared(ordered, pack(ordered) if ordered else None, places, refused)

    def forward(self, prepared: Prepared) -> Output:
        """Run the model, in halves where memory ends. Raises EngineBroken when the device died."""
        if prepared.packed is None:
            return Output([], prepared)

        def run(sequences: Sequence[np.ndarray]) -> list[np.ndarray]:
            whole = len(sequences) == len(prepared.sequences)
            packed = prepared.packed if whole and prepared.packed else pack(sequences)
            return self._vectors(packed)

        rows = in_halves(
            prepared.sequences,
            run,
            out_of_memory=torch.OutOfMemoryError,
            release=torch.cuda.empty_cache,
        )
        return Output([*rows], prepared)

    def finish(self, output: Output) -> list[Result]:
        """Check each vector and give it its input's place."""
        results: dict[int, Result] = dict(output.prepared.refused)
        good: list[tuple[int, np.ndarray]] = []
        for place, row in zip(output.prepared.places, output.rows, strict=True):
            if isinstance(row, Exception):
                results[place] = row
            else:
                good.append((place, row))
        if good:
            checked = check_vectors(np.stack([row for _, row in good]))
            results.update(zip((place for place, _ in good), checked, strict=True))
        return [results[place] for place in range(len(results))]

    def _vectors(self, packed: Packed) -> list[np.ndarray]:
        try:
            with torch.inference_mode():
                return list(self._model(packed).cpu().numpy())
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            # CUDA errors are sticky: every later call of this process would fail as well. The
            # libraries above the driver (cuBLAS) tell them as plain RuntimeErrors.
            if self._device == "cuda" or isinstance(error, torch.AcceleratorError):
                raise EngineBroken("the GPU failed; this process can use it no more") from error
            raise

    def _refusal(self, sequence: np.ndarray, dimensions: int) -> str | None:
        model = self._model
        if dimensions != model.hidden:
            return f"dimensions is {dimensions}; this model has {model.hidden}"
        if len(sequence) > model.positions_max:
            return f"{len(sequence)} tokens; this model reads {model.positions_max}"
        if sequence.min() < 0 or sequence.max() >= model.vocabulary:
            return "a token id is not in the vocabulary"
        return None
