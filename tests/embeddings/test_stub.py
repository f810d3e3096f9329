"""The engine of hashes, on which the rest of the suite stands."""

import subprocess
import sys

import numpy as np
import pytest

from embeddings.engine.base import EngineInput, RefusedInput
from embeddings.engine.load import fingerprint_of, load, unavailable_because
from embeddings.engine.stub import DIMENSIONS


@pytest.fixture(scope="module")
def stub():
    return load("stub", "aurous-stub")


def test_every_vector_is_float32_and_of_unit_length_in_the_dimensions_asked_for(stub):
    results = stub.encode([EngineInput([1, 2, n], size) for n, size in enumerate(DIMENSIONS)])
    assert [result.shape for result in results] == [(size,) for size in DIMENSIONS]
    assert all(result.dtype == np.float32 for result in results)
    assert all(abs(np.linalg.norm(result) - 1) < 1e-6 for result in results)


def test_short_vectors_are_the_beginning_of_the_long_one_renormalised(stub):
    long, short = stub.encode([EngineInput([5, 6], 384), EngineInput([5, 6], 64)])
    assert np.allclose(long[:64] / np.linalg.norm(long[:64]), short, atol=1e-6)


def test_a_vector_depends_on_the_ids_and_not_on_its_neighbours(stub):
    inputs = [EngineInput([n, n + 1], 384) for n in range(50)]
    together = stub.encode(inputs)
    alone = [stub.encode([one])[0] for one in inputs]
    assert all(np.array_equal(a, b) for a, b in zip(together, alone, strict=True))
    assert len({vector.tobytes() for vector in together}) == 50


def test_another_process_gives_the_same_bytes(stub):
    code = (
        "from embeddings.engine.stub import StubEngine\n"
        "from embeddings.engine.base import EngineInput\n"
        "engine = StubEngine(slug='s', fingerprint='f')\n"
        "print(engine.encode([EngineInput((7, 8, 9), 128)])[0].tobytes().hex())\n"
    )
    other = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    (mine,) = stub.encode([EngineInput((7, 8, 9), 128)])
    assert other.stdout.decode().strip() == mine.tobytes().hex()


def test_unknown_dimensions_fail_alone(stub):
    good, bad, empty = stub.encode(
        [EngineInput([1], 64), EngineInput([1], 65), EngineInput([], 384)]
    )
    assert isinstance(bad, RefusedInput)
    assert good.shape == (64,)
    assert empty.shape == (384,)


def test_no_inputs_give_no_results(stub):
    assert stub.encode([]) == []


def test_it_is_always_there_and_has_its_own_fingerprint(stub):
    stub.warm_up()
    assert unavailable_because("stub") is None
    assert stub.slug == "aurous-stub"
    assert stub.fingerprint == fingerprint_of("stub")
    assert len(stub.fingerprint) == 64
