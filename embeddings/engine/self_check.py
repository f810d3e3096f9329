"""What a vision engine proves of itself before it serves anybody."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from embeddings.engine.base import Clip, EngineInput, Picture, Result, UnfitModel
from embeddings.engine.qwen3_vl_model import EmbeddingModel
from embeddings.engine.qwen3_vl_template import HEAD, IMAGE, START, STOP, TAIL, VIDEO, Template
from embeddings.media.geometry import SIDE_PIXELS, timestamps

# Packing differs from one batch to the next in the last bits; a mistake in it is far from this.
COSINE_MIN = 0.99
_TEXT = "A cat, and then"
_SECONDS = (0.5, 2.5)
_SIDE_TOKENS = 2
_DIMENSIONS = 128


class Checked(Protocol):
    """What is looked at."""

    template: Template
    model: EmbeddingModel

    def encode(self, inputs: Sequence[EngineInput]) -> list[Result]:
        """See ``Engine``."""


def check(engine: Checked) -> None:
    """Raise UnfitModel, or what the canary failed with."""
    engine.template.check()
    _check_ids(engine.template, engine.model)
    canary = _canary(engine.template)
    _check_prompt(engine.template, canary)
    _check_vectors(engine, canary)


def _check_ids(template: Template, model: EmbeddingModel) -> None:
    """The tokenizer's ids and those in config.json are the same."""
    names = ("image_id", "video_id", "start_id", "stop_id")
    tokenizer, config = (
        {name: getattr(part, name) for name in names} for part in (template, model)
    )
    if tokenizer != config:
        raise UnfitModel(f"the tokenizer has {tokenizer}, config.json has {config}")
    largest = int(template.special_ids.max())
    if largest >= model.decoder.vocabulary:
        raise UnfitModel(f"token {largest} of the tokenizer is beyond the model's vocabulary")


def _canary(template: Template) -> EngineInput:
    """Text, a picture, text and a clip of two pairs of frames."""
    frames = _frames()
    ids = template.encode(_TEXT)
    return EngineInput(ids, _DIMENSIONS, (Picture(1, frames[0]), Clip(len(ids), frames, _SECONDS)))


def _frames() -> np.ndarray:
    side = _SIDE_TOKENS * SIDE_PIXELS
    numbers = np.arange(4 * side * side * 3, dtype=np.uint32) * 2_654_435_761 >> 24
    return numbers.astype(np.uint8).reshape(4, side, side, 3)


def _check_prompt(template: Template, canary: EngineInput) -> None:
    """What is built from ids is what the tokenizer reads in the template written out."""
    pads = _SIDE_TOKENS**2
    first = canary.token_ids[:1]
    pairs = "".join(f"{stamp}{START}{VIDEO * pads}{STOP}" for stamp in timestamps(_SECONDS))
    parts = [
        template.encode(HEAD),
        first,
        template.encode(f"{START}{IMAGE * pads}{STOP}"),
        canary.token_ids[1:],
        template.encode_whole(f"{START}{pairs}{STOP}{TAIL}"),
    ]
    expected = [token_id for part in parts for token_id in part]
    built = template.prompt(canary).ids.tolist()
    if built != expected:
        raise UnfitModel(f"the template gives {built}; written out it is {expected}")


def _check_vectors(engine: Checked, canary: EngineInput) -> None:
    """Each kind of input has a vector, alone and in a batch the same one."""
    kinds = [
        canary,
        EngineInput(canary.token_ids, _DIMENSIONS),
        EngineInput((), _DIMENSIONS, (Picture(0, _frames()[0]),)),
        EngineInput((), _DIMENSIONS, (Clip(0, _frames(), _SECONDS),)),
    ]
    alone = [_vector(engine.encode([kind])[0]) for kind in kinds]
    together = [_vector(result) for result in engine.encode(kinds)]
    cosine = min(float(one @ other) for one, other in zip(alone, together, strict=True))
    if cosine < COSINE_MIN:
        raise UnfitModel(f"in a batch a vector is another one: cosine {cosine}")


def _vector(result: Result) -> np.ndarray:
    if isinstance(result, Exception):
        raise result
    return result
