"""Every way in which a body can be wrong, with its code and the path of the field at fault."""

import json

import pytest

from embeddings.models import Inference
from tests.embeddings.api.stage import STUB, TEXT, credits_of

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
VIDEO = {"type": "video_url", "video_url": {"url": "https://example.com/cat.mp4"}}
LONG_URL = "https://example.com/" + "a" * 2_048
ROUTES = ("embeddings", "embeddings/estimate")


def part(text="x", **more):
    return {"type": "text", "text": text, **more}


def image(url, **more):
    return {"type": "image_url", "image_url": {"url": url, **more}}


def body(content="x", model=STUB, **more):
    return {"model": model, "input": content, **more}


MISSING, UNKNOWN = "missing_field", "unknown_field"
FORM, RANGE = "invalid_format", "value_out_of_range"
MANY = "embeddings_input_too_many_items"
URL = "input[0].image_url.url"

# What is wrong: body, code, param. Both routes answer the same.
WRONG = {
    "nothing at all": ({}, MISSING, "model"),
    "no model": ({"input": "x"}, MISSING, "model"),
    "model is null": (body(model=None), MISSING, "model"),
    "model is a number": (body(model=7), FORM, "model"),
    "model is a list": (body(model=[STUB]), FORM, "model"),
    "model is empty": (body(model=""), RANGE, "model"),
    "model has 129 characters": (body(model="m" * 129), RANGE, "model"),
    "model has a NUL": (body(model="a\0b"), FORM, "model"),
    "no input": ({"model": STUB}, MISSING, "input"),
    "input is null": (body(None), MISSING, "input"),
    "input is a number": (body(7), FORM, "input"),
    "input is true": (body(True), FORM, "input"),
    "input is an object": (body(part()), FORM, "input"),
    "input is empty": (body(""), RANGE, "input"),
    "input has a NUL": (body("a\0b"), FORM, "input"),
    "input is too long": (body("a" * 1_000_001), RANGE, "input"),
    "input is an empty list": (body([]), RANGE, "input"),
    "input has only blanks": (body(" \n\t "), RANGE, "input"),
    "input has only characters that count for nothing": (body("\u200b\ufeff"), RANGE, "input"),
    "parts without a token": (body([part(" "), part("\t")]), RANGE, "input"),
    "parts too long in all": (body([part("a" * 500_001)] * 2), RANGE, "input"),
    "strings": (body(["x", "y"]), "embeddings_batch_not_supported", "input"),
    "one string in a list": (body(["x"]), "embeddings_batch_not_supported", "input"),
    "17 parts": (body([part()] * 17), MANY, "input"),
    "9 images": (body([IMAGE] * 9), MANY, "input"),
    "3 videos": (body([VIDEO] * 3), MANY, "input"),
    "a string among parts": (body([part(), "x"]), FORM, "input[1]"),
    "a part that is null": (body([None]), FORM, "input[0]"),
    "token ids": (body([1, 2, 3]), FORM, "input[0]"),
    "a list of lists": (body([[1], [2]]), FORM, "input[0]"),
    "a part without type": (body([{"text": "x"}]), MISSING, "input[0].type"),
    "a part with another type": (body([{"type": "audio"}]), FORM, "input[0].type"),
    "a type that is a list": (body([{"type": ["text"]}]), FORM, "input[0].type"),
    "a text part without text": (body([{"type": "text"}]), MISSING, "input[0].text"),
    "a text that is null": (body([part(None)]), MISSING, "input[0].text"),
    "a text that is a number": (body([part(7)]), FORM, "input[0].text"),
    "a text that is empty": (body([part(), part("")]), RANGE, "input[1].text"),
    "a text with a NUL": (body([part("\0")]), FORM, "input[0].text"),
    "a text too long": (body([part("a" * 1_000_001)]), RANGE, "input[0].text"),
    "a text part with more": (body([part(detail="low")]), UNKNOWN, "input[0].detail"),
    "an image part with text": (body([{**IMAGE, "text": "x"}]), UNKNOWN, "input[0].text"),
    "an image without image_url": (
        body([{"type": "image_url"}]),
        MISSING,
        "input[0].image_url",
    ),
    "image_url is a string": (
        body([{"type": "image_url", "image_url": "https://example.com"}]),
        FORM,
        "input[0].image_url",
    ),
    "no url": (body([{"type": "image_url", "image_url": {}}]), MISSING, URL),
    "url is null": (body([image(None)]), MISSING, URL),
    "url is a number": (body([image(7)]), FORM, URL),
    "url is empty": (body([image("")]), RANGE, URL),
    "url is no URL": (body([image("cat.png")]), FORM, URL),
    "url has no host": (body([image("https://")]), FORM, URL),
    "url has a broken address": (body([image("https://[::1/cat.png")]), FORM, URL),
    "url is too long": (body([image(LONG_URL)]), RANGE, URL),
    "url is plain http": (body([image("http://example.com/a")]), "media_url_not_allowed", URL),
    "url is a file": (body([image("file:///etc/passwd")]), "media_url_not_allowed", URL),
    "url is ftp": (body([image("ftp://example.com/a")]), "media_url_not_allowed", URL),
    "detail is unknown": (
        body([image("https://example.com", detail="huge")]),
        FORM,
        "input[0].image_url.detail",
    ),
    "detail is a list": (
        body([image("https://example.com", detail=["low"])]),
        FORM,
        "input[0].image_url.detail",
    ),
    "more beside the url": (
        body([image("https://example.com", size=1)]),
        UNKNOWN,
        "input[0].image_url.size",
    ),
    "detail on a video": (
        body([{"type": "video_url", "video_url": {"url": "https://a.b", "detail": "low"}}]),
        UNKNOWN,
        "input[0].video_url.detail",
    ),
    "dimensions is a text": (body(dimensions="64"), FORM, "dimensions"),
    "dimensions is true": (body(dimensions=True), FORM, "dimensions"),
    "dimensions is a fraction": (body(dimensions=64.5), FORM, "dimensions"),
    "dimensions is a list": (body(dimensions=[64]), FORM, "dimensions"),
    "dimensions is 0": (body(dimensions=0), RANGE, "dimensions"),
    "dimensions is negative": (body(dimensions=-64), RANGE, "dimensions"),
    "dimensions it does not have": (
        body(dimensions=65),
        "embeddings_unsupported_dimensions",
        "dimensions",
    ),
    "dimensions as large as a double": (
        body(dimensions=1e308),
        "embeddings_unsupported_dimensions",
        "dimensions",
    ),
    "dimensions of a model that takes none": (
        body(model=TEXT, dimensions=384),
        "embeddings_unsupported_dimensions",
        "dimensions",
    ),
    "an unknown model": (body(model="gpt-5"), "model_not_found", "model"),
    "a model by another case": (body(model="Aurous-Stub"), "model_not_found", "model"),
    "an image for a text model": (
        body([part(), IMAGE]),
        "embeddings_modality_unsupported",
        "input[1]",
    ),
    "a video for a text model": (body([VIDEO]), "embeddings_modality_unsupported", "input[0]"),
    "a data URL for a text model": (
        body([image("data:image/png;base64,AAAA")]),
        "embeddings_modality_unsupported",
        "input[0]",
    ),
    "more tokens than the window": (body("a " * 8_193), "embeddings_input_too_large", "input"),
    "more tokens in all than the window": (
        body([part("a " * 8_192), part("b")]),
        "embeddings_input_too_large",
        "input",
    ),
    "an unknown field": (body(stream=True), UNKNOWN, "stream"),
    "an unknown field that is null": (body(stream=None), UNKNOWN, "stream"),
    "a field by another case": (body(Input="x"), UNKNOWN, "Input"),
}

