"""A random model of Qwen3-VL-Embedding's architecture, small enough for tests and laptops.

Its vectors have the size of the real ones and no meaning. Every number comes from a hash of its
name, so the same seed gives the same bytes on every machine.
"""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import torch
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration
from transformers.utils import logging

from embeddings.engine import tiny_tokenizer
from embeddings.engine.vision_weights import RANDOM_MARKER

VOCABULARY = 512
HIDDEN = 2_048
# Raise it when the same seed gives another model than before.
FORM = 1
_PATCH, _MERGE, _TEMPORAL = 16, 2, 2
_TEXT = {
    "vocab_size": VOCABULARY,
    "hidden_size": HIDDEN,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 32_768,
    "rope_parameters": {
        "rope_type": "default",
        "rope_theta": 5_000_000,
        "mrope_interleaved": True,
        "mrope_section": [4, 2, 2],
    },
    "tie_word_embeddings": True,
}
_VISION = {
    "depth": 2,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_heads": 4,
    "out_hidden_size": HIDDEN,
    "patch_size": _PATCH,
    "spatial_merge_size": _MERGE,
    "temporal_patch_size": _TEMPORAL,
    "num_position_embeddings": 2_304,
    "deepstack_visual_indexes": [0],
}
_PREPROCESSOR = {
    "patch_size": _PATCH,
    "merge_size": _MERGE,
    "temporal_patch_size": _TEMPORAL,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "processor_class": "Qwen3VLProcessor",
}


def build(folder: Path, *, seed: int = 0) -> int:
    """Write the model's files into an existing folder. Returns the number of parameters."""
    logging.disable_progress_bar()  # type: ignore[no-untyped-call] # transformers has no types here
    tokenizer = tiny_tokenizer.train(VOCABULARY)
    model = _model(tokenizer.get_vocab(), seed)
    model.save_pretrained(folder)
    tiny_tokenizer.write(tokenizer, folder)
    (folder / "chat_template.jinja").write_text(tiny_tokenizer.CHAT_TEMPLATE + "\n")
    for name, more in _preprocessors().items():
        _write_json(folder / name, _PREPROCESSOR | more)
    says = "Random numbers, not a trained model: its vectors mean nothing."
    files = sorted([RANDOM_MARKER, *(file.name for file in folder.iterdir())])
    marker = {"random": True, "says": says, "form": FORM, "seed": seed, "files": files}
    _write_json(folder / RANDOM_MARKER, marker)
    for name in files:
        (folder / name).chmod(0o644)  # who serves it may be somebody else
    return sum(weight.numel() for weight in model.parameters())


def _preprocessors() -> dict[str, dict[str, object]]:
    return {
        "preprocessor_config.json": {
            "image_processor_type": "Qwen2VLImageProcessor",
            "size": {"shortest_edge": 4_096, "longest_edge": 1_310_720},
        },
        "video_preprocessor_config.json": {
            "video_processor_type": "Qwen3VLVideoProcessor",
            "size": {"shortest_edge": 4_096, "longest_edge": 9_216_000},
        },
    }


def _model(ids: dict[str, int], seed: int) -> Qwen3VLForConditionalGeneration:
    config = Qwen3VLConfig(
        text_config=_TEXT,
        vision_config=_VISION,
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=True,
    )
    model = Qwen3VLForConditionalGeneration(config)
    with torch.no_grad():
        for name, weight in model.model.named_parameters():
            weight.copy_(torch.from_numpy(_numbers(name, tuple(weight.shape), seed)))
    return model


def _numbers(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Uniform float32 numbers, spread so that each layer keeps the size of what it is given.

    With the small down_proj bfloat16 stays close, and vectors are about what attention saw.
    """
    digest = hashlib.shake_128(f"{FORM}:{seed}:{name}".encode()).digest(2 * math.prod(shape))
    uniform = np.frombuffer(digest, dtype="<u2").reshape(shape).astype(np.float32) / 32_768 - 1
    if len(shape) == 1:
        around = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        return np.float32(around) + np.float32(0.1) * uniform
    if "embed" in name and "proj" not in name:
        return np.float32(0.4) * uniform
    gain = 0.4 if "down_proj" in name else 1.0
    return np.float32(gain * math.sqrt(3 / math.prod(shape[1:]))) * uniform


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")
