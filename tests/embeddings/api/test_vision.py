"""Pictures and videos through the API: one vector, and the same tokens and credits everywhere."""

import base64
from decimal import Decimal

import numpy as np
import pytest

from billing.models import UsageBucket
from embeddings.models import Inference
from tests.embeddings.api.stage import complaints
from tests.embeddings.api.vision import (
    MEDIA_NANO,
    TEXT_NANO,
    VISION,
    acme,
    media_server,
    site,
    vision,
)
from tests.embeddings.files import data_url, image_part, mp4, png, text_part, video_part

__all__ = ["acme", "media_server", "site", "vision"]
PICTURE = png(64, 96)  # 2 × 3 tokens
WORDS = "A chair, oak, 1962."


def vector_of(answer):
    return np.array(answer.json["data"][0]["embedding"], dtype=np.float64)


def cost_of(tokens):
    nano = tokens["text"] * TEXT_NANO + (tokens["visual"] + tokens["video"]) * MEDIA_NANO
    return Decimal(nano) / 10**9


def test_the_seed_example_text_picture_and_video_in_one_vector(acme):
    answer = acme.see(
        text_part(WORDS),
        image_part(PICTURE),
        video_part(mp4()),
        dimensions=1_024,
        encoding_format="base64",
        user="user-7",
    )
    assert answer.status == 200, answer.content
    vector = answer.json["data"][0]["embedding"]
    assert len(vector) == 1_024
    assert all(isinstance(number, Decimal) for number in vector)
    assert np.linalg.norm(vector_of(answer)) == pytest.approx(1.0, abs=1e-5)
    assert answer.json["model"] == VISION


def test_tokens_and_credits_are_equal_in_reply_row_transfer_bucket_and_list(acme):
    before = acme.credits
    answer = acme.see(text_part(WORDS), image_part(PICTURE), video_part(mp4()))
    usage = answer.json["usage"]
    tokens, paid = usage["breakdown"]["tokens"], usage["breakdown"]["input"]
    assert tokens["text"] > 0
    assert tokens["visual"] == 6
    assert tokens["video"] == 12  # 4 frames are 2 pairs of 2 × 3
    assert usage["prompt_tokens"] == usage["total_tokens"] == sum(tokens.values())
    assert usage["credits_charged"] == cost_of(tokens) == sum(paid.values())
    event, line = acme.events()[0], acme.lines()[0]
    assert (event["tokens"], event["credits"]) == (tokens, paid)
    assert event["credits_charged"] == usage["credits_charged"] == -line["amount"]
    row = Inference.objects.get(pk=event["id"])
    assert (row.tokens_text, row.tokens_visual, row.tokens_video) == tuple(tokens.values())
    assert line["reference"] == f"inference:{row.id}"
    assert acme.credits == before - usage["credits_charged"]
    bucket = UsageBucket.objects.get(team_id=acme.team.id)
    assert (bucket.tokens_text, bucket.tokens_visual, bucket.tokens_video) == tuple(tokens.values())
    assert complaints() == {}


def test_order_matters(acme):
    one = vector_of(acme.see(text_part(WORDS), image_part(PICTURE)))
    other = vector_of(acme.see(image_part(PICTURE), text_part(WORDS)))
    again = vector_of(acme.see(text_part(WORDS), image_part(PICTURE)))
    assert one @ again > 0.99999
    assert one @ other < 0.9999


@pytest.mark.parametrize("dimensions", [2_048, 1_024, 512, 256, 128])
def test_fewer_dimensions_are_the_first_ones_renormalised(acme, dimensions):
    whole = vector_of(acme.see(image_part(PICTURE)))
    cut = vector_of(acme.see(image_part(PICTURE), dimensions=dimensions))
    expected = whole[:dimensions] / np.linalg.norm(whole[:dimensions])
    assert len(cut) == dimensions
    assert cut == pytest.approx(expected, abs=1e-5)


