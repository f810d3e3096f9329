"""What a 200 of ``POST /v1/embeddings`` looks like, to the last key and digit."""

import json
import re
from decimal import Decimal

import numpy as np
import pytest

from embeddings.models import Inference
from tests.embeddings.api.stage import CAT, STUB, TEN_TOKENS, TEXT, VERSION, credits_of

NUMBER = re.compile(rb'"embedding":\[([^\]]*)\]')


def text_part(text):
    return {"type": "text", "text": text}


def vector_of(answer):
    return np.array(answer.json["data"][0]["embedding"], dtype=np.float64)


def test_the_body_has_exactly_the_documented_keys_and_values(acme):
    answer = acme.embed(TEN_TOKENS)
    assert answer.status == 200
    body = answer.json
    vector = body["data"][0].pop("embedding")
    assert len(vector) == 384
    assert all(isinstance(number, Decimal) for number in vector)
    assert body == {
        "object": "list",
        "data": [{"object": "embedding", "index": 0}],
        "model": STUB,
        "usage": {
            "prompt_tokens": 10,
            "total_tokens": 10,
            "credits_charged": Decimal("0.0001875"),
            "breakdown": {
                "input": {"text": Decimal("0.0001875"), "visual": 0, "video": 0},
                "tokens": {"text": 10, "visual": 0, "video": 0},
                "model": STUB,
            },
        },
    }


def test_the_keys_come_in_the_order_of_the_documentation(acme):
    body = acme.embed().json
    assert list(body) == ["object", "data", "model", "usage"]
    assert list(body["usage"]) == ["prompt_tokens", "total_tokens", "credits_charged", "breakdown"]


def test_the_vector_has_unit_length(acme):
    assert np.linalg.norm(vector_of(acme.embed())) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("dimensions", [64, 128, 256, 384])
def test_a_model_with_several_dimensions_answers_those_asked_for_at_unit_length(acme, dimensions):
    vector = vector_of(acme.embed(dimensions=dimensions))
    assert len(vector) == dimensions
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)


def test_each_number_is_the_shortest_text_of_its_float32(acme):
    for text in NUMBER.search(acme.embed().content)[1].decode().split(","):
        assert Decimal(text) == Decimal(str(np.float32(text)))  # numpy prints the shortest


def test_the_same_text_gives_the_same_bytes_in_the_vector(acme):
    first, second = acme.embed(), acme.embed()
    assert NUMBER.search(first.content)[0] == NUMBER.search(second.content)[0]
    assert NUMBER.search(acme.embed(CAT + " ").content)[0] == NUMBER.search(first.content)[0]
    assert NUMBER.search(acme.embed("A dog.").content)[0] != NUMBER.search(first.content)[0]


def test_parts_are_read_as_one_document_in_order(acme):
    whole = acme.embed([text_part("one two"), text_part("three")])
    assert whole.json["usage"]["prompt_tokens"] == 3
    assert (vector_of(whole) == vector_of(acme.embed("one two three"))).all()
    swapped = acme.embed([text_part("three"), text_part("one two")])
    assert (vector_of(whole) != vector_of(swapped)).any()


def test_parts_do_not_melt_into_one_another(acme):
    assert acme.embed("walking").json["usage"]["prompt_tokens"] == 1
    apart = acme.embed([text_part("walk"), text_part("ing")])
    assert apart.json["usage"]["prompt_tokens"] == 2
    assert (vector_of(apart) == vector_of(acme.embed("walk ing"))).all()


def test_one_text_part_is_the_same_as_a_string(acme):
    assert (vector_of(acme.embed([text_part(CAT)])) == vector_of(acme.embed(CAT))).all()


def test_special_tokens_in_a_text_are_ordinary_text_and_counted(acme):
    assert acme.embed("[SEP]").json["usage"]["prompt_tokens"] == 3  # [ sep ]


@pytest.mark.parametrize("format_", ["float", "base64", None])
def test_under_the_first_version_vectors_are_floats_whatever_is_asked(acme, format_):
    vector = acme.embed(encoding_format=format_).json["data"][0]["embedding"]
    assert isinstance(vector, list)


