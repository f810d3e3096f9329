"""The engines on a real GPU, where there is one: the same vectors as plain transformers."""

import pytest
import torch
from django.test import override_settings

from embeddings.engine.load import load
from tests.embeddings.test_vision_parity import CONTENTS
from tests.embeddings.tiny_vision import tiny_vision, tiny_vision_folder
from tests.embeddings.vision_reference import Reference, engine_input

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use"),
]
NAMES = list(CONTENTS)


@pytest.fixture(scope="module")
def expected():
    with tiny_vision():
        reference = Reference(tiny_vision_folder())
        return [reference.vectors([CONTENTS[name]])[0] for name in NAMES]


@pytest.fixture(scope="module")
def inputs(expected):
    with tiny_vision():
        return [engine_input(CONTENTS[name]) for name in NAMES]


def on_gpu(engine, dtype):
    with tiny_vision(), override_settings(AUROUS_DEVICE="cuda", AUROUS_DTYPE=dtype):
        return load(engine, "on-gpu")


@pytest.mark.parametrize(("dtype", "least"), [("float32", 0.99999), ("bfloat16", 0.999)])
def test_vision_gives_what_transformers_gives_on_the_cpu(inputs, expected, dtype, least):
    engine = on_gpu("qwen3_vl", dtype)
    engine.warm_up()
    together = engine.encode(inputs)
    alone = [engine.encode([item])[0] for item in inputs]
    for results in (together, alone):
        cosines = [float(a @ b) for a, b in zip(results, expected, strict=True)]
        assert min(cosines) >= least
        assert sum(cosines) / len(cosines) >= max(least, 0.9999)


def test_the_steps_of_vision_do_not_wait_for_the_gpu_until_the_end(inputs):
    """With syncs made errors, only `finish` may wait."""
    engine = on_gpu("qwen3_vl", "bfloat16")
    engine.warm_up()
    prepared = engine.prepare(inputs)
    torch.cuda.set_sync_debug_mode("error")
    try:
        output = engine.forward(prepared)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert not any(isinstance(result, Exception) for result in engine.finish(output))


def test_minilm_answers_on_the_gpu():
    on_gpu("text_encoder", "bfloat16").warm_up()