# Only the embeddings route has these fields.
WRONG_HERE = {
    "encoding_format is unknown": (body(encoding_format="hex"), FORM, "encoding_format"),
    "encoding_format is empty": (body(encoding_format=""), FORM, "encoding_format"),
    "encoding_format is a number": (body(encoding_format=1), FORM, "encoding_format"),
    "encoding_format is a list": (body(encoding_format=["float"]), FORM, "encoding_format"),
    "user is a number": (body(user=7), FORM, "user"),
    "user is empty": (body(user=""), RANGE, "user"),
    "user has 257 characters": (body(user="u" * 257), RANGE, "user"),
    "user has a NUL": (body(user="\0"), FORM, "user"),
}


def refusal_of(asker, route, sent):
    answer = asker.post(route, sent)
    assert not Inference.objects.exists()
    return answer.status, answer.error


def expected_status(code):
    return 404 if code == "model_not_found" else 400


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("case", WRONG)
def test_both_routes_refuse(asker, case, route):
    sent, code, param = WRONG[case]
    status, error = refusal_of(asker, route, sent)
    assert (error["code"], error["param"], status) == (code, param, expected_status(code))
    assert error["type"] == ("not_found" if status == 404 else "invalid_request")


@pytest.mark.parametrize("case", WRONG_HERE)
def test_the_embeddings_route_refuses(asker, case):
    sent, code, param = WRONG_HERE[case]
    _, error = refusal_of(asker, "embeddings", sent)
    assert (error["code"], error["param"]) == (code, param)


