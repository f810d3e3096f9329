"""Sizes and frame plans equal those of transformers, and never go over what they may count."""

import ast
import importlib.util
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.media.geometry import (
    FRAMES_MAX,
    FRAMES_MIN,
    IMAGE_TOKENS_LOW_MAX,
    IMAGE_TOKENS_MAX,
    PIXELS_MIN,
    SIDE_PIXELS,
    TOKEN_PIXELS,
    VIDEO_TOKENS_MAX,
    RatioTooLarge,
    image_size,
    plan_clip,
    tokens_of,
)

SIDES = (1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 97, 240, 333, 719, 720, 1_080, 1_999, 4_096)
LENGTHS = (1, 2, 3, 4, 5, 9, 30, 63, 64, 65, 149, 300, 3_001, 14_400)
FRAME_PIXELS_CAP = 768 * TOKEN_PIXELS


def smart_resize_of(module):
    """The function, taken from the source: importing the module may need torchvision."""
    folder = Path(importlib.util.find_spec("transformers").origin).parent
    tree = ast.parse((folder / f"models/{module}.py").read_text())
    (function,) = (
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "smart_resize"
    )
    names = {"math": math}
    exec(compile(ast.Module([function], []), module, "exec"), names)
    return names["smart_resize"]


image_smart_resize = smart_resize_of("qwen2_vl/image_processing_pil_qwen2_vl")
video_smart_resize = smart_resize_of("qwen3_vl/video_processing_qwen3_vl")


def official_image_size(height, width, tokens_max):
    return image_smart_resize(
        height, width, SIDE_PIXELS, min_pixels=PIXELS_MIN, max_pixels=tokens_max * TOKEN_PIXELS
    )


def official_frame_size(frames, height, width):
    """As the video processor calls it with `cap_pixels_per_frame` and the recipe's budget."""
    budget = VIDEO_TOKENS_MAX * TOKEN_PIXELS * 2
    each = max(min(FRAME_PIXELS_CAP, budget // frames), int(PIXELS_MIN * 1.05))
    return video_smart_resize(
        frames,
        height,
        width,
        factor=SIDE_PIXELS,
        min_pixels=PIXELS_MIN,
        max_pixels=each * frames,
    )


def result_of(function, *arguments, **more):
    """What it returns, or that it finds the sides too unequal."""
    try:
        return function(*arguments, **more)
    except ValueError:
        return "ratio"


@pytest.mark.parametrize("tokens_max", [IMAGE_TOKENS_LOW_MAX, IMAGE_TOKENS_MAX])
def test_images_have_the_size_that_transformers_gives_them(tokens_max):
    for height in SIDES:
        for width in SIDES:
            ours = result_of(image_size, height, width, tokens_max=tokens_max)
            assert ours == result_of(official_image_size, height, width, tokens_max), (
                height,
                width,
            )


@given(st.integers(1, 12_000), st.integers(1, 12_000), st.integers(256, 1_280))
def test_images_of_any_size_have_it_and_stay_within_their_tokens(height, width, tokens_max):
    ours = result_of(image_size, height, width, tokens_max=tokens_max)
    assert ours == result_of(official_image_size, height, width, tokens_max)
    if ours != "ratio":
        assert PIXELS_MIN // TOKEN_PIXELS <= tokens_of(*ours) <= tokens_max
        assert ours[0] % SIDE_PIXELS == ours[1] % SIDE_PIXELS == 0


@pytest.mark.parametrize("length", LENGTHS)
def test_frames_have_the_size_that_transformers_gives_them_unless_that_is_over_the_budget(length):
    for height in SIDES:
        for width in SIDES:
            plan = result_of(plan_clip, length, length / 25, height, width)
            frames = 2 if plan == "ratio" else len(plan.indices)
            official = result_of(official_frame_size, frames, height, width)
            if plan == "ratio" or official == "ratio":
                assert plan == official
            elif frames * math.prod(official) <= VIDEO_TOKENS_MAX * TOKEN_PIXELS * 2:
                assert (plan.height, plan.width) == official, (height, width)
            else:
                assert min(official) == SIDE_PIXELS == min(plan.height, plan.width)
                assert max(plan.height, plan.width) < max(official)


@given(
    st.integers(1, 14_400),
    st.floats(0, 120, allow_nan=False),
    st.integers(1, 4_100),
    st.integers(1, 4_100),
)
def test_no_video_has_more_tokens_or_frames_than_it_may(frames, seconds, height, width):
    try:
        plan = plan_clip(frames, seconds, height, width)
    except RatioTooLarge:
        return
    assert 0 < plan.tokens <= VIDEO_TOKENS_MAX
    assert len(plan.indices) == 2 * len(plan.seconds) <= FRAMES_MAX
    assert plan.tokens * TOKEN_PIXELS == len(plan.seconds) * plan.height * plan.width
    assert plan.height % SIDE_PIXELS == plan.width % SIDE_PIXELS == 0
    assert all(0 <= index < frames for index in plan.indices)
    assert all(0 <= second <= seconds or seconds == 0 for second in plan.seconds)


@pytest.mark.parametrize("rate", [0.5, 1.0, 23.976, 24.0, 30.0, 120.0])
def test_frames_are_spread_as_linspace_spreads_them(rate):
    for frames in range(1, 700):
        seconds = frames / rate
        indices = plan_clip(frames, seconds, 64, 64).indices
        expected = np.linspace(0, frames - 1, len(indices)).round().astype(int)
        assert list(indices) == expected.tolist()
        assert all(first <= last for first, last in pairwise(indices))


@pytest.mark.parametrize(
    ("frames", "seconds", "count"),
    [
        (1, 0.0, 2),
        (2, 0.1, 2),
        (3, 0.1, 2),
        (4, 0.1, FRAMES_MIN),
        (90, 3.0, 4),
        (300, 10.0, 10),
        (330, 11.0, 10),
        (3_000, 100.0, FRAMES_MAX),
        (100, 100.0, FRAMES_MAX),
    ],
)
def test_one_frame_a_second_is_read_an_even_number_of_them(frames, seconds, count):
    assert len(plan_clip(frames, seconds, 64, 64).indices) == count
