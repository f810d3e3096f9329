"""What the GPU benchmark runs: our engine over a random model of a given shape."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import Qwen3VLConfig, Qwen3VLModel

from bench.vision_shape import Shape
from embeddings.engine import tiny_tokenizer
from embeddings.engine.base import Engine, EngineInput, Picture, vision_patches
from embeddings.engine.qwen3_vl import Qwen3VL
from embeddings.engine.qwen3_vl_model import EmbeddingModel
from embeddings.engine.qwen3_vl_template import Template
from embeddings.media.geometry import SIDE_PIXELS

# One kernel launch to the next varies by far less than this many runs.
WARM_UP_RUNS = 2
_VOCABULARY = 512


@dataclass(frozen=True, slots=True)
class Workload:
    """So many equal inputs at once: tokens of text, and pictures of so many tokens."""

    name: str
    items: int
    text_tokens: int
    picture_tokens: tuple[int, int] = (0, 0)  # height, width

    def inputs(self, dimensions: int) -> list[EngineInput]:
        """Inputs that differ in their numbers, not in their sizes."""
        rng = np.random.default_rng(0)
        height, width = (side * SIDE_PIXELS for side in self.picture_tokens)
        made = []
        for _ in range(self.items):
            ids = rng.integers(0, 256, self.text_tokens).tolist()
            pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            media = (Picture(0, pixels),) if height else ()
            made.append(EngineInput(ids, dimensions, media))
        return made


WORKLOADS = (
    Workload("text, 32 tokens", 1, 32),
    Workload("text, 32 tokens", 256, 32),
    Workload("text, 512 tokens", 32, 512),
    Workload("text, 8,192 tokens", 2, 8_192),
    Workload("image, 256 tokens", 1, 0, (16, 16)),
    Workload("image, 256 tokens", 32, 0, (16, 16)),
    Workload("image, 1,280 tokens", 1, 0, (32, 40)),
    Workload("image, 1,280 tokens", 8, 0, (32, 40)),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One workload: tokens the model read, template included, and seconds of its runs."""

    workload: Workload
    tokens: int
    flop: float
    forward_s: float
    encode_s: float


def build(shape: Shape, *, device: str, dtype: torch.dtype) -> tuple[Qwen3VL, int]:
    """Make a random model on the device itself, behind the tiny tokenizer; and its parameters."""
    with tempfile.TemporaryDirectory(prefix="aurous-bench-") as folder:
        tiny_tokenizer.write(tiny_tokenizer.train(_VOCABULARY), Path(folder))
        template = Template(Path(folder) / "tokenizer.json")
    ids = {
        "image_token_id": template.image_id,
        "video_token_id": template.video_id,
        "vision_start_token_id": template.start_id,
        "vision_end_token_id": template.stop_id,
    }
    torch.manual_seed(0)
    usual = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            model = Qwen3VLModel(Qwen3VLConfig(**shape.config(ids)))
    finally:
        torch.set_default_dtype(usual)
    parameters = sum(weight.numel() for weight in model.parameters())
    engine = Qwen3VL(
        slug="bench",
        fingerprint="random",
        template=template,
        model=EmbeddingModel(model, device),
        device=device,
    )
    return engine, parameters


def measure(
    engine: Qwen3VL, shape: Shape, workload: Workload, *, runs: int, device: str
) -> Measured:
    """Time the device's part alone (batches ready), and all three steps one after the other."""
    inputs = workload.inputs(shape.hidden)
    prepared = engine.prepare(inputs)
    lengths = [len(prompt.ids) for prompt in prepared.prompts.values()]
    flop = sum(map(shape.decoder_flop, lengths))
    flop += shape.tower_flop(patches for patches in map(vision_patches, inputs) if patches)
    return Measured(
        workload,
        sum(lengths),
        flop,
        _seconds(lambda: engine.forward(prepared), runs, device),
        _seconds(lambda: _good(engine, inputs), runs, device),
    )


def agreement(engine: Engine, workloads: Sequence[Workload], dimensions: int) -> float:
    """The least cosine between inputs alone and the same ones all in one batch."""
    inputs = [workload.inputs(dimensions)[0] for workload in workloads]
    together = _good(engine, inputs)
    alone = [_good(engine, [item])[0] for item in inputs]
    return min(float(one @ other) for one, other in zip(alone, together, strict=True))


def text_tokens_per_second(
    engine: Engine, dimensions: int, *, runs: int, device: str, items: int, tokens: int
) -> float:
    """Of a text encoder, on ids that are ready."""
    inputs = [EngineInput([2_000] * tokens, dimensions)] * items
    return items * tokens / _seconds(lambda: _good(engine, inputs), runs, device)


def _seconds(run: Callable[[], object], runs: int, device: str) -> float:
    """Seconds of one run; the device is waited for at both ends only."""
    for _ in range(WARM_UP_RUNS):
        run()
    _wait(device)
    began = time.perf_counter()
    for _ in range(runs):
        run()
    _wait(device)
    return (time.perf_counter() - began) / runs


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def _good(engine: Engine, inputs: Sequence[EngineInput]) -> list[np.ndarray]:
    vectors = []
    for result in engine.encode(inputs):
        if isinstance(result, Exception):
            raise result
        vectors.append(result)
    return vectors
