"""What an engine is: three steps that can overlap, and one result for each input."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from embeddings.media.geometry import FRAMES_MERGED, PATCHES_PER_TOKEN, tokens_of

# Float32 leaves a few 1e-7 of error on a unit vector; a wrong row is off by far more than this.
UNIT_NORM_TOLERANCE = 1e-3

Result = np.ndarray | Exception


class EngineFault(Exception):  # noqa: N818 - its kinds are named by what happened
    """What goes wrong inside an engine. Messages are for operators, not for customers."""


class BadVector(EngineFault):
    """The numbers are not finite or not of unit length. Never sent, never charged."""


class RefusedInput(EngineFault):
    """An input the model cannot read: too long, unknown token ids, dimensions it does not have."""


class UnfitModel(EngineFault):
    """Weights, tokenizer or template are not those that the engine computes. Told at the start."""


class DeviceOutOfMemory(EngineFault):
    """One input alone does not fit into the device's memory."""


class EngineBroken(EngineFault):
    """The device answers nothing more in this process: the worker fails what runs and exits."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, resized and ready: uint8 RGB (height, width, 3), both sides multiples of 32.

    ``at`` is its place in the content: it stands before the text token of this index.
    """

    at: int
    pixels: np.ndarray


@dataclass(frozen=True, slots=True)
class Clip:
    """A video, sampled and resized: uint8 RGB (frames, height, width, 3), an even count of frames.

    ``seconds`` tells for each pair of frames when it shows. ``at`` is as for a picture.
    """

    at: int
    frames: np.ndarray
    seconds: tuple[float, ...]


Media = Picture | Clip


@dataclass(frozen=True, slots=True)
class EngineInput:
    """What one request gives to the model: the customer's token ids, WITHOUT special tokens, and
    what stands between them, in the order of the content (ascending ``at``).
    """

    token_ids: Sequence[int]
    dimensions: int
    media: tuple[Media, ...] = ()


def visual_tokens(item: EngineInput) -> tuple[int, int]:
    """How many tokens its pictures are, and how many its clips: what the customer is charged."""
    pictures = (one.pixels.shape for one in item.media if isinstance(one, Picture))
    clips = (one.frames.shape for one in item.media if isinstance(one, Clip))
    return (
        sum(tokens_of(height, width) for height, width, _ in pictures),
        sum(
            frames // FRAMES_MERGED * tokens_of(height, width) for frames, height, width, _ in clips
        ),
    )


def vision_patches(item: EngineInput) -> int:
    """How many patches the vision tower computes for an input."""
    return sum(visual_tokens(item)) * PATCHES_PER_TOKEN


class Engine(Protocol):
    """A loaded model. One bad input becomes its own exception and never fails its neighbours.

    `prepare` is CPU work and may run ahead in another thread; `forward` is the device, one call
    at a time, and may return before the device is done; `finish` waits for it, checks and hands
    over. Only `forward` and `finish` raise, and only `EngineBroken`.
    """

    slug: str
    fingerprint: str
    # Whether the steps of successive batches gain by overlapping: they use different hardware.
    overlaps: bool = False

    def warm_up(self) -> None:
        """Pay the costs of first calls before customers do. Raises when the model cannot answer."""

    def prepare(self, inputs: Sequence[EngineInput]) -> Any:
        """Turn inputs into what `forward` reads."""

    def forward(self, prepared: Any) -> Any:
        """Run the model."""

    def finish(self, output: Any) -> list[Result]:
        """Give float32 vectors (dimensions,), unit length, in the order of the inputs."""

    def encode(self, inputs: Sequence[EngineInput]) -> list[Result]:
        """Do all three steps at once."""
        return self.finish(self.forward(self.prepare(inputs)))


def check_vectors(vectors: np.ndarray) -> list[Result]:
    """Split (count, dimensions) into rows; a row that is not finite or not unit is a BadVector."""
    with np.errstate(invalid="ignore", over="ignore"):
        norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    # A NaN compares false, so it ends among the bad ones without a question of its own.
    good = np.abs(norms - 1.0) <= UNIT_NORM_TOLERANCE
    return [
        row if fine else BadVector(f"vector of length {norm} where 1 was expected")
        for row, fine, norm in zip(vectors, good, norms, strict=True)
    ]
