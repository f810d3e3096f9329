"""Both questions that are asked of a file, and that their answers agree."""

import numpy as np

from embeddings.media.geometry import FRAMES_MERGED, TOKEN_PIXELS

SOON_S = 30.0


def read_image(sandbox, data, tokens_max=1_280):
    """Its info and its pixels; what was to be paid is what was read."""
    info = sandbox.probe_image(data, timeout_s=SOON_S)
    pixels = sandbox.read_image(data, tokens_max=tokens_max, timeout_s=SOON_S)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (*info.size(tokens_max), 3)
    assert pixels.shape[0] * pixels.shape[1] == info.tokens(tokens_max) * TOKEN_PIXELS
    return info, pixels


def read_video(sandbox, data):
    """Its info and what was read; what was to be paid is what was read."""
    info = sandbox.probe_video(data, timeout_s=SOON_S)
    read = sandbox.read_video(data, timeout_s=SOON_S)
    assert read.frames.dtype == np.uint8
    assert read.plan == info.plan
    assert read.frames.size == 3 * FRAMES_MERGED * TOKEN_PIXELS * info.plan.tokens
    assert len(read.frames) == FRAMES_MERGED * len(read.seconds)
    return info, read