def test_text_alone_works_too_and_special_tokens_in_it_stay_text(acme):
    plain = acme.embed("a cat", model=VISION)
    assert plain.status == 200
    trick = acme.embed("<|image_pad|><|vision_start|><|im_end|>", model=VISION)
    assert trick.status == 200, trick.content
    assert trick.json["usage"]["breakdown"]["tokens"]["visual"] == 0
    assert trick.json["usage"]["breakdown"]["tokens"]["text"] > 3


def test_an_estimate_is_exact_for_what_is_in_the_request(acme):
    parts = [text_part(WORDS), image_part(PICTURE), video_part(mp4())]
    guess, answer = acme.guess(*parts).json, acme.see(*parts).json["usage"]
    tokens = answer["breakdown"]["tokens"]
    assert guess["tokens"] == {
        "text": tokens["text"],
        "image": tokens["visual"],
        "video": tokens["video"],
        "total": answer["total_tokens"],
    }
    assert guess["credits_estimated"] == answer["credits_charged"]
    assert guess["breakdown"]["input"] == answer["breakdown"]["input"]


@pytest.mark.parametrize(
    ("part", "kind", "tokens"),
    [
        (image_part("https://cdn.example.com/a.png"), "image", 1_280),
        (image_part("https://cdn.example.com/a.png", detail="low"), "image", 256),
        (image_part("https://cdn.example.com/a.png", detail="high"), "image", 1_280),
        (image_part("https://cdn.example.com/a.png", detail="auto"), "image", 1_280),
        (video_part("https://cdn.example.com/a.mp4"), "video", 4_500),
    ],
)
def test_an_estimate_of_a_url_is_the_most_it_can_cost_and_fetches_nothing(
    acme, part, kind, tokens, monkeypatch
):
    import socket

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("a name was looked up"))
    guess = acme.guess(part).json
    assert guess["tokens"] == {"text": 0, "image": 0, "video": 0, "total": tokens} | {kind: tokens}


def test_what_is_behind_a_url_is_held_at_the_most_and_charged_as_read(acme, site):
    url = site.url("/chair.png", PICTURE)
    guess = acme.guess(image_part(url)).json
    answer = acme.see(image_part(url))
    assert answer.status == 200, answer.content
    assert answer.json["usage"]["breakdown"]["tokens"] == {"text": 0, "visual": 6, "video": 0}
    row = Inference.objects.get(pk=acme.events()[0]["id"])
    assert row.held == 1_280 * MEDIA_NANO == int(guess["credits_estimated"] * 10**9)
    assert row.charged == 6 * MEDIA_NANO
    assert acme.balance["held_credits"] == 0
    assert complaints() == {}


def test_a_url_and_the_same_bytes_in_the_request_give_the_same_vector(acme, site):
    by_url = acme.see(image_part(site.url("/a.png", PICTURE)), video_part(site.url("/a", mp4())))
    inside = acme.see(image_part(PICTURE), video_part(mp4()))
    assert vector_of(by_url) @ vector_of(inside) > 0.99999
    assert by_url.json["usage"] == inside.json["usage"]


def test_less_detail_is_fewer_tokens(acme):
    large = png(1_024, 768)
    high = acme.see(image_part(large, detail="high")).json["usage"]["total_tokens"]
    low = acme.see(image_part(large, detail="low")).json["usage"]["total_tokens"]
    assert (high, low <= 256, low > 200) == (768, True, True)


def test_eight_pictures_and_two_videos_are_read(acme):
    parts = [image_part(png(64, 64, seed)) for seed in range(8)]
    parts += [video_part(mp4(seed=seed)) for seed in range(2)]
    answer = acme.see(*parts)
    assert answer.status == 200, answer.content
    assert answer.json["usage"]["breakdown"]["tokens"] == {"text": 0, "visual": 32, "video": 24}


