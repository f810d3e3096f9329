"""Qwen3-VL's decoder over prompts packed end to end, to the hidden state of each last token.

The same function as transformers' Qwen3VLTextModel, but: no padding, query, key and value are one
matrix, gate and up are one, and of the last layer only what the last tokens need is computed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from embeddings.engine.attention import Bounds, attend, attend_last
from embeddings.engine.vision_tower import rotated


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the decoder reads, on the device; see ``qwen3_vl_batch.Arrays``."""

    token_ids: torch.Tensor
    positions: torch.Tensor
    bounds: Bounds
    last_rows: torch.Tensor
    ones: torch.Tensor
    visual_rows: torch.Tensor


@dataclass(frozen=True, slots=True)
class Norm:
    """Root mean square norm over the last axis."""

    weight: torch.Tensor
    epsilon: float

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise (…, width)."""
        return functional.rms_norm(x, self.weight.shape, self.weight, self.epsilon)


@dataclass(frozen=True, slots=True)
class Linear:
    """A matrix (out, in), with a bias or without."""

    weight: torch.Tensor
    bias: torch.Tensor | None

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Map (rows, in) to (rows, out)."""
        return functional.linear(x, self.weight, self.bias)


@dataclass(frozen=True, slots=True)
class Block:
    """One of the decoder's layers."""

    attention_norm: Norm
    query_key_value: Linear
    query_norm: Norm
    key_norm: Norm
    attention_out: Linear
    norm: Norm
    gate_up: Linear
    down: Linear


class Decoder:
    """Takes over the modules of a loaded model. Call it under `torch.inference_mode`."""

    def __init__(self, decoder: Any, device: str) -> None:
        config = decoder.config
        self.hidden: int = config.hidden_size
        self.vocabulary: int = config.vocab_size
        self._heads: int = config.num_attention_heads
        self._key_heads: int = config.num_key_value_heads
        self._words = decoder.embed_tokens.weight.to(device)
        self._norm = _norm(decoder.norm.to(device))
        self._frequencies = decoder.rotary_emb.inv_freq.to(device, torch.float32)
        self._axes = _axes(config.rope_parameters["mrope_section"], len(self._frequencies)).to(
            device
        )
        # One layer at a time, so that two copies of a large model are never in memory.
        self._blocks = [_block(layer.to(device)) for layer in _taken(decoder.layers)]

    def __call__(
        self,
        tokens: Tokens,
        features: torch.Tensor | None,
        deep: Sequence[torch.Tensor],
    ) -> torch.Tensor:
        """Return the hidden state (prompts, hidden) of each prompt's last token.

        ``features`` stand in for the visual rows, ``deep`` is added to them after each layer.
        """
        x = functional.embedding(tokens.token_ids, self._words)
        if features is not None:
            x.index_copy_(0, tokens.visual_rows, features)
        cos, sin = self._rotary(tokens.positions, x.dtype)
        for index, block in enumerate(self._blocks[:-1]):
            self._layer(block, x, cos, sin, tokens.bounds)
            if index < len(deep):
                x.index_add_(0, tokens.visual_rows, deep[index])
        return self._norm(self._last_layer(self._blocks[-1], x, cos, sin, tokens))

    def _layer(
        self, block: Block, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, bounds: Bounds
    ) -> None:
        query, key, value = self._split(block.query_key_value(block.attention_norm(x)))
        query = rotated(block.query_norm(query), cos, sin)
        key = rotated(block.key_norm(key), cos, sin)
        mixed = attend(query, key, value, bounds, causal=True)
        x += block.attention_out(mixed.flatten(1))
        x += _widened(block, x)

    def _last_layer(
        self, block: Block, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, tokens: Tokens
    ) -> torch.Tensor:
        """Keys and values of all rows, everything else of the last rows only."""
        last = tokens.last_rows
        query, key, value = self._split(block.query_key_value(block.attention_norm(x)))
        query = rotated(block.query_norm(query[last]), cos[last], sin[last])
        key = rotated(block.key_norm(key), cos, sin)
        mixed = attend_last(query, key, value, tokens.bounds, tokens.ones)
        rows = x[last] + block.attention_out(mixed.flatten(1))
        return rows + _widened(block, rows)

    def _split(self, fused: torch.Tensor) -> Sequence[torch.Tensor]:
        heads = fused.view(len(fused), self._heads + 2 * self._key_heads, -1)
        values = self._heads + self._key_heads
        return heads[:, : self._heads], heads[:, self._heads : values], heads[:, values:]

    def _rotary(
        self, positions: torch.Tensor, dtype: torch.dtype
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines (tokens, 1, half a head): each frequency turns by one of the axes."""
        angles = (positions.float()[self._axes].T * self._frequencies)[:, None]
        return angles.cos().to(dtype), angles.sin().to(dtype)


def _widened(block: Block, x: torch.Tensor) -> torch.Tensor:
    gate, up = block.gate_up(block.norm(x)).chunk(2, dim=-1)
    return block.down(functional.silu(gate).mul_(up))


def _axes(sections: Sequence[int], frequencies: int) -> torch.Tensor:
    """Which axis turns each frequency: time, height and width by turns, then time alone."""
    axes = torch.zeros(frequencies, dtype=torch.int64)
    for axis in (1, 2):
        axes[axis : sections[axis] * 3 : 3] = axis
    return axes


def _taken(layers: Any) -> Iterator[Any]:
    while len(layers):
        yield layers.pop(0)


def _block(layer: Any) -> Block:
    attention, mlp = layer.self_attn, layer.mlp
    return Block(
        attention_norm=_norm(layer.input_layernorm),
        query_key_value=_joined(attention.q_proj, attention.k_proj, attention.v_proj),
        query_norm=_norm(attention.q_norm),
        key_norm=_norm(attention.k_norm),
        attention_out=Linear(attention.o_proj.weight, attention.o_proj.bias),
        norm=_norm(layer.post_attention_layernorm),
        gate_up=_joined(mlp.gate_proj, mlp.up_proj),
        down=Linear(mlp.down_proj.weight, mlp.down_proj.bias),
    )


def _joined(*layers: Any) -> Linear:
    biases = [layer.bias for layer in layers if layer.bias is not None]
    return Linear(
        torch.cat([layer.weight for layer in layers]), torch.cat(biases) if biases else None
    )


def _norm(module: Any) -> Norm:
    return Norm(module.weight, module.variance_epsilon)
