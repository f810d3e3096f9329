import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIRequestFactory

from aurous.http.rendering import AlwaysJSON, ExactJSONRenderer, credits_json, render
from aurous.http.strict_json import StrictJSONParser
from aurous.kernel.errors import AurousError


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_amount_is_written_to_the_last_nano_credit(nano):
    written = render({"credits": credits_json(nano)}).decode()
    number = json.loads(written, parse_float=Decimal, parse_int=Decimal)["credits"]
    assert number * 10**9 == nano
    assert len(written.partition(".")[2]) <= 10  # nine digits and the brace


def test_amounts_are_short_decimals():
    written = render([credits_json(nano) for nano in (0, 191_250_000, -1, 10**9, 1_500_000_000)])
    assert written == b"[0,0.19125,-0.000000001,1,1.5]"


def test_a_decimal_is_refused_rather_than_rounded():
    with pytest.raises(TypeError):
        render({"credits": Decimal("0.1")})


def test_a_moment_is_rfc3339():
    summer = timezone(timedelta(hours=2))
    moments = [datetime(2026, 5, 15, 12, 0, 0, 1, UTC), datetime(2026, 5, 15, 14, tzinfo=summer)]
    assert render(moments) == b'["2026-05-15T12:00:00.000001Z","2026-05-15T14:00:00+02:00"]'


def test_a_vector_is_written_in_the_shortest_form_of_its_floats():
    vector = np.array([0.1, 1 / 3], dtype=np.float32)
    written = render({"embedding": vector})
    assert written == b'{"embedding":[0.1,0.33333334]}'
    assert np.array_equal(np.array(json.loads(written)["embedding"], dtype=np.float32), vector)


def test_rest_framework_gets_the_same_bytes():
    assert ExactJSONRenderer().render({"é": 1}) == '{"é":1}'.encode()


def test_accept_is_ignored():
    request = APIRequestFactory().get("/", HTTP_ACCEPT="text/html")
    renderer, media_type = AlwaysJSON().select_renderer(request, [ExactJSONRenderer()])
    assert (renderer.media_type, media_type) == ("application/json", "application/json")
    assert isinstance(AlwaysJSON().select_parser(request, [StrictJSONParser()]), StrictJSONParser)


def test_the_parser_of_rest_framework_has_the_same_rules(tmp_path):
    body = tmp_path / "body"
    body.write_bytes(b'{"a":1,"a":2}')
    with body.open("rb") as stream, pytest.raises(AurousError) as caught:
        StrictJSONParser().parse(stream, "application/json")
    assert caught.value.code == "invalid_json"
    with body.open("rb") as stream, pytest.raises(AurousError) as caught:
        StrictJSONParser().parse(stream, "text/plain")
    assert caught.value.code == "unsupported_media_type"
