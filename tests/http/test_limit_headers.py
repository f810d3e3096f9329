"""Every answer to a caller says how full its buckets are."""

from dataclasses import replace

from tests.http import fakes
from tests.http.conftest import error_of


def test_every_answer_to_a_caller_says_how_full_the_bucket_is(api, monkeypatch, unique):
    caller = replace(fakes.ADA, team_id=unique, team_rpm=600, team_tpm=6_000)
    monkeypatch.setitem(fakes.CALLERS, "al_live_ben", caller)

    def left(response):
        assert response["X-RateLimit-Limit"] == "600"
        assert int(response["X-RateLimit-Reset"]) > 1_700_000_000
        return int(response["X-RateLimit-Remaining"])

    ask = {"key": "al_live_ben"}
    assert left(api.get("/v1/echo", HTTP_AUROUS_VERSION="2020-01-01", **ask)) == 600  # not counted
    assert left(api.get("/v1/echo", **ask)) >= 599
    assert left(api.post("/v1/echo", b"{", **ask)) >= 598  # the same bucket; invalid JSON counts
    response = api.post("/v1/tokens", {"tokens": 100}, **ask)
    assert left(response) >= 599  # another route class, another bucket
    assert response["X-RateLimit-TPM-Limit"] == "6000"
    assert 5_900 <= int(response["X-RateLimit-TPM-Remaining"]) < 5_999
    response = api.post("/v1/tokens", {}, **ask)  # refused before its tokens were counted
    assert (response.status_code, response["X-RateLimit-TPM-Limit"]) == (400, "6000")
    assert "X-RateLimit-TPM-Limit" not in api.get("/v1/echo", **ask)


def test_a_refused_request_has_the_headers_too(api, monkeypatch, unique):
    caller = replace(fakes.ADA, team_id=unique, team_rpm=1, team_tpm=50)
    monkeypatch.setitem(fakes.CALLERS, "al_live_ben", caller)
    response = api.post("/v1/tokens", {"tokens": 51}, key="al_live_ben")
    assert (response.status_code, error_of(response)["code"]) == (429, "tpm_rate_limit_exceeded")
    assert "whole minute" in error_of(response)["message"]
    assert response["X-RateLimit-TPM-Remaining"] == "50"
    assert response["X-RateLimit-Remaining"] == "0"
    assert int(response["Retry-After"]) >= 1
    response = api.post("/v1/tokens", {"tokens": 1}, key="al_live_ben")
    assert (response.status_code, error_of(response)["code"]) == (429, "too_many_requests")
    assert response["X-RateLimit-Limit"] == "1"
    assert response["X-RateLimit-TPM-Limit"] == "50"
    assert 1 <= int(response["Retry-After"]) <= 60


def test_without_a_limit_or_a_key_there_are_no_such_headers(api):
    for response in (
        api.get("/v1/echo", key="al_live_free"),
        api.post("/v1/tokens", {"tokens": 10**12}, key="al_live_free"),
        api.get("/v1/echo", key=None),
        api.get("/v1/nothing"),
        api.get("/v1/public"),
    ):
        assert not [name for name in response.headers if name.startswith("X-RateLimit")]


def test_limits_that_cannot_be_asked_refuse_the_request(api, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/2"
    response = api.get("/v1/echo")
    assert (response.status_code, error_of(response)["code"]) == (503, "provider_unavailable")
    assert response["Retry-After"] == "1"
    assert api.get("/v1/echo", key="al_live_free").status_code == 200