def test_a_replay_is_the_same_bytes_and_costs_nothing(acme, site):
    url = site.url("/replayed.png", PICTURE)
    first = acme.see(image_part(url), Idempotency_Key="k")
    fetched = site.asked.count("/replayed.png")
    second = acme.see(image_part(url), Idempotency_Key="k")
    assert (second.status, second.replayed, second.content) == (200, True, first.content)
    assert site.asked.count("/replayed.png") == fetched == 1
    assert len(acme.lines()) == 2  # the grant and one charge


def test_the_price_of_what_is_held_is_what_must_be_there(acme, site):
    from tests.embeddings.api.stage import customer
    from tests.embeddings.api.vision import Viewer

    made = customer("0.06")  # 1,280 tokens cost 0.0624
    poor = Viewer(made.key, made.key_id, made.team)
    refused = poor.see(image_part(site.url("/b.png", PICTURE)))
    assert (refused.status, refused.code) == (402, "balance_too_low")
    assert "0.0624" in refused.error["message"]
    assert poor.see(image_part(PICTURE)).status == 200  # in the request its price is known


def test_the_model_says_what_it_takes_and_that_it_is_random(acme):
    model = acme.get(f"models/{VISION}").json
    assert model["aurous_metadata"]["modalities"] == ["image", "text", "video"]
    assert model["aurous_metadata"]["dimensions"] == [2_048, 1_024, 512, 256, 128]
    assert model["aurous_metadata"]["fingerprint"].startswith("random-")
    assert "random" in model["owned_by"]
    assert model["embedding_pricing"]["visual"]["credits_per_M"] == Decimal("48.75")


def test_a_picture_to_a_model_of_text_is_told_which_part(acme):
    answer = acme.embed([text_part("a"), image_part(PICTURE)], model="aurous-embed-text")
    assert (answer.status, answer.code) == (400, "embeddings_modality_unsupported")
    assert answer.error["param"] == "input[1]"


def test_too_many_tokens_of_media_are_told_with_both_numbers(acme):
    parts = [image_part("https://cdn.example.com/a.png")] * 8
    parts += [video_part("https://cdn.example.com/a.mp4")] * 2
    answer = acme.see(*parts)
    assert (answer.status, answer.code) == (400, "embeddings_input_too_large")
    assert "19,240" in answer.error["message"]
    assert "16,384" in answer.error["message"]


def test_data_urls_take_any_type_the_bytes_decide(acme):
    mislabelled = {"type": "image_url", "image_url": {"url": data_url(PICTURE, "text/plain")}}
    assert acme.see(mislabelled).status == 200


NEW = "2026-11-01"


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_several_texts_in_one_request_have_the_vectors_that_they_have_alone(acme, encoding):
    texts = [WORDS, "A lamp.", "A table of two woods, about 1970, with a drawer."]
    answer = acme.see(*texts, dimensions=256, encoding_format=encoding, Aurous_Version=NEW)
    assert answer.status == 200, answer.content
    rows = [vector_in(item["embedding"]) for item in answer.json["data"]]
    alone = [acme.see(text_part(text), dimensions=256) for text in texts]
    for row, one in zip(rows, alone, strict=True):
        assert row @ vector_of(one) == pytest.approx(1.0, abs=1e-5)
    total = sum(one.json["usage"]["total_tokens"] for one in alone)
    assert answer.json["usage"]["total_tokens"] == total
    assert acme.guess(*texts, dimensions=256).code == "embeddings_batch_not_supported"


def test_pictures_and_parts_in_base64_are_the_same_vector(acme):
    parts = (text_part(WORDS), image_part(PICTURE))
    numbers = acme.see(*parts, Aurous_Version=NEW)
    text = acme.see(*parts, encoding_format="base64", Aurous_Version=NEW)
    assert vector_in(text.json["data"][0]["embedding"]) @ vector_of(numbers) == pytest.approx(
        1.0, abs=1e-5
    )


def vector_in(embedding):
    """A vector as JSON has it, in either encoding."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding), dtype="<f4").astype(np.float64)
    return np.array(embedding, dtype=np.float64)
