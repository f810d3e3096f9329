"""What goes wrong in an engine stays with the input it belongs to."""

import numpy as np
import pytest

from embeddings.engine.base import (
    BadVector,
    DeviceOutOfMemory,
    EngineBroken,
    EngineInput,
    RefusedInput,
    check_vectors,
)
from embeddings.engine.halving import in_halves
from embeddings.engine.load import load


class Broken:
    """The real model, with a fault in its answer or before it."""

    def __init__(self, model, fault):
        self.model, self.fault = model, fault

    def __getattr__(self, name):
        return getattr(self.model, name)

    def __call__(self, packed):
        return self.fault(self.model, packed)


@pytest.fixture(scope="module")
def real():
    from django.test import override_settings

    with override_settings(AUROUS_DEVICE="cpu", AUROUS_DTYPE="float32", AUROUS_TORCH_THREADS=1):
        return load("text_encoder", "aurous-embed-text")


@pytest.fixture
def engine(real, monkeypatch):
    def breaks(fault):
        monkeypatch.setattr(real, "_model", Broken(real._model, fault))
        return real

    return breaks


def text(*ids):
    return EngineInput(ids, 384)


INPUTS = [text(7592), text(7592, 2088, 2003), text(2088, 7592), text(2003, 2003, 2003, 2003)]


def test_rows_that_are_no_unit_vectors_fail_alone():
    rows = np.eye(6, dtype=np.float32)
    rows[1, 1] = np.nan
    rows[2, 2] = np.inf
    rows[3, 3] = 0.0
    rows[4, 4] = 1.01
    results = check_vectors(rows)
    assert [isinstance(result, BadVector) for result in results] == [
        False, True, True, True, True, False,
    ]  # fmt: skip
    assert np.array_equal(results[5], rows[5])


def test_a_batch_that_fits_runs_once():
    runs = []
    results = in_halves(
        [1, 2, 3],
        lambda part: runs.append(part) or part,
        out_of_memory=MemoryError,
        release=pytest.fail,
    )
    assert results == [1, 2, 3]
    assert runs == [[1, 2, 3]]


def test_a_batch_that_does_not_fit_is_halved_and_order_is_kept():
    released = []

    def run(part):
        if sum(part) > 10:
            raise MemoryError
        return [n * 10 for n in part]

    results = in_halves(
        [4, 4, 11, 4, 4, 1],
        run,
        out_of_memory=MemoryError,
        release=lambda: released.append(1),
    )
    assert isinstance(results[2], DeviceOutOfMemory)
    assert [r for n, r in enumerate(results) if n != 2] == [40, 40, 40, 40, 10]
    assert released


def test_other_errors_are_not_taken_for_a_lack_of_memory():
    def run(part):
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        in_halves([1, 2], run, out_of_memory=MemoryError, release=pytest.fail)


@pytest.mark.engine
def test_a_nan_row_fails_alone_and_the_others_keep_their_places(engine, real):
    healthy = real.encode(INPUTS)

    def fault(model, packed):
        vectors = model(packed).clone()
        vectors[0, 5] = float("nan")  # the longest comes first inside a batch
        return vectors

    results = engine(fault).encode(INPUTS)
    assert isinstance(results[3], BadVector)
    assert all(np.array_equal(results[n], healthy[n]) for n in range(3))


@pytest.mark.engine
def test_inputs_the_model_cannot_read_fail_alone(real):
    inputs = [
        text(*[2_000] * 511),
        text(30_522),
        text(-1),
        EngineInput((7592,), 64),
        text(7592),
        text(),
    ]
    results = real.encode(inputs)
    assert [isinstance(result, RefusedInput) for result in results] == [True] * 4 + [False] * 2
    assert np.array_equal(results[4], real.encode([text(7592)])[0])
    assert all(isinstance(r, RefusedInput) for r in real.encode(inputs[:4]))
    assert real.encode([]) == []


@pytest.mark.engine
def test_when_memory_ends_the_batch_is_halved_until_it_fits(engine, real):
    import torch

    healthy = real.encode(INPUTS)
    sizes = []

    def fault(model, packed):
        texts = sum(group.count for group in packed.groups)
        sizes.append(texts)
        if texts > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return model(packed)

    results = engine(fault).encode(INPUTS)
    assert sizes == [4, 2, 1, 1, 2, 1, 1]
    assert all(float(a @ b) > 0.99999 for a, b in zip(results, healthy, strict=True))


@pytest.mark.engine
def test_one_input_that_never_fits_fails_alone(engine):
    import torch

    def fault(model, packed):
        if packed.groups[0].length == 6:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return model(packed)

    results = engine(fault).encode(INPUTS)
    assert isinstance(results[3], DeviceOutOfMemory)
    assert all(isinstance(result, np.ndarray) for result in results[:3])


@pytest.mark.engine
def test_a_sticky_gpu_error_breaks_the_engine(engine):
    import torch

    def fault(model, packed):
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(EngineBroken):
        engine(fault).encode(INPUTS)


@pytest.mark.engine
@pytest.mark.parametrize(("device", "error"), [("cuda", EngineBroken), ("cpu", RuntimeError)])
def test_a_plain_error_breaks_the_engine_only_on_a_gpu(engine, monkeypatch, device, error):
    def fault(model, packed):
        raise RuntimeError("CUBLAS_STATUS_EXECUTION_FAILED")

    broken = engine(fault)
    monkeypatch.setattr(broken, "_device", device)
    with pytest.raises(error):
        broken.encode(INPUTS)


@pytest.mark.engine
def test_warming_up_tells_when_the_model_cannot_answer(engine):
    broken = engine(lambda model, packed: model(packed) * 2)
    with pytest.raises(BadVector):
        broken.warm_up()


@pytest.mark.engine
def test_a_gpu_that_torch_cannot_use_is_told_at_the_start(settings, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    settings.AUROUS_DEVICE = "cuda"
    settings.AUROUS_DTYPE = "float32"
    with pytest.raises(EngineBroken, match="AUROUS_DEVICE"):
        load("text_encoder", "aurous-embed-text")


def test_another_architecture_than_the_one_computed_is_refused(tmp_path):
    import torch

    from embeddings.engine.bert import Weights

    (tmp_path / "config.json").write_text('{"model_type": "bert", "hidden_act": "relu"}')
    with pytest.raises(ValueError, match="relu"):
        Weights(tmp_path, device="cpu", dtype=torch.float32)