@pytest.mark.parametrize("field", ["encoding_format", "user"])
def test_the_estimate_does_not_know_what_has_no_price(asker, field):
    _, error = refusal_of(asker, "embeddings/estimate", body(**{field: "float"}))
    assert (error["code"], error["param"]) == ("unknown_field", field)


NOT_JSON = {
    "no JSON": b"model=x",
    "nothing": b"",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "not UTF-8": b'{"model":"\xff"}',
    "a byte order mark": b'\xef\xbb\xbf{"model":"x","input":"x"}',
    "half a surrogate pair": b'{"model":"x","input":"\\ud800"}',
    "a name given twice": b'{"model":"x","model":"x","input":"x"}',
    "a name given twice in a part": b'{"model":"x","input":[{"type":"text","type":"text"}]}',
    "NaN": b'{"model":"x","input":"x","dimensions":NaN}',
    "Infinity": b'{"model":"x","input":"x","dimensions":-Infinity}',
    "a number no double holds": b'{"model":"x","input":"x","dimensions":1e999}',
    "65 levels": b'{"model":"x","input":' + b"[" * 64 + b"]" * 64 + b"}",
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("case", NOT_JSON)
def test_what_is_not_strictly_json_is_refused(asker, case, route):
    status, error = refusal_of(asker, route, NOT_JSON[case])
    assert (status, error["code"], error["param"]) == (400, "invalid_json", None)


@pytest.mark.parametrize("case", ["model has 129 characters", "input is too long"])
def test_a_message_tells_both_numbers(asker, case):
    _, error = refusal_of(asker, "embeddings", WRONG[case][0])
    digits = error["message"].replace(",", "")
    assert ("129" in digits and "128" in digits) or ("1000001" in digits and "1000000" in digits)


def test_an_input_too_large_is_told_with_its_tokens_and_the_window(asker):
    _, error = refusal_of(asker, "embeddings", body("a " * 255, model=TEXT))
    assert "255" in error["message"]
    assert "254" in error["message"]


def test_a_message_never_repeats_what_was_sent(asker):
    for sent in (body("my secret " * 9_000), body(user=["my secret"]), body([part("my secret\0")])):
        assert "secret" not in json.dumps(refusal_of(asker, "embeddings", sent)[1])


def test_a_long_unknown_name_is_cut_short_in_the_answer(asker):
    _, error = refusal_of(asker, "embeddings", body(**{"x" * 100_000: 1}))
    assert error["code"] == "unknown_field"
    assert len(json.dumps(error)) < 1_000


def test_an_unknown_model_is_told_what_there_is(asker):
    _, error = refusal_of(asker, "embeddings", body(model="gpt-5"))
    assert STUB in error["message"]
    assert "aurous-embed-vision" not in error["message"]


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 256, "käse", '"open', 'a"b" c', '""'])
@pytest.mark.parametrize("route", ROUTES)
def test_a_malformed_idempotency_key_is_refused(asker, route, key):
    answer = asker.post(route, body(), Idempotency_Key=key)
    assert (answer.status, answer.code) == (400, "invalid_idempotency_key")


def test_refused_requests_cost_nothing(asker):
    for sent, *_ in list(WRONG.values())[::7]:
        asker.post("embeddings", sent)
    assert asker.credits == 1
    assert asker.events() == []
    assert credits_of(1) > 0
