"""The vision engine gives what plain transformers gives, alone and in any company."""

import itertools
import random

import numpy as np
import pytest

from tests.embeddings.tiny_vision import tiny_engine, tiny_vision, tiny_vision_folder
from tests.embeddings.vision_reference import Reference, engine_input, picture, video

pytestmark = pytest.mark.engine

A, B = picture(1), picture(2, 96, 64)
CLIP, LONGER = video(1), video(2, 6, 64, 96)
CONTENTS = {
    "a text": ["The cat sat on the mat."],
    "a single token": ["a"],
    "a long text": ["The committee approved the budget after a long debate. " * 40],
    "two texts": ["The cat sat", " on the mat."],
    "a picture": [A],
    "eight pictures": [picture(seed, 32 * (1 + seed % 3), 64) for seed in range(10, 18)],
    "a large picture": [picture(3, 256, 320)],
    "a very wide picture": [picture(4, 32, 640)],
    "a video": [CLIP],
    "two videos": [CLIP, LONGER],
    "a text before a picture": ["What is this?", A],
    "a picture before a text": [A, "What is this?"],
    "all in one order": ["First ", A, " then ", CLIP, " and last ", B],
    "all in another order": [LONGER, "First ", B, A, " then ", CLIP, " the end"],
    "markers in the text": ["漢字 and émojis 😀, don't [stop] <3.0 seconds>", A],
}


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


@pytest.fixture(scope="module")
def alone(reference):
    """Each content's vector, as plain transformers computes it alone."""
    return {name: reference.vectors([content])[0] for name, content in CONTENTS.items()}


def cosines(results, names, expected):
    return [float(result @ expected[name]) for result, name in zip(results, names, strict=True)]


@pytest.mark.parametrize("name", CONTENTS)
def test_alone(engine, alone, name):
    (result,) = engine.encode([engine_input(CONTENTS[name])])
    assert float(result @ alone[name]) >= 0.99999


@pytest.mark.parametrize("name", CONTENTS)
def test_ids_and_placeholders_are_those_of_the_official_processor(engine, reference, name):
    prompt = engine.template.prompt(engine_input(CONTENTS[name]))
    inputs = reference.inputs([CONTENTS[name]])
    assert prompt.ids.tolist() == inputs["input_ids"][0].tolist()
    kinds = inputs["mm_token_type_ids"][0]
    assert engine.template.visual_tokens(prompt) == (
        int((kinds == 1).sum()),
        int((kinds == 2).sum()),
    )


@pytest.mark.parametrize("padding", ["left", "right"])
def test_in_a_padded_batch_transformers_gives_the_same(reference, alone, padding):
    names = ["a text", "all in one order", "a single token", "a picture", "all in another order"]
    results = reference.vectors([CONTENTS[name] for name in names], padding=padding)
    assert min(cosines(results, names, alone)) >= 0.99999


@pytest.mark.parametrize("seed", range(3))
def test_in_any_company_and_order(engine, alone, seed):
    names = random.Random(seed).choices(list(CONTENTS), k=14)
    for line in (names, names[::-1]):
        results = engine.encode([engine_input(CONTENTS[name]) for name in line])
        assert min(cosines(results, line, alone)) >= 0.99999


def test_many_of_one_kind(engine, alone):
    for name in ("a text", "a picture", "a video"):
        results = engine.encode([engine_input(CONTENTS[name])] * 9)
        assert min(cosines(results, [name] * 9, alone)) >= 0.99999


def test_in_bfloat16(alone):
    names = list(CONTENTS)
    engine = tiny_engine("bfloat16")
    results = engine.encode([engine_input(CONTENTS[name]) for name in names])
    singly = [engine.encode([engine_input(CONTENTS[name])])[0] for name in names]
    for each in (cosines(results, names, alone), cosines(singly, names, alone)):
        assert min(each) >= 0.999
        assert sum(each) / len(each) >= 0.9999


@pytest.mark.parametrize("dimensions", [1_024, 512, 256, 128])
def test_a_shorter_vector_is_the_longer_one_cut_and_of_length_one_again(engine, alone, dimensions):
    names = ["a text", "all in one order"]
    inputs = [
        engine_input(CONTENTS["a text"], dimensions),
        engine_input(CONTENTS["all in one order"]),
        engine_input(CONTENTS["all in one order"], dimensions),
    ]
    text, whole, mixed = engine.encode(inputs)
    for result, name in zip((text, mixed), names, strict=True):
        cut = alone[name][:dimensions]
        assert result.shape == (dimensions,)
        assert result.dtype == np.float32
        assert float(result @ cut) / float(np.linalg.norm(cut)) >= 0.99999
        assert abs(float(result @ result) - 1) < 1e-5
    assert whole.shape == (2_048,)


def test_order_and_content_matter(engine):
    contents = [
        ["What is this?", A],
        [A, "What is this?"],
        ["What is this?", B],
        [A, B],
        [B, A],
        [CLIP],
        [A],
        [video(9)],
    ]
    vectors = np.stack(engine.encode([engine_input(content) for content in contents]))
    others = vectors @ vectors.T - np.eye(len(vectors))
    assert others.max() < 0.998


def test_when_a_pair_of_frames_shows_matters(engine):
    early, late = video(1), video(1)
    late = type(late)(late.frames, tuple(index + 40 for index in late.indices), late.fps)
    first, second = engine.encode([engine_input([early]), engine_input([late])])
    assert float(first @ second) < 0.9999


def deeper(layers):
    """Another model of the architecture: biases, more layers, three of them looking deeper."""
    import torch
    from transformers import AutoConfig, Qwen3VLModel

    config = AutoConfig.from_pretrained(tiny_vision_folder())
    for name, value in {
        "hidden_size": 96,
        "num_hidden_layers": layers,
        "num_attention_heads": 8,
        "attention_bias": True,
        "intermediate_size": 64,
    }.items():
        setattr(config.text_config, name, value)
    config.vision_config.out_hidden_size = 96
    config.vision_config.depth = 5
    config.vision_config.deepstack_visual_indexes = [0, 2, 4]
    torch.manual_seed(1)
    model = Qwen3VLModel(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.randn_like(weight) * (0.1 if weight.ndim > 1 else 0.3) + 0.02)
    return model


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_a_model_of_another_depth_and_with_biases(reference, engine, layers):
    from embeddings.engine.qwen3_vl import Qwen3VL
    from embeddings.engine.qwen3_vl_model import EmbeddingModel

    model = deeper(layers)
    names = ["a text", "all in one order", "eight pictures", "two videos"]
    expected = {name: reference.vectors([CONTENTS[name]], model=model)[0] for name in names}
    ours = Qwen3VL(
        slug="deeper",
        fingerprint="f",
        template=engine.template,
        model=EmbeddingModel(model, "cpu"),
        device="cpu",
    )
    results = ours.encode([engine_input(CONTENTS[name], 96) for name in names])
    # Its vectors are much alike: numbers tell more than angles.
    difference = max(abs(r - expected[n]).max() for r, n in zip(results, names, strict=True))
    apart = min(abs(a - b).max() for a, b in itertools.combinations(results, 2))
    assert difference < 1e-5
    assert apart > 1e-2
