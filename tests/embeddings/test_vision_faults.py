"""One bad input fails alone; a device that died ends the engine."""

import numpy as np
import pytest
import torch

from embeddings.engine.base import (
    BadVector,
    Clip,
    DeviceOutOfMemory,
    EngineBroken,
    EngineInput,
    Picture,
    RefusedInput,
)
from tests.embeddings.tiny_vision import faulty_engine, tiny_engine, tiny_vision
from tests.embeddings.vision_reference import engine_input, picture, video

pytestmark = pytest.mark.engine

PIXELS = picture(1)
FRAMES = video(1).frames
IDS = (300, 301, 302)


@pytest.fixture(scope="module")
def real():
    with tiny_vision():
        yield tiny_engine()


@pytest.fixture
def engine(real):
    return lambda fault: faulty_engine(real, fault)


@pytest.fixture(scope="module")
def inputs(real):
    contents = [["a"], [PIXELS], ["b ", PIXELS], ["a long text " * 9], [video(1)]]
    return [engine_input(content) for content in contents]


def picture_of(shape, dtype=np.uint8, at=0):
    return EngineInput(IDS, 128, (Picture(at, np.zeros(shape, dtype)),))


def clip_of(frames, seconds):
    return EngineInput(IDS, 128, (Clip(0, np.zeros((frames, 64, 64, 3), np.uint8), seconds),))


BAD = {
    "an id beyond the vocabulary": EngineInput((512,), 128),
    "a negative id": EngineInput((-1,), 128),
    "more dimensions than the model has": EngineInput(IDS, 4_096),
    "fewer dimensions than the model was trained for": EngineInput(IDS, 32),
    "more tokens than the model reads": EngineInput((300,) * 40_000, 128),
    "more tokens with the template than the model reads": EngineInput((300,) * 32_760, 128),
    "pixels that are floats": picture_of((64, 64, 3), np.float32),
    "pixels without colours": picture_of((64, 64)),
    "pixels with transparency": picture_of((64, 64, 4)),
    "a side that is no multiple of 32": picture_of((64, 48, 3)),
    "no pixels": picture_of((0, 64, 3)),
    "media behind the end": picture_of((64, 64, 3), at=4),
    "media before the beginning": picture_of((64, 64, 3), at=-1),
    "media out of order": EngineInput(IDS, 128, (Picture(2, PIXELS), Picture(1, PIXELS))),
    "an odd count of frames": clip_of(3, (0.5,)),
    "no frames": clip_of(0, ()),
    "more timestamps than pairs": clip_of(4, (0.5, 1.0, 2.0)),
    "a timestamp that is no number": clip_of(2, (float("nan"),)),
}


@pytest.mark.parametrize("what", BAD)
def test_what_the_model_cannot_read_fails_alone(real, inputs, what):
    results = real.encode([inputs[0], BAD[what], inputs[1]])
    assert isinstance(results[1], RefusedInput), results[1]
    assert isinstance(results[0], np.ndarray)
    assert isinstance(results[2], np.ndarray)


@pytest.mark.parametrize("token", ["image_id", "video_id", "start_id", "stop_id"])
def test_an_id_that_stands_for_media_is_no_text(real, token):
    (result,) = real.encode([EngineInput((getattr(real.model, token),), 128)])
    assert isinstance(result, RefusedInput)


def test_an_input_of_an_unforeseen_kind_fails_alone(real, inputs):
    results = real.encode([EngineInput(("x",), 128), inputs[0], EngineInput(None, 128)])
    assert [isinstance(result, Exception) for result in results] == [True, False, True]


def test_only_bad_inputs_and_none_at_all(real):
    results = real.encode([BAD["no pixels"], BAD["a negative id"]])
    assert [type(result) for result in results] == [RefusedInput, RefusedInput]
    assert real.encode([]) == []


def test_pixels_may_lie_anyhow_in_memory(real):
    turned = PIXELS.transpose(1, 0, 2)
    lying, copied = (EngineInput(IDS, 128, (Picture(1, p),)) for p in (turned, turned.copy()))
    first, second = real.encode([lying, copied])
    assert float(first @ second) > 0.999999


