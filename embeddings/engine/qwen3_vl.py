"""Text, pictures and clips in their order in, one vector out, by Qwen3-VL-Embedding in torch."""

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
    visual_tokens,
)
from embeddings.engine.halving import in_halves
from embeddings.engine.qwen3_vl_batch import Batch, pack
from embeddings.engine.qwen3_vl_inputs import TOKENS_MAX, Limits
from embeddings.engine.qwen3_vl_model import EmbeddingModel, load_model
from embeddings.engine.qwen3_vl_template import Prompt, Template
from embeddings.engine.qwen3_vl_tokenizer import TOKENIZER_FILE
from embeddings.engine.self_check import check
from embeddings.engine.transfer import Returning, Transfer


@dataclass(frozen=True, slots=True)
class Staged:
    """A packed batch whose arrays the device can fetch."""

    batch: Batch
    tensors: dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Good prompts by place, all of them packed, and what is wrong with the other inputs."""

    prompts: dict[int, Prompt]
    staged: Staged | None
    refused: dict[int, Exception]


@dataclass(frozen=True, slots=True)
class Landing:
    """Where the vector of one prompt will be: a row of what is being copied back."""

    vectors: Returning
    row: int
    dimensions: int


@dataclass(frozen=True, slots=True)
class Output:
    """One landing or exception for each of the good prompts."""

    rows: dict[int, Landing | Exception]
    refused: dict[int, Exception]


class Qwen3VL(Engine):
    """Qwen3-VL-Embedding. ``forward`` is for one thread at a time, the other steps for any."""

    overlaps = True

    def __init__(
        self,
        *,
        slug: str,
        fingerprint: str,
        template: Template,
        model: EmbeddingModel,
        device: str,
    ) -> None:
        self.slug = slug
        self.fingerprint = fingerprint
        self.template = template
        self.model = model
        self._device = device
        self._transfer = Transfer(device)
        self._limits = Limits(
            vocabulary=model.decoder.vocabulary,
            special_ids=template.special_ids,
            tokens_max=min(TOKENS_MAX, model.positions_max),
            hidden=model.decoder.hidden,
        )

    def warm_up(self) -> None:
        """Check that model, tokenizer and template belong together, and that the device answers.

        Raises UnfitModel, or what the canary failed with.
        """
        check(self)

    def prepare(self, inputs: Sequence[EngineInput]) -> Prepared:
        """Check each input, write it into the template, pack all of them and stage the arrays."""
        prompts: dict[int, Prompt] = {}
        refused: dict[int, Exception] = {}
        for place, item in enumerate(inputs):
            try:
                prompts[place] = self._prompt(item)
            except Exception as error:  # an input of an unforeseen kind fails alone as well
                refused[place] = error.with_traceback(None)
        try:
            staged = self._stage(list(prompts.values())) if prompts else None
        except Exception:
            staged = None  # `forward` packs them again, one by one if need be
        return Prepared(prompts, staged, refused)

    def forward(self, prepared: Prepared) -> Output:
        """Run the model, in parts where memory ends, and begin to copy the vectors back.

        Raises EngineBroken when the device died.
        """
        rows = self._rows(list(prepared.prompts.values()), prepared.staged)
        return Output(dict(zip(prepared.prompts, rows, strict=True)), prepared.refused)

    def finish(self, output: Output) -> list[Result]:
        """Wait for the vectors, check them and cut each to its dimensions."""
        results: dict[int, Result] = dict(output.refused)
        arrived: dict[int, list[Result]] = {}
        for place, landing in output.rows.items():
            if isinstance(landing, Exception):
                results[place] = landing
                continue
            rows = arrived.get(id(landing.vectors))
            if rows is None:
                rows = arrived[id(landing.vectors)] = check_vectors(self._arrived(landing.vectors))
            vector = rows[landing.row]
            results[place] = (
                vector if isinstance(vector, Exception) else vector[: landing.dimensions]
            )
        return [results[place] for place in range(len(results))]

    def _prompt(self, item: EngineInput) -> Prompt:
        self._limits.check(item)
        prompt = self.template.prompt(item)
        self._limits.check_length(prompt)
        if self.template.visual_tokens(prompt) != visual_tokens(item):
            raise RefusedInput("what stands for its media is not what is charged for them")
        return prompt

    def _stage(self, prompts: Sequence[Prompt]) -> Staged:
        batch = pack(prompts, self.model.tower.side)
        return Staged(batch, self._transfer.staged(batch.arrays.by_name()))

    def _rows(
        self, prompts: Sequence[Prompt], staged: Staged | None = None
    ) -> list[Landing | Exception]:
        if not prompts:
            return []

        def run(part: Sequence[Prompt]) -> Sequence[Landing | Exception]:
            return self._each(part, staged if len(part) == len(prompts) else None)

        return in_halves(
            prompts,
            run,
            out_of_memory=torch.OutOfMemoryError,
            release=torch.cuda.empty_cache,
        )

    def _each(
        self, prompts: Sequence[Prompt], staged: Staged | None
    ) -> Sequence[Landing | Exception]:
        """Run a batch; where it fails, each prompt alone, so that only the bad one fails."""
        try:
            return self._launched(prompts, staged or self._stage(prompts))
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            self._raise_if_broken(error)
            failure = error.with_traceback(None)  # its frames would keep the batch's tensors alive
        if len(prompts) == 1:
            return [failure]
        return [row for prompt in prompts for row in self._rows([prompt])]

    def _launched(self, prompts: Sequence[Prompt], staged: Staged) -> list[Landing]:
        with torch.inference_mode():
            vectors = self.model(staged.batch, self._transfer.sent(staged.tensors))
            returning = self._transfer.returning(vectors)
        landings = {
            place: Landing(returning, row, prompts[place].dimensions)
            for row, place in enumerate(staged.batch.places)
        }
        return [landings[place] for place in range(len(prompts))]

    def _arrived(self, vectors: Returning) -> np.ndarray:
        try:
            return vectors.numpy()
        except RuntimeError as error:
            raise EngineBroken("the GPU failed; this process can use it no more") from error

    def _raise_if_broken(self, error: Exception) -> None:
        """CUDA errors are sticky: each later call of this process would fail as well."""
        broken = isinstance(error, torch.AcceleratorError)
        if self._device == "cuda" and not broken:
            try:
                torch.cuda.synchronize()
            except RuntimeError:
                broken = True  # libraries above the driver tell sticky errors as plain ones
        if broken:
            raise EngineBroken("the GPU failed; this process can use it no more") from error


def load_engine(
    *, slug: str, fingerprint: str, folder: Path, device: str, dtype: str, threads: int
) -> Qwen3VL:
    """Load the model in a folder. Raises UnfitModel, or EngineBroken where there is no GPU."""
    if device == "cuda" and not torch.cuda.is_available():
        raise EngineBroken("torch cannot use the GPU. Set AUROUS_DEVICE=cpu or mend the driver")
    torch.set_num_threads(threads)
    template = Template(folder / TOKENIZER_FILE)
    model = load_model(folder, device=device, dtype=getattr(torch, dtype))
    return Qwen3VL(
        slug=slug, fingerprint=fingerprint, template=template, model=model, device=device
    )
