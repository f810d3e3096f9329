import json
import math
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurous.http.strict_json import check_media_type, parse, parse_exact
from aurous.kernel.errors import AurousError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)


def refused(body: bytes) -> str:
    with pytest.raises(AurousError) as caught:
        parse(body)
    assert caught.value.code == "invalid_json"
    return caught.value.message


@settings(max_examples=50)
@given(st.dictionaries(TEXTS, VALUES, max_size=5), st.booleans())
def test_every_json_object_comes_back_as_it_was(value, escaped):
    assert parse(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_give_an_object_or_invalid_json(body):
    try:
        assert isinstance(parse(body), dict)
    except AurousError as error:
        assert error.code == "invalid_json"


@given(TEXTS, VALUES)
def test_a_name_given_twice_is_refused_at_any_depth(name, value):
    pair = f"{json.dumps(name)}:{json.dumps(value)}"
    for depth in (0, 1, 7):
        body = '{"in":[' * depth + f"{{{pair},{pair}}}" + "]}" * depth
        assert "twice" in refused(body.encode())


def test_one_name_spelled_in_two_ways_is_still_one_name():
    assert "twice" in refused(rb'{"a":1,"\u0061":2}')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n\t",
        b"[]",
        b'"text"',
        b"1",
        b"null",
        b"{",
        b"{}{}",
        b"{} x",
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":[1,]}',
        b"{a:1}",
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":.5}',
        b'{"a":1.}',
        b'{"a":0x1}',
        b'{"a":"\\x41"}',
        b'{"a":"\x00"}',
        b'{"a":"\n"}',
        b'{"a":undefined}',
        b'{"a":1 /* no */}',
    ],
)
def test_what_is_no_json_object_is_refused(body):
    refused(body)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_only_plain_utf8_is_read(encoding):
    refused('{"a":"é"}'.encode(encoding))


@pytest.mark.parametrize("surrogate", [b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xc0\x80", b"\xff"])
def test_bytes_that_are_no_utf8_are_refused(surrogate):
    assert "UTF-8" in refused(b'{"a":"' + surrogate + b'"}')


@pytest.mark.parametrize(
    "body",
    [
        rb'{"a":"\ud800"}',
        rb'{"a":"\uDFFF"}',
        rb'{"a":"\uD83D x \uDE00"}',
        rb'{"a":"\uDE00\uD83D"}',
        rb'{"\udc00":1}',
        rb'{"a":[[{"b":["ok","\uDbFf"]}]]}',
    ],
)
def test_a_lone_surrogate_is_refused_wherever_it_stands(body):
    assert "surrogate" in refused(body)


def test_a_whole_surrogate_pair_is_a_character():
    assert parse(rb'{"a":"\ud83d\ude00","b":"\\ud800"}') == {"a": "😀", "b": "\\ud800"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e309", "-1e400", "9" * 309])
def test_a_number_that_is_no_double_is_refused(number):
    refused(f'{{"a":[{number}]}}'.encode())


@pytest.mark.parametrize("digits", [310, 4_299, 4_301, 1_000_000])
def test_a_very_long_number_is_refused_at_once(digits):
    assert "number" in refused(b'{"a":' + b"9" * digits + b"}")
    assert "number" in refused(b'{"a":-' + b"9" * digits + b"}")


def test_the_largest_numbers_of_both_kinds_are_read():
    largest = int(sys.float_info.max)
    body = f'{{"a":{largest},"b":-{largest},"c":{sys.float_info.max},"d":5e-324,"e":1e-999}}'
    assert parse(body.encode()) == {
        "a": largest,
        "b": -largest,
        "c": sys.float_info.max,
        "d": math.ulp(0),
        "e": 0,
    }


def nested(levels: int) -> bytes:
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


def test_nesting_is_taken_to_the_limit_and_no_further(settings):
    assert parse(nested(settings.JSON_DEPTH_MAX))
    assert "deeper" in refused(nested(settings.JSON_DEPTH_MAX + 1))
    assert "deeper" in refused(b'{"a":' * 65 + b"1" + b"}" * 65)


@pytest.mark.parametrize("levels", [1_000, 100_000, 3_000_000])
def test_absurd_nesting_is_refused_like_any_other(levels):
    assert "deeper" in refused(nested(levels))
    assert "deeper" in refused(b'{"a":' + b"[" * levels)


def test_many_shallow_containers_are_not_deep():
    assert len(parse(b'{"a":[' + b"[]," * 5_000 + b"[]]}")["a"]) == 5_001
    assert parse(b'{"a":"' + b"[{" * 5_000 + b'"}')["a"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        "application/json; charset=UTF-8",
        'application/json ; charset="utf-8"',
        "application/json;",
        " application/json ",
    ],
)
def test_json_in_utf8_is_the_media_type(content_type):
    check_media_type(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/problem+json",
        "application/jsonl",
        "application/json-patch+json",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=utf-8",
        "application/json; version=1",
        "application/json, text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ],
)
def test_any_other_media_type_is_refused(content_type):
    with pytest.raises(AurousError) as caught:
        check_media_type(content_type)
    assert caught.value.code == "unsupported_media_type"


def test_read_exactly_a_number_keeps_every_digit_and_a_whole_one_stays_whole():
    body = b'{"a": 9000000000.0000000001, "b": 1e2, "c": 7, "d": [true, "1.5"]}'
    found = parse_exact(body)
    assert found == {
        "a": Decimal("9000000000.0000000001"),
        "b": Decimal(100),
        "c": 7,
        "d": [True, "1.5"],
    }
    assert isinstance(found["c"], int)
