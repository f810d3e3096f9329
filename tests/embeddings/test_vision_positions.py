"""What the vision engine computes in numpy is what transformers computes on the device."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from torch.nn import functional

from embeddings.engine import attention
from embeddings.engine.mrope import positions
from embeddings.engine.segments import segments_of
from embeddings.engine.vision_grid import grid_of
from embeddings.engine.vision_tower import Patches
from tests.embeddings.tiny_vision import tiny_engine, tiny_vision, tiny_vision_folder
from tests.embeddings.vision_reference import Reference, engine_input, picture, video

pytestmark = pytest.mark.engine

MIXED = ["one ", picture(1, 64, 160), picture(2), " two", video(3, 4, 96, 64), "three"]


@pytest.fixture(scope="module", autouse=True)
def weights():
    with tiny_vision():
        yield


@pytest.fixture(scope="module")
def engine():
    return tiny_engine()


@pytest.fixture(scope="module")
def reference():
    return Reference(tiny_vision_folder())


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5), st.integers(1, 5)), max_size=4))
@hypothesis_settings(max_examples=40)
def test_places_of_tokens(reference, runs):
    """Each run is so many tokens of text, then a picture of so many by so many tokens."""
    kinds, grids, starts = [], [], []
    for text, height, width in runs:
        kinds += [0] * (text + 1)
        starts.append((len(kinds), height, width))
        kinds += [1] * (height * width)
        grids.append([1, 2 * height, 2 * width])
    kinds += [0]
    ids = torch.zeros(1, len(kinds), dtype=torch.int64)
    expected, _ = reference.model.get_rope_index(
        ids,
        torch.tensor([kinds], dtype=torch.int32),
        image_grid_thw=torch.tensor(grids) if grids else None,
    )
    assert positions(len(kinds), starts).tolist() == expected[:, 0].tolist()


def test_places_of_tokens_with_clips(engine, reference):
    inputs = reference.inputs([MIXED])
    expected, _ = reference.model.get_rope_index(
        inputs["input_ids"],
        inputs["mm_token_type_ids"],
        inputs["image_grid_thw"],
        inputs["video_grid_thw"],
    )
    prompt = engine.template.prompt(engine_input(MIXED))
    assert positions(len(prompt.ids), prompt.grids).tolist() == expected[:, 0].tolist()


@pytest.mark.parametrize("side", [48, 7])
@pytest.mark.parametrize("size", [(2, 2), (2, 64), (14, 6), (48, 48), (60, 82)])
def test_patches_of_a_frame(size, side):
    from transformers.vision_utils import (
        get_vision_interpolation_indices_and_weights,
        get_vision_position_ids,
    )

    frame = torch.tensor([[1, *size]])
    taps, weights = get_vision_interpolation_indices_and_weights(
        frame, side, align_corners=True, spatial_merge_size=2
    )
    grid = grid_of(*size, side)
    assert grid.cells.T.tolist() == get_vision_position_ids(frame, 2).tolist()
    # Equal but for the last bits of a weight, which may then count for the next position instead.
    table = np.random.default_rng(0).normal(size=(side * side, 3))
    ours = (table[grid.taps] * grid.tap_weights[:, :, None]).sum(1)
    theirs = (table[taps.numpy()] * weights.numpy()[:, :, None]).sum(1)
    assert np.abs(ours - theirs).max() < 1e-4


def test_from_pixels_to_embedded_patches_is_what_processor_and_convolution_do(engine, reference):
    prompt = engine.template.prompt(engine_input(MIXED))
    batch = engine._stage([prompt])
    tensors = batch.tensors
    patches = Patches(
        tensors["pixels"],
        batch.batch.shapes,
        tensors["cells"],
        tensors["taps"],
        torch.zeros_like(tensors["tap_weights"]),
        None,
    )
    with torch.inference_mode():
        ours = engine.model.tower.embed(patches)
        inputs = reference.inputs([MIXED])
        convolution = reference.model.visual.patch_embed
        theirs = {
            "pictures": convolution(inputs["pixel_values"]),
            "clip": convolution(inputs["pixel_values_videos"]),
        }
    # The largest frames come first: the wide picture, the clip, the small picture.
    wide, small = theirs["pictures"].split([40, 16])
    expected = torch.cat([wide, theirs["clip"], small])
    assert float((ours - expected).abs().max()) < 1e-5


def emulated(query, key, value, query_bounds, key_bounds, *longest, window_size, enable_gqa):
    """torch's attention for packed sequences, one sequence at a time."""
    spans = [np.diff(bounds.tolist()).max() for bounds in (query_bounds, key_bounds)]
    assert tuple(spans) == longest
    outs = []
    for index in range(len(key_bounds) - 1):
        q = query[query_bounds[index] : query_bounds[index + 1]].transpose(0, 1)
        k, v = (
            one[key_bounds[index] : key_bounds[index + 1]].transpose(0, 1) for one in (key, value)
        )
        causal = window_size == (-1, 0)
        outs.append(
            functional.scaled_dot_product_attention(
                q[None], k[None], v[None], is_causal=causal, enable_gqa=enable_gqa
            )[0].transpose(0, 1)
        )
    return torch.cat(outs)


def test_the_kernel_for_packed_sequences_is_given_the_right_bounds(engine, monkeypatch):
    """On a GPU attention goes this way; here one sequence at a time stands in for the kernel."""
    contents = [["a text"], MIXED, [picture(7)], ["another", video(4, 2)], ["a text"]]
    inputs = [engine_input(content) for content in contents]
    by_groups = engine.encode(inputs)
    calls = []
    monkeypatch.setattr(attention, "_knows_bounds", lambda query: True)
    monkeypatch.setattr(
        attention,
        "varlen_attn",
        lambda *args, **more: calls.append(more["window_size"]) or emulated(*args, **more),
    )
    packed = engine.encode(inputs)
    assert min(float(a @ b) for a, b in zip(by_groups, packed, strict=True)) > 0.999999
    # Two layers of the tower, one of the decoder, and the last tokens of the last layer.
    assert calls == [(-1, -1), (-1, -1), (-1, 0), (-1, -1)]


def test_segments_of_one_length_that_lie_side_by_side_are_a_group():
    segments = segments_of([5, 5, 3, 5])
    assert segments.bounds.tolist() == [0, 5, 10, 13, 18]
    assert segments.longest == 5
    assert [(g.start, g.length, g.count) for g in segments.groups] == [
        (0, 5, 2),
        (10, 3, 1),
        (13, 5, 1),
    ]
