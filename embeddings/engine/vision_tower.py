"""Qwen3-VL's vision tower over pictures and clips packed end to end, from uint8 pixels.

The same function as transformers' Qwen3VLVisionModel, which has a convolution where a linear layer
does, and takes normalised float patches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from embeddings.engine.attention import Bounds, attend
from embeddings.engine.qwen3_vl_batch import FrameShape
from embeddings.engine.vision_grid import MERGE, PATCH, TEMPORAL

_CHANNELS = 3
_WHITE = 255.0


@dataclass(frozen=True, slots=True)
class Patches:
    """What the tower reads, on the device; see ``qwen3_vl_batch.Arrays``."""

    pixels: torch.Tensor
    shapes: Sequence[FrameShape]
    cells: torch.Tensor
    taps: torch.Tensor
    tap_weights: torch.Tensor
    bounds: Bounds


class VisionTower:
    """Takes over the modules of a loaded model. Call it under `torch.inference_mode`."""

    def __init__(self, tower: Any, device: str) -> None:
        tower.to(device)
        convolution = tower.patch_embed.proj
        # A patch is as large as the kernel: the convolution is this product.
        self.patch_weight: torch.Tensor = convolution.weight.flatten(1)
        self._patch_bias = convolution.bias
        self._positions = tower.pos_embed.weight.float()
        self.side: int = tower.num_grid_per_side
        self._frequencies = tower.rotary_pos_emb.inv_freq.to(device, torch.float32)
        self._blocks = list(tower.blocks)
        self._heads: int = tower.config.num_heads
        self._merger = tower.merger
        indexes = tower.deepstack_visual_indexes
        self._deep = dict(zip(indexes, tower.deepstack_merger_list, strict=True))

    def __call__(self, patches: Patches) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Return features (visual tokens, hidden), and those of the layers that look deeper."""
        x = self.embed(patches)
        cos, sin = self._rotary(patches.cells)
        deep = []
        for index, block in enumerate(self._blocks):
            x = x + self._attention(block, block.norm1(x), cos, sin, patches.bounds)
            x = x + block.mlp(block.norm2(x))
            if index in self._deep:
                deep.append(self._deep[index](x))
        features: torch.Tensor = self._merger(x)
        return features, deep

    def embed(self, patches: Patches) -> torch.Tensor:
        """Normalise, cut into patches, embed and add the learned positions: (patches, width)."""
        x = self._patchify(patches)
        x = functional.linear(x, self.patch_weight, self._patch_bias)
        places = functional.embedding_bag(
            patches.taps, self._positions, mode="sum", per_sample_weights=patches.tap_weights
        )
        embedded: torch.Tensor = x + places.to(x.dtype)
        return embedded

    def _patchify(self, patches: Patches) -> torch.Tensor:
        weight = self.patch_weight
        out = weight.new_empty(patches.cells.shape[1], weight.shape[1])
        pixel = row = 0
        for frames, height, width in patches.shapes:
            size = frames * height * width * _CHANNELS
            pairs = max(1, frames // TEMPORAL)
            rows = pairs * height * width // PATCH**2
            image = patches.pixels[pixel : pixel + size].view(frames, height, width, _CHANNELS)
            normal = image.float().mul_(2 / _WHITE).sub_(1)
            _write_patches(out[row : row + rows], normal, pairs)
            pixel, row = pixel + size, row + rows
        return out

    def _rotary(self, cells: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines (patches, 1, half a head) of rows and columns."""
        angles = cells.float()[:, :, None] * self._frequencies
        angles = torch.cat((angles[0], angles[1]), dim=-1)[:, None]
        return angles.cos(), angles.sin()

    def _attention(
        self,
        block: Any,
        x: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        bounds: Bounds,
    ) -> torch.Tensor:
        query, key, value = block.attn.qkv(x).view(len(x), 3, self._heads, -1).unbind(1)
        mixed = attend(
            rotated(query, cos, sin), rotated(key, cos, sin), value, bounds, causal=False
        )
        out: torch.Tensor = block.attn.proj(mixed.flatten(1))
        return out


def rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotate (rows, heads, width) by angles given as (rows, 1, width / 2), in the angles' dtype."""
    left, right = x.to(cos.dtype).chunk(2, dim=-1)
    turned = (
        torch.addcmul(left * cos, right, sin, value=-1),
        torch.addcmul(right * cos, left, sin),
    )
    return torch.cat(turned, dim=-1).to(x.dtype)


def _write_patches(out: torch.Tensor, frames: torch.Tensor, pairs: int) -> None:
    """Write float (frames, height, width, 3) as patches, block by block; a picture shows twice."""
    count, height, width, _ = frames.shape
    if count == 1:
        frames = frames.expand(TEMPORAL, -1, -1, -1)
    rows, columns = height // PATCH // MERGE, width // PATCH // MERGE
    parts = frames.reshape(
        pairs, TEMPORAL, rows, MERGE, PATCH, columns, MERGE, PATCH, _CHANNELS
    ).permute(0, 2, 5, 3, 6, 8, 1, 4, 7)
    out.view(parts.shape).copy_(parts)
