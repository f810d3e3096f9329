"""Attention inside sequences that lie end to end, without padding and without a mask in memory."""

from dataclasses import dataclass
from typing import cast

import torch
from torch.nn import functional
from torch.nn.attention.varlen import varlen_attn

from embeddings.engine.packing import Group

# The kernel that knows bounds takes these, on a GPU.
_VARLEN_DTYPES = (torch.bfloat16, torch.float16)
_CAUSAL, _FULL = (-1, 0), (-1, -1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where sequences lie: int32 (sequences + 1,) on the device, and the same for the CPU."""

    bounds: torch.Tensor
    longest: int
    groups: tuple[Group, ...]


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    bounds: Bounds,
    *,
    causal: bool,
) -> torch.Tensor:
    """Attend inside each sequence. All are (rows, heads, width); keys may have fewer heads."""
    if _knows_bounds(query):
        window = _CAUSAL if causal else _FULL
        return _varlen(query, key, value, queries=bounds, keys=bounds, window=window)
    key, value = _all_heads(key, query), _all_heads(value, query)
    out = torch.empty_like(query)
    for group in bounds.groups:
        rows = slice(group.start, group.end)
        mixed = functional.scaled_dot_product_attention(
            _by_sequence(query[rows], group),
            _by_sequence(key[rows], group),
            _by_sequence(value[rows], group),
            is_causal=causal,
        )
        _by_sequence(out[rows], group).copy_(mixed)
    return out


def attend_last(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bounds: Bounds, ones: torch.Tensor
) -> torch.Tensor:
    """Attend from the last row of each sequence to all of it.

    ``query`` is (sequences, heads, width), ``ones`` int32 (sequences + 1,) counting from 0.
    """
    if _knows_bounds(query):
        return _varlen(query, key, value, queries=Bounds(ones, 1, ()), keys=bounds, window=_FULL)
    key, value = _all_heads(key, query), _all_heads(value, query)
    outs = []
    first = 0
    for group in bounds.groups:
        rows = slice(group.start, group.end)
        mixed = functional.scaled_dot_product_attention(
            query[first : first + group.count, :, None],
            _by_sequence(key[rows], group),
            _by_sequence(value[rows], group),
        )
        outs.append(mixed.squeeze(2))
        first += group.count
    return torch.cat(outs)


def _knows_bounds(query: torch.Tensor) -> bool:
    """Whether the kernel for packed sequences takes this."""
    return query.is_cuda and query.dtype in _VARLEN_DTYPES


def _varlen(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    queries: Bounds,
    keys: Bounds,
    window: tuple[int, int],
) -> torch.Tensor:
    mixed = varlen_attn(
        query,
        key,
        value,
        queries.bounds,
        keys.bounds,
        queries.longest,
        keys.longest,
        window_size=window,
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return cast(torch.Tensor, mixed)  # a pair only where more was asked for


def _by_sequence(rows: torch.Tensor, group: Group) -> torch.Tensor:
    """View (rows, heads, width) of one group as (sequences, heads, length, width)."""
    return rows.view(group.count, group.length, *rows.shape[1:]).transpose(1, 2)


def _all_heads(tensor: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Give each head of the query its own: torch's fast kernels here do not share them."""
    shared = query.shape[1] // tensor.shape[1]
    return tensor.repeat_interleave(shared, dim=1) if shared > 1 else tensor
