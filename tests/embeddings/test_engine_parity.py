"""MiniLM as we run it gives what sentence-transformers gives, alone and in any company."""

import random
import warnings

import numpy as np
import pytest

from embeddings.engine import minilm
from embeddings.engine.base import EngineInput
from embeddings.engine.load import fingerprint_of, load
from embeddings.tokens import token_ids

pytestmark = pytest.mark.engine

TEXTS = [
    "A cat sits on the mat.",
    "A kitten rests on the rug.",
    "The stock market fell sharply on Tuesday.",
    "hi",
    "漢字 and émojis 😀 mixed",
    "The committee approved the annual budget after a long debate. " * 8,
    "Public transport costs rose by 4.5 % in 2025. " * 15,
    "A dog sits on the mat.",
    "?!",
]


def read(texts):
    return [EngineInput(token_ids("minilm", text), 384) for text in texts]


def encoder(dtype):
    from django.test import override_settings

    with override_settings(AUROUS_DEVICE="cpu", AUROUS_DTYPE=dtype, AUROUS_TORCH_THREADS=1):
        engine = load("text_encoder", "aurous-embed-text")
        assert engine.fingerprint == fingerprint_of("text_encoder")
    return engine


@pytest.fixture(scope="module")
def engine():
    return encoder("float32")


@pytest.fixture(scope="module")
def reference():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(minilm.folder()), device="cpu", local_files_only=True)
    vectors = model.encode(TEXTS, batch_size=4, convert_to_numpy=True, normalize_embeddings=True)
    return dict(zip(TEXTS, vectors, strict=True))


def least_cosine(results, texts, reference):
    return min(float(np.dot(r, reference[t])) for r, t in zip(results, texts, strict=True))


def test_alone(engine, reference):
    results = [engine.encode(read([text]))[0] for text in TEXTS]
    assert least_cosine(results, TEXTS, reference) >= 0.99999


@pytest.mark.parametrize("seed", range(4))
def test_in_any_company_and_order(engine, reference, seed):
    texts = random.Random(seed).choices(TEXTS, k=13)
    for line in (texts, texts[::-1]):
        assert least_cosine(engine.encode(read(line)), line, reference) >= 0.99999


def test_many_of_one_length(engine, reference):
    line = [TEXTS[0]] * 40
    assert least_cosine(engine.encode(read(line)), line, reference) >= 0.99999


def test_with_two_threads_and_after_warming_up(engine, reference):
    import torch

    torch.set_num_threads(2)
    try:
        engine.warm_up()
        assert least_cosine(engine.encode(read(TEXTS)), TEXTS, reference) >= 0.99999
    finally:
        torch.set_num_threads(1)


def test_in_bfloat16(reference):
    results = encoder("bfloat16").encode(read(TEXTS))
    cosines = [float(np.dot(r, reference[t])) for r, t in zip(results, TEXTS, strict=True)]
    assert min(cosines) >= 0.999
    assert sum(cosines) / len(cosines) >= 0.9999


def test_without_onednn_the_numbers_are_the_same(engine, reference, monkeypatch):
    from embeddings.engine import linear

    monkeypatch.setattr(linear, "hasattr", lambda *_: False, raising=False)
    plain = encoder("float32")
    assert plain._model._blocks[0].widen.__name__ == "plain"
    assert engine._model._blocks[0].widen.__name__ == "packed"
    assert least_cosine(plain.encode(read(TEXTS)), TEXTS, reference) >= 0.99999


def test_vectors_are_float32_unit_and_mean_something(engine):
    cat, kitten, stock = engine.encode(read(TEXTS[:3]))
    assert cat.dtype == np.float32
    assert cat.shape == (384,)
    assert abs(np.linalg.norm(cat) - 1) < 1e-6
    assert cat @ kitten > cat @ stock + 0.3


def test_the_longest_text_the_model_reads(engine):
    (fits,) = engine.encode([EngineInput([2_000] * 510, 384)])
    assert abs(np.linalg.norm(fits) - 1) < 1e-6
