"""The shape of Qwen3-VL-Embedding-2B, whole or cut down, and what a prompt of it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from embeddings.engine.vision_grid import MERGE, PATCH, TEMPORAL

# Qwen3-VL-2B's own numbers.
_POSITIONS = 2_304
_HEAD = 128
_ROPE = {
    "rope_type": "default",
    "rope_theta": 5_000_000,
    "mrope_interleaved": True,
    "mrope_section": [24, 20, 20],
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Layers and widths of decoder and vision tower."""

    layers: int = 28
    hidden: int = 2_048
    heads: int = 16
    key_heads: int = 8
    intermediate: int = 6_144
    vocabulary: int = 151_936
    depth: int = 24
    vision_hidden: int = 1_024
    vision_heads: int = 16
    vision_intermediate: int = 4_096
    deep: tuple[int, ...] = (5, 11, 17)

    def cut(self, layers: int, shrink: int) -> Shape:
        """At most so many layers in either part, all widths divided by ``shrink`` (1, 2, 4, 8)."""
        depth = min(self.depth, layers)
        return replace(
            self,
            layers=min(self.layers, layers),
            hidden=self.hidden // shrink,
            heads=self.heads // shrink,
            key_heads=self.key_heads // shrink,
            intermediate=self.intermediate // shrink,
            vocabulary=self.vocabulary // shrink,
            depth=depth,
            vision_hidden=self.vision_hidden // shrink,
            vision_heads=self.vision_heads // shrink,
            vision_intermediate=self.vision_intermediate // shrink,
            deep=tuple(index for index in self.deep if index < depth) or (0,),
        )

    def config(self, ids: dict[str, int]) -> dict[str, Any]:
        """Arguments of Qwen3VLConfig; ``ids`` are those of the four vision tokens."""
        text = {
            "vocab_size": self.vocabulary,
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.key_heads,
            "head_dim": _HEAD,
            "max_position_embeddings": 262_144,
            "rope_parameters": _ROPE,
        }
        vision = {
            "depth": self.depth,
            "hidden_size": self.vision_hidden,
            "intermediate_size": self.vision_intermediate,
            "num_heads": self.vision_heads,
            "out_hidden_size": self.hidden,
            "num_position_embeddings": _POSITIONS,
            "deepstack_visual_indexes": list(self.deep),
        }
        return {"text_config": text, "vision_config": vision, **ids}

    def decoder_flop(self, tokens: int) -> float:
        """Of one prompt, attention included; a multiplication and an addition are 2."""
        linear = self.hidden * _HEAD * (2 * self.heads + 2 * self.key_heads)
        linear += 3 * self.hidden * self.intermediate
        attention = 2 * tokens * self.heads * _HEAD  # half of the square: nobody looks ahead
        return float(self.layers * tokens * (2 * linear + attention))

    def tower_flop(self, frames: Iterable[int]) -> float:
        """Of pictures or pairs of frames with so many patches each."""
        merged = self.vision_hidden * MERGE**2
        merger = 2 * (merged * merged + merged * self.hidden) / MERGE**2
        embedding = 2 * 3 * TEMPORAL * PATCH**2 * self.vision_hidden
        linear = 4 * self.vision_hidden**2 + 2 * self.vision_hidden * self.vision_intermediate
        total = 0.0
        for patches in frames:
            layer = 2 * linear + 4 * patches * self.vision_hidden
            total += patches * (self.depth * layer + embedding + merger * (1 + len(self.deep)))
        return total
