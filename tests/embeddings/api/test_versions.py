"""One program under each version: what is taken and refused, and what the vectors look like."""

import base64
import json

import numpy as np
import pytest
from django.core.management import call_command

from accounts import teams
from aurous.http.versions import registry
from billing.models import UsageBucket
from embeddings.models import Inference
from tests.cast import NOBODY
from tests.embeddings.api.stage import CAT, STUB, credits_of, customer

OLD, NEW = "2026-05-15", "2026-11-01"
ASKED = ["float", "base64", None]


def raw(answer):
    """The first ``embedding`` as JSON has it."""
    return json.loads(answer.content)["data"][0]["embedding"]


def decoded(text):
    return np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4")


# --- encoding_format -------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ASKED)
def test_before_2026_11_01_vectors_are_numbers_whatever_is_asked(acme, asked):
    plain = acme.embed(Aurous_Version=OLD)
    answer = acme.embed(encoding_format=asked, Aurous_Version=OLD)
    assert isinstance(raw(answer), list)
    assert raw(answer) == raw(plain)


@pytest.mark.parametrize("dimensions", [64, 128, 256, 384])
def test_from_2026_11_01_base64_is_the_same_float32_to_the_bit(acme, dimensions):
    numbers = raw(acme.embed(dimensions=dimensions, Aurous_Version=NEW))
    text = raw(acme.embed(dimensions=dimensions, encoding_format="base64", Aurous_Version=NEW))
    assert isinstance(text, str)
    assert len(base64.b64decode(text)) == 4 * dimensions
    assert decoded(text).tobytes() == np.array(numbers, dtype=np.float64).astype("<f4").tobytes()


@pytest.mark.parametrize("asked", ["float", None])
def test_numbers_come_where_they_are_asked_for_or_nothing_is(acme, asked):
    asked_for = acme.embed(encoding_format=asked, Aurous_Version=NEW)
    assert raw(asked_for) == raw(acme.embed(Aurous_Version=NEW))
    assert isinstance(raw(asked_for), list)


def test_the_numbers_of_both_versions_are_the_same_bytes(acme):
    old, new = acme.embed(Aurous_Version=OLD), acme.embed(Aurous_Version=NEW)
    assert old.content == new.content


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("wrong", ["int8", "BASE64", "", 1, ["base64"]])
def test_another_encoding_is_refused_by_every_version(asker, version, wrong):
    answer = asker.embed(encoding_format=wrong, Aurous_Version=version)
    assert (answer.status, answer.code) == (400, "invalid_format")
    assert answer.error["param"] == "encoding_format"


def test_an_estimate_has_no_encoding_under_any_version(asker):
    for version in registry.versions():
        body = {"model": STUB, "input": CAT, "encoding_format": "base64"}
        answer = asker.post("embeddings/estimate", body, Aurous_Version=version)
        assert answer.code == "unknown_field"


# --- arrays of strings -----------------------------------------------------------------------


@pytest.mark.parametrize("content", [["x"], ["x", "y"], [""], ["x"] * 300], ids=str)
@pytest.mark.parametrize("ask", ["embed", "estimate"])
def test_before_2026_11_01_an_array_of_strings_is_refused_and_the_way_out_is_told(
    asker, ask, content
):
    answer = getattr(asker, ask)(content)
    assert (answer.status, answer.code) == (400, "embeddings_batch_not_supported")
    assert answer.error["param"] == "input"
    assert NEW in answer.error["message"]


# --- which version applies -------------------------------------------------------------------


def test_a_team_moves_by_the_api_and_the_header_still_goes_before_its_pin(acme):
    assert acme.embed(["a", "b"]).headers["Aurous-Version"] == OLD
    patched = acme.call("PATCH", "team", {"default_api_version": NEW})
    assert (patched.status, patched.json["default_api_version"]) == (200, NEW)
    moved = acme.embed(["a", "b"])
    assert (moved.status, moved.headers["Aurous-Version"]) == (200, NEW)
    back = acme.embed(["a", "b"], Aurous_Version=OLD)
    assert (back.code, back.headers["Aurous-Version"]) == ("embeddings_batch_not_supported", OLD)


def test_a_team_moves_by_command(acme):
    call_command("set_team", acme.team.id, "--version", NEW, verbosity=0)
    assert acme.embed(["a", "b"]).status == 200


def test_a_version_that_does_not_exist_is_no_pin(asker):
    answer = asker.call("PATCH", "team", {"default_api_version": "2026-11-02"})
    assert (answer.status, answer.code) == (400, "unknown_version")
    assert answer.error["param"] == "default_api_version"
    for version in registry.versions():
        assert version in answer.error["message"]


def test_calls_are_counted_by_the_version_that_applied(acme):
    teams.set_version(acme.team.id, NEW, actor=NOBODY)
    for version in (None, None, OLD):
        acme.embed(Aurous_Version=version)
    assert [event["api_version"] for event in acme.events()] == [OLD, NEW, NEW]
    rows = UsageBucket.objects.filter(team_id=acme.team.id)
    counted = dict.fromkeys(registry.versions(), 0)
    for row in rows:
        counted[row.api_version] += row.requests
    assert counted == {OLD: 1, NEW: 2}
    assert set(Inference.objects.values_list("api_version", flat=True)) >= {OLD, NEW}


def test_the_version_is_part_of_what_an_idempotency_key_stands_for(acme):
    assert acme.embed(Idempotency_Key="k", Aurous_Version=OLD).status == 200
    other = acme.embed(Idempotency_Key="k", Aurous_Version=NEW)
    assert (other.status, other.code) == (409, "idempotency_key_in_use")
    assert "version" in other.error["message"]


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("asked", ASKED)
def test_a_replay_is_the_first_answer_to_the_byte_in_each_encoding(acme, version, asked):
    call = {"encoding_format": asked, "Idempotency_Key": "k", "Aurous_Version": version}
    first, again = acme.embed(**call), acme.embed(**call)
    assert (again.content, again.replayed) == (first.content, True)
    other = "float" if asked == "base64" else "base64"
    assert acme.embed(**{**call, "encoding_format": other}).code == "idempotency_key_in_use"
    assert acme.credits == 1 - credits_of(7)


# --- the end of the oldest version -----------------------------------------------------------


def test_without_the_oldest_version_the_rest_goes_on(acme, settings, monkeypatch):
    """What deleting it comes to: three settings of data, and no other code."""
    monkeypatch.setattr(registry, "OLDEST", NEW)
    monkeypatch.setattr(registry, "CHANGES", ())
    settings.API_DEFAULT_VERSION = NEW
    assert acme.embed(["a", "b"], encoding_format="base64").status == 200  # its pin is gone
    assert acme.embed(Aurous_Version=OLD).code == "unknown_version"
    assert customer().embed(["a", "b"]).status == 200