@pytest.mark.parametrize(
    "fields",
    [
        {"dimensions": None},
        {"encoding_format": None},
        {"user": None},
        {"dimensions": None, "encoding_format": None, "user": None},
    ],
    ids="+".join,
)
def test_an_optional_field_that_is_null_counts_as_absent(acme, fields):
    answer = acme.embed(**fields)
    assert answer.status == 200
    assert len(answer.json["data"][0]["embedding"]) == 384


@pytest.mark.parametrize("number", [b"64", b"64.0", b"6.4e1", b"640e-1"])
def test_dimensions_may_be_any_number_with_a_whole_value(acme, number):
    body = b'{"model":"aurous-stub","input":"cat","dimensions":%s}' % number
    assert len(acme.post("embeddings", body).json["data"][0]["embedding"]) == 64


def test_the_limits_of_a_text_are_reached_but_not_passed(acme):
    acme.grant("1")
    # A million characters without a break are one unknown word.
    assert acme.embed("a" * 1_000_000).json["usage"]["prompt_tokens"] == 1
    assert acme.embed("a " * 8_192).json["usage"]["prompt_tokens"] == 8_192
    assert acme.embed([text_part("a")] * 16).json["usage"]["prompt_tokens"] == 16
    assert acme.embed(user="u" * 256).status == 200


def test_text_of_every_script_is_taken(acme):
    for text in ("Grüße", "猫が座った", "قطة", "🐈‍⬛", "e\u0301", "a\tb\nc"):
        assert acme.embed(text).status == 200, text


def test_accept_is_ignored_and_the_answer_is_json(acme):
    answer = acme.embed(Accept="text/html;q=1, image/png")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["object"] == "list"


def test_both_ways_of_showing_the_key_work(acme):
    both = acme.embed(X_Api_Key=acme.key)
    alone = acme.embed(Authorization="", X_Api_Key=acme.key)
    assert (both.status, alone.status) == (200, 200)


def test_the_request_is_on_record_and_what_was_sent_is_not(acme):
    answer = acme.embed("a secret sentence", user="user-7", dimensions=64)
    row = Inference.objects.get(request_id=answer.headers["Aurous-Request-Id"])
    assert (row.team_id, row.api_key_id) == (acme.team.id, acme.key_id)
    assert (row.model, row.user, row.dimensions) == (STUB, "user-7", 64)
    assert (row.status, row.api_version, row.tokens_text) == ("settled", VERSION, 3)
    assert row.queue_ms is not None
    assert row.compute_ms is not None
    assert "secret" not in json.dumps([str(value) for value in vars(row).values()])


def test_the_charge_is_the_line_on_the_statement_to_the_digit(acme):
    answer = acme.embed(TEN_TOKENS)
    line = acme.lines()[0]
    assert (line["kind"], line["request_id"]) == ("usage", answer.headers["Aurous-Request-Id"])
    assert -line["amount"] == answer.json["usage"]["credits_charged"] == credits_of(10)
    assert acme.credits == 1 - credits_of(10) == line["balance_after"]


def test_server_timing_names_the_five_steps_in_order(acme):
    timing = acme.embed().headers["Server-Timing"]
    steps = re.findall(r"(\w+);dur=(\d+\.\d+)", timing)
    assert [name for name, _ in steps] == ["auth", "hold", "queue", "compute", "settle"]
    assert timing == ", ".join(f"{name};dur={ms}" for name, ms in steps)


def test_an_error_has_no_server_timing(acme):
    assert "Server-Timing" not in acme.embed("").headers


def test_every_answer_names_request_and_version(acme):
    for answer in (acme.embed(), acme.embed(""), acme.get("balance"), acme.get("nowhere")):
        id_ = answer.headers["Aurous-Request-Id"]
        assert re.fullmatch(r"req_[0-9A-HJKMNP-TV-Z]{26}", id_)
        assert answer.headers["X-Request-Id"] == id_
        assert answer.headers["Aurous-Version"] == VERSION


@pytest.mark.engine
def test_the_text_model_puts_like_sentences_near_each_other(acme):
    cat, kitten, tax = (
        vector_of(acme.embed(text, model=TEXT))
        for text in (CAT, "A kitten lay on a rug.", "The tax return is due in May.")
    )
    assert [len(v) for v in (cat, kitten, tax)] == [384] * 3
    assert np.linalg.norm(cat) == pytest.approx(1.0, abs=1e-5)
    assert cat @ kitten > cat @ tax + 0.2
    assert acme.credits == 1 - credits_of(7 + 7 + 8)
