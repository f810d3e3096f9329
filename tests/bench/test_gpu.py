"""The GPU benchmark: its arithmetic, and its code over a shape that a CPU can run."""

import json

import pytest

from bench import gpu
from bench.vision_shape import Shape
from bench.vision_work import WORKLOADS, Workload
from embeddings.engine.base import vision_patches

pytestmark = pytest.mark.engine


def test_the_floors_are_those_of_the_arithmetic():
    """2B text 87k tokens/s at 250 TFLOP/s; a 1,280-token picture 26 times a second."""
    shape = Shape()
    assert 250e12 / (shape.decoder_flop(512) / 512) == pytest.approx(87_000, rel=0.01)
    assert 400e12 / (shape.decoder_flop(512) / 512) == pytest.approx(139_000, rel=0.01)
    picture = shape.decoder_flop(1_300) + shape.tower_flop([5_120])
    assert 250e12 / picture == pytest.approx(26, rel=0.03)
    assert 400e12 / picture == pytest.approx(41, rel=0.03)
    small = shape.decoder_flop(270) + shape.tower_flop([1_024])
    assert 250e12 / small == pytest.approx(166, rel=0.05)


def test_the_shape_is_that_of_the_published_model():
    config = Shape().config({})
    assert Shape().cut(28, 1) == Shape()
    assert config["text_config"]["num_hidden_layers"] == 28
    assert config["text_config"]["head_dim"] == 128
    assert config["vision_config"]["deepstack_visual_indexes"] == [5, 11, 17]


@pytest.mark.parametrize("layers", [1, 2, 6, 100])
def test_a_cut_shape_keeps_a_layer_that_looks_deeper(layers):
    cut = Shape().cut(layers, 8)
    assert cut.layers <= layers
    assert cut.deep
    assert max(cut.deep) < cut.depth
    assert cut.heads % cut.key_heads == 0


def test_workloads_are_what_they_are_called():
    tokens = {w.name: vision_patches(w.inputs(2_048)[0]) // 4 for w in WORKLOADS if w.items == 1}
    assert tokens == {
        "text, 32 tokens": 0,
        "image, 256 tokens": 256,
        "image, 1,280 tokens": 1_280,
    }


def test_without_a_gpu_it_says_so_and_fails(monkeypatch, capsys):
    monkeypatch.setattr(gpu.torch.cuda, "is_available", lambda: False)
    assert gpu.main([]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no GPU that torch can use: nothing was measured" in printed.err


@pytest.fixture
def small(monkeypatch):
    """Two workloads that take milliseconds."""
    monkeypatch.setattr(
        gpu,
        "WORKLOADS",
        (Workload("text", 3, 4), Workload("picture", 2, 1, (2, 3))),
    )
    monkeypatch.setattr(gpu, "MINILM_BATCHES", ((2, 5),))
    return [
        "--device",
        "cpu",
        "--dtype",
        "float32",
        "--layers",
        "2",
        "--shrink",
        "8",
        "--runs",
        "1",
    ]


def test_the_code_runs_over_a_cut_down_shape(small, capsys):
    assert gpu.main([*small, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["least_cosine"] > 0.99999
    assert [row["workload"] for row in found["rows"]] == ["text", "picture"]
    # The same template around 4 tokens, and around 1 and a picture of 6 between its markers.
    text, picture = (row["tokens/s"] / row["items/s"] for row in found["rows"])
    assert picture - text == pytest.approx(1 + 6 + 2 - 4)
    for row in found["rows"]:
        assert row["encode ms"] > 0
        assert row["MFU %"] == pytest.approx(100 * row["TFLOP/s"] / 989)
        assert row["items/s at 400"] == pytest.approx(1.6 * row["items/s at 250"])
    assert list(found["minilm_tokens_per_s"]) == ["2 × 5 tokens"]


def test_people_get_a_table(small, capsys):
    assert gpu.main(small) == 0
    printed = capsys.readouterr().out
    assert "| workload | at once | forward ms |" in printed
    assert "device CPU; dtype float32" in printed
    assert "Alone and in a batch: least cosine" in printed


def test_a_vector_that_company_changes_fails_the_run(small, monkeypatch, capsys):
    monkeypatch.setattr(gpu, "agreement", lambda *_: 0.9)
    assert gpu.main([*small, "--workloads", "1"]) == 1
