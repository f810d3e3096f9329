"""A vision model that is not the one computed is told at the start, before it serves anybody."""

import json
import shutil

import pytest
import torch
from django.test import override_settings

from embeddings.engine import self_check
from embeddings.engine.base import BadVector, EngineBroken, UnfitModel
from embeddings.engine.load import load
from tests.embeddings.tiny_vision import (
    faulty_engine,
    tiny_engine,
    tiny_vision,
    tiny_vision_folder,
)

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def real():
    return tiny_engine()


@pytest.fixture
def engine(real):
    return lambda fault: faulty_engine(real, fault)


def test_warming_up_proves_a_good_model(real):
    real.warm_up()


def test_warming_up_tells_when_the_model_cannot_answer(engine):
    with pytest.raises(BadVector):
        engine(lambda model, batch, tensors: model(batch, tensors) * 2).warm_up()


def test_warming_up_tells_when_company_changes_a_vector(engine):
    def fault(model, batch, tensors):
        vectors = model(batch, tensors)
        return vectors.roll(1, 0) if len(vectors) > 1 else vectors

    with pytest.raises(UnfitModel, match="in a batch"):
        engine(fault).warm_up()


@pytest.fixture
def changed(tmp_path):
    """Load the engine from a copy of the tiny model with some of one file's JSON changed."""

    def make(name, change):
        shutil.copytree(tiny_vision_folder(), tmp_path / "model")
        path = tmp_path / "model" / name
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))
        with tiny_vision(), override_settings(AUROUS_VISION_WEIGHTS=str(tmp_path / "model")):
            engine = load("qwen3_vl", "v")
            engine.warm_up()

    return make


def without_ending(content):
    content["post_processor"]["processors"].pop()


def another_pad(content):
    content["image_token_id"] += 1


UNFIT = {
    "config.json": [
        (another_pad, "config.json has"),
        (
            lambda c: c["vision_config"].update(patch_size=14, num_position_embeddings=2_304),
            "patch",
        ),
        (lambda c: c["text_config"].update(hidden_act="gelu"), "hidden_act"),
        (lambda c: c["text_config"]["rope_parameters"].update(mrope_interleaved=False), "mrope"),
    ],
    "tokenizer.json": [(without_ending, "is what the model's vector is read from")],
}


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [(name, *case) for name, cases in UNFIT.items() for case in cases],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_model_that_is_not_the_one_computed_is_refused_at_the_start(
    changed, name, change, reason
):
    with pytest.raises(UnfitModel, match=reason):
        changed(name, change)


def test_a_template_that_the_tokenizer_reads_otherwise_is_refused(real, monkeypatch):
    monkeypatch.setattr(self_check, "STOP", "")
    with pytest.raises(UnfitModel, match="written out"):
        real.warm_up()


def test_a_gpu_that_torch_cannot_use_is_told_at_the_start(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with tiny_vision(), override_settings(AUROUS_DEVICE="cuda"):
        with pytest.raises(EngineBroken, match="AUROUS_DEVICE"):
            load("qwen3_vl", "v")


def test_missing_weights_are_told_before_anything_is_loaded(tmp_path):
    with override_settings(AUROUS_VISION_WEIGHTS=str(tmp_path)):
        with pytest.raises(FileNotFoundError, match="AUROUS_VISION_WEIGHTS"):
            load("qwen3_vl", "v")