def test_when_memory_ends_the_batch_is_halved_until_it_fits(engine, real, inputs):
    sizes = []

    def fault(model, batch, tensors):
        sizes.append(len(batch.places))
        if len(batch.places) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return model(batch, tensors)

    results = engine(fault).encode(inputs)
    assert sizes == [5, 2, 1, 1, 3, 1, 2, 1, 1]
    healthy = real.encode(inputs)
    assert min(float(a @ b) for a, b in zip(results, healthy, strict=True)) > 0.99999


def test_one_input_that_never_fits_fails_alone(engine, inputs):
    def fault(model, batch, tensors):
        if batch.frames is not None:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return model(batch, tensors)

    results = engine(fault).encode(inputs)
    expected = [np.ndarray, DeviceOutOfMemory, DeviceOutOfMemory, np.ndarray, DeviceOutOfMemory]
    assert [type(result) for result in results] == expected


def test_an_unexpected_failure_is_pinned_to_its_input(engine, real, inputs):
    def fault(model, batch, tensors):
        if 4 in (frames for frames, _, _ in batch.shapes):
            raise RuntimeError("this clip is too much")
        return model(batch, tensors)

    results = engine(fault).encode(inputs)
    assert str(results[4]) == "this clip is too much"
    healthy = real.encode(inputs[:4])
    assert min(float(a @ b) for a, b in zip(results[:4], healthy, strict=True)) > 0.99999


def test_a_batch_that_cannot_be_packed_is_tried_one_by_one(real, inputs, monkeypatch):
    from embeddings.engine import qwen3_vl

    pack = qwen3_vl.pack

    def fault(prompts, side):
        if len(prompts) > 1:
            raise ValueError("cannot")
        return pack(prompts, side)

    monkeypatch.setattr(qwen3_vl, "pack", fault)
    assert all(isinstance(result, np.ndarray) for result in real.encode(inputs))


def test_a_nan_row_fails_alone_and_the_others_keep_their_places(engine, real, inputs):
    def fault(model, batch, tensors):
        vectors = model(batch, tensors).clone()
        vectors[batch.places.index(2), 5] = float("nan")
        return vectors

    results = engine(fault).encode(inputs)
    healthy = real.encode(inputs)
    assert isinstance(results[2], BadVector)
    assert all(np.array_equal(results[n], healthy[n]) for n in (0, 1, 3, 4))


def test_a_sticky_gpu_error_breaks_the_engine(engine, inputs):
    def fault(model, batch, tensors):
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(EngineBroken):
        engine(fault).encode(inputs)


@pytest.mark.parametrize("dead", [True, False])
def test_a_plain_error_on_a_gpu_breaks_the_engine_only_where_the_gpu_is_dead(
    engine, inputs, monkeypatch, dead
):
    def fault(model, batch, tensors):
        raise RuntimeError("CUBLAS_STATUS_EXECUTION_FAILED")

    def synchronize():
        if dead:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

    failing = engine(fault)
    monkeypatch.setattr(failing, "_device", "cuda")
    monkeypatch.setattr(torch.cuda, "synchronize", synchronize)
    if dead:
        with pytest.raises(EngineBroken):
            failing.encode(inputs)
    else:
        assert {type(result) for result in failing.encode(inputs)} == {RuntimeError}


def test_a_gpu_that_dies_while_it_computes_is_noticed_when_vectors_are_awaited(engine, inputs):
    class Dead:
        arrived = None

        def numpy(self):
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

    waiting = engine(lambda model, batch, tensors: model(batch, tensors))
    waiting._transfer.returning = lambda vectors: Dead()
    output = waiting.forward(waiting.prepare(inputs))
    with pytest.raises(EngineBroken):
        waiting.finish(output)


def test_steps_of_two_batches_may_overlap(real, inputs):
    assert real.overlaps
    first, second = real.prepare(inputs[:2]), real.prepare(inputs[2:])
    later, earlier = real.forward(second), real.forward(first)
    results = [*real.finish(earlier), *real.finish(later)]
    healthy = real.encode(inputs)
    assert min(float(a @ b) for a, b in zip(results, healthy, strict=True)) > 0.99999
