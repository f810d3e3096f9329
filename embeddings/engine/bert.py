"""BERT's forward pass over a packed batch: the same function as transformers' BertModel, leaner.

Differences, all held by the parity test: no padding is computed, query, key and value are one
matrix, the constant token type is added to the positions once, residuals are added in place.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn import functional

from embeddings.engine.linear import Layer, linear
from embeddings.engine.packing import Group, Packed

# What the code below computes. Another value in config.json would mean another function.
_COMPUTED = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
}


@dataclass(frozen=True, slots=True)
class Norm:
    """A layer norm over the last axis."""

    weight: torch.Tensor
    bias: torch.Tensor
    epsilon: float

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise (rows, hidden)."""
        return functional.layer_norm(x, self.bias.shape, self.weight, self.bias, self.epsilon)


@dataclass(frozen=True, slots=True)
class Block:
    """One of the encoder's layers."""

    query_key_value: Layer
    attention_out: Layer
    attention_norm: Norm
    widen: Layer
    narrow: Layer
    norm: Norm


class Weights:
    """Named tensors of the file, on the device, in the dtype."""

    def __init__(self, folder: Path, *, device: str, dtype: torch.dtype) -> None:
        self.config = json.loads((folder / "config.json").read_text())
        found = {name: self.config.get(name) for name in _COMPUTED}
        if found != _COMPUTED:
            raise ValueError(f"this engine computes {_COMPUTED}, the model wants {found}")
        self._tensors = {
            name: tensor.to(device=device, dtype=dtype)
            for name, tensor in load_file(folder / "model.safetensors").items()
            if tensor.is_floating_point()
        }

    def table(self, name: str) -> torch.Tensor:
        """Return one embedding table."""
        return self._tensors[f"embeddings.{name}.weight"]

    def pair(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Return weight and bias."""
        return self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]

    def norm(self, name: str) -> Norm:
        """Return a layer norm."""
        return Norm(*self.pair(name), self.config["layer_norm_eps"])

    def block(self, index: int) -> Block:
        """Return one layer."""
        name = f"encoder.layer.{index}"
        parts = [self.pair(f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
        weights, biases = zip(*parts, strict=True)
        return Block(
            query_key_value=linear(torch.cat(weights), torch.cat(biases)),
            attention_out=linear(*self.pair(f"{name}.attention.output.dense")),
            attention_norm=self.norm(f"{name}.attention.output.LayerNorm"),
            widen=linear(*self.pair(f"{name}.intermediate.dense"), gelu=True),
            narrow=linear(*self.pair(f"{name}.output.dense")),
            norm=self.norm(f"{name}.output.LayerNorm"),
        )


class Bert:
    """Mean-pooled, L2-normalised text vectors. Call it under `torch.inference_mode`."""

    def __init__(self, folder: Path, *, device: str, dtype: torch.dtype) -> None:
        weights = Weights(folder, device=device, dtype=dtype)
        self.device = device
        self.hidden: int = weights.config["hidden_size"]
        self.heads: int = weights.config["num_attention_heads"]
        self.positions_max: int = weights.config["max_position_embeddings"]
        self.vocabulary: int = weights.config["vocab_size"]
        self._words = weights.table("word_embeddings")
        # Every token is of type 0.
        self._positions = (
            weights.table("position_embeddings") + weights.table("token_type_embeddings")[0]
        )
        self._norm = weights.norm("embeddings.LayerNorm")
        self._blocks = [weights.block(n) for n in range(weights.config["num_hidden_layers"])]

    def __call__(self, packed: Packed) -> torch.Tensor:
        """Return float32 (texts, hidden), in the order of the packed texts."""
        token_ids = torch.from_numpy(packed.token_ids).to(self.device)
        positions = torch.from_numpy(packed.positions).to(self.device)
        x = functional.embedding(token_ids, self._words)
        x = self._norm(x.add_(functional.embedding(positions, self._positions)))
        for block in self._blocks:
            mixed = self._attend(block.query_key_value(x), packed.groups)
            x = block.attention_norm(block.attention_out(mixed).add_(x))
            x = block.norm(block.narrow(block.widen(x)).add_(x))
        return _pool(x.float(), packed.groups)

    def _attend(self, fused: torch.Tensor, groups: tuple[Group, ...]) -> torch.Tensor:
        mixed = fused.new_zeros(len(fused), self.hidden)
        for group in groups:
            rows = slice(group.start, group.end)
            query, key, value = (
                fused[rows]
                .view(group.count, group.length, 3, self.heads, -1)
                .permute(2, 0, 3, 1, 4)
            )
            out = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2)
            mixed[rows].view(out.shape).copy_(out)
        return mixed


def _pool(x: torch.Tensor, groups: tuple[Group, ...]) -> torch.Tensor:
    means = [
        x[group.start : group.end].view(group.count, group.length, -1).mean(1) for group in groups
    ]
    return functional.normalize(torch.cat(means), dim=1)
