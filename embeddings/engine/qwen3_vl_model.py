"""Qwen3-VL as an embedding model: a batch on the device in, unit vectors out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from transformers import AutoConfig, AutoModel, Qwen3VLModel
from transformers.utils import logging

from embeddings.engine.attention import Bounds
from embeddings.engine.base import UnfitModel
from embeddings.engine.decoder import Decoder, Tokens
from embeddings.engine.qwen3_vl_batch import Batch
from embeddings.engine.segments import Segments
from embeddings.engine.vision_grid import MERGE, PATCH, TEMPORAL
from embeddings.engine.vision_tower import Patches, VisionTower
from embeddings.engine.vision_weights import ARCHITECTURE

# What the code computes. Another value in config.json would mean another function.
_TEXT = {"hidden_act": "silu"}
_ROPE = {"rope_type": "default", "mrope_interleaved": True}
_VISION = {
    "hidden_act": "gelu_pytorch_tanh",
    "in_channels": 3,
    "patch_size": PATCH,
    "spatial_merge_size": MERGE,
    "temporal_patch_size": TEMPORAL,
}


class EmbeddingModel:
    """The model on its device. Call it under `torch.inference_mode`, one call at a time."""

    def __init__(self, model: Qwen3VLModel, device: str) -> None:
        config: Any = model.config
        check_config(config)
        self.image_id: int = config.image_token_id
        self.video_id: int = config.video_token_id
        self.start_id: int = config.vision_start_token_id
        self.stop_id: int = config.vision_end_token_id
        self.positions_max: int = config.text_config.max_position_embeddings
        self.tower = VisionTower(model.visual.eval(), device)
        self.decoder = Decoder(model.language_model.eval(), device)

    def __call__(self, batch: Batch, tensors: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return float32 (prompts, hidden): each cut to its dimensions, zeros behind, length 1.

        ``tensors`` are the batch's arrays on the device, by name.
        """
        features: torch.Tensor | None = None
        deep: list[torch.Tensor] = []
        if batch.frames:
            patches = Patches(
                pixels=tensors["pixels"],
                shapes=batch.shapes,
                cells=tensors["cells"],
                taps=tensors["taps"],
                tap_weights=tensors["tap_weights"],
                bounds=_bounds(batch.frames, tensors["frame_bounds"]),
            )
            features, deep = self.tower(patches)
        tokens = Tokens(
            token_ids=tensors["token_ids"],
            positions=tensors["positions"],
            bounds=_bounds(batch.prompts, tensors["bounds"]),
            last_rows=tensors["last_rows"],
            ones=tensors["ones"],
            visual_rows=tensors["visual_rows"],
        )
        return _cut(self.decoder(tokens, features, deep), tensors["dimensions"])


def load_model(folder: Path, *, device: str, dtype: torch.dtype) -> EmbeddingModel:
    """Read the weights of a folder. Raises UnfitModel for a model that is not computed here."""
    logging.disable_progress_bar()  # type: ignore[no-untyped-call] # transformers has no types here
    check_config(AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False))
    model, report = AutoModel.from_pretrained(
        folder,
        dtype=dtype,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        output_loading_info=True,
    )
    # Such weights would be random numbers, which transformers only warns of.
    absent = [*report["missing_keys"], *report["mismatched_keys"], *report["error_msgs"]]
    if absent:
        raise UnfitModel(f"the files lack {len(absent)} of the model's weights: {absent[:3]}")
    return EmbeddingModel(model, device)


def check_config(config: Any) -> None:
    """Raise UnfitModel for a model that the code here does not compute."""
    if config.model_type != ARCHITECTURE:
        raise UnfitModel(f"this engine computes {ARCHITECTURE}, the model is {config.model_type}")
    _check(vars(config.text_config), _TEXT)
    _check(config.text_config.rope_parameters, _ROPE)
    _check(vars(config.vision_config), _VISION)
    if config.vision_config.out_hidden_size != config.text_config.hidden_size:
        raise UnfitModel("what the vision tower gives does not fit the decoder")


def _cut(hidden: torch.Tensor, dimensions: torch.Tensor) -> torch.Tensor:
    kept = torch.arange(hidden.shape[1], device=hidden.device) < dimensions[:, None]
    return functional.normalize(hidden.float() * kept, dim=1)


def _bounds(segments: Segments, bounds: torch.Tensor) -> Bounds:
    return Bounds(bounds, segments.longest, segments.groups)


def _check(config: Mapping[str, object], computed: Mapping[str, object]) -> None:
    found = {name: config.get(name) for name in computed}
    if found != computed:
        raise UnfitModel(f"this engine computes {dict(computed)}, the model wants {found}")
