"""The tiny random vision model, built once for all test processes of this machine."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.test import override_settings

from embeddings.engine.vision_weights import RANDOM_MARKER, WEIGHTS_FILE
from tests.architecture.source import ROOT

# What decides the model's bytes; a change of any gives another folder.
SOURCES = ("tiny_vision.py", "tiny_tokenizer.py", "qwen3_vl_tokenizer.py")
PACKAGES = ("transformers", "tokenizers", "safetensors")


@cache
def tiny_vision_folder() -> Path:
    """The model's folder. Built in less than 10 s by the process that needs it first."""
    folder = Path(tempfile.gettempdir()) / f"aurous-tiny-vision-{os.getuid()}-{_state()}"
    if not _whole(folder):
        _build(folder)
    return folder


def tiny_vision() -> Any:
    """The settings under which the tiny model is the vision model, on one CPU thread."""
    return override_settings(
        AUROUS_VISION_WEIGHTS=str(tiny_vision_folder()),
        AUROUS_DEVICE="cpu",
        AUROUS_DTYPE="float32",
        AUROUS_TORCH_THREADS=1,
    )


def tiny_engine(dtype: str = "float32") -> Any:
    """The engine of the tiny model."""
    from embeddings.engine.load import load

    with tiny_vision(), override_settings(AUROUS_DTYPE=dtype):
        return load("qwen3_vl", "aurous-embed-vision")


def faulty_engine(real: Any, fault: Callable[[Any, Any, Any], Any]) -> Any:
    """An engine whose model does what ``fault`` says of the model, a batch and its tensors."""
    from embeddings.engine.qwen3_vl import Qwen3VL

    class Faulty:
        tower, decoder = real.model.tower, real.model.decoder
        positions_max = real.model.positions_max
        image_id, video_id = real.model.image_id, real.model.video_id
        start_id, stop_id = real.model.start_id, real.model.stop_id

        def __call__(self, batch: Any, tensors: Any) -> Any:
            return fault(real.model, batch, tensors)

    faulty: Any = Faulty()
    return Qwen3VL(slug="v", fingerprint="f", template=real.template, model=faulty, device="cpu")


def _state() -> str:
    engine = ROOT / "embeddings/engine"
    told = [(engine / name).read_text() for name in SOURCES]
    told += [version(package) for package in PACKAGES]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]


def _whole(folder: Path) -> bool:
    """The marker is written last, and folders come into their place as a whole."""
    return all((folder / name).is_file() for name in (RANDOM_MARKER, WEIGHTS_FILE))


def _build(folder: Path) -> None:
    """Build beside the place; whoever comes first puts the folder there, the others use it."""
    from embeddings.engine import tiny_vision

    with tempfile.TemporaryDirectory(prefix="aurous-tiny-vision-") as beside:
        built = Path(beside) / "model"
        built.mkdir()
        tiny_vision.build(built)
        try:
            built.rename(folder)
        except OSError:
            assert _whole(folder), f"{folder} is damaged: remove it"
