"""The gates in their order: a request that fails several is told about the first."""

import io
import json
from dataclasses import replace

import pytest

from aurous.http.versions.registry import OLDEST
from aurous.http.views import ApiView
from tests.http import fakes
from tests.http.conftest import error_of

TOO_LARGE = {"CONTENT_LENGTH": str(33 * 1024 * 1024)}
BAD_VERSION = {"HTTP_AUROUS_VERSION": "2020-01-01"}


@pytest.fixture
def spent_key(monkeypatch, unique):
    """A read key whose one request a minute is already spent, good from 10.0.0.0/8 only."""
    caller = replace(
        fakes.CALLERS["al_live_indoors"],
        scope="read",
        team_id=unique,
        api_key_id=unique,
        key_rpm=1,
    )
    monkeypatch.setitem(fakes.CALLERS, "al_live_spent", caller)
    return "al_live_spent"


def test_each_gate_is_asked_before_the_next(api, spent_key, monkeypatch):
    """Every request here fails at all gates behind the one that answers, too."""

    def ask(method="PATCH", path="/v1/echo", *, key=spent_key, address="8.8.8.8", **environ):
        environ = {"REMOTE_ADDR": address, **BAD_VERSION, **environ}
        response = api.call(method, path, b"{", key=key, content_type="text/plain", **environ)
        return error_of(response)["code"]

    def give(**fields):
        caller = replace(fakes.CALLERS[spent_key], **fields)
        monkeypatch.setitem(fakes.CALLERS, spent_key, caller)

    indoors = {"address": "10.1.2.3"}
    right = {**indoors, "HTTP_AUROUS_VERSION": OLDEST}
    assert ask("PATCH", "/v1/nothing", key=None, **TOO_LARGE) == "resource_not_found"
    assert ask("DELETE", key=None, **TOO_LARGE) == "method_not_allowed"
    assert ask(key=None, **TOO_LARGE) == "payload_too_large"
    assert ask(key=None) == "missing_api_key"
    assert ask(key="al_live_wrong") == "invalid_api_key"
    assert ask() == "missing_scope"
    give(scope="full")
    assert ask() == "ip_not_allowed"
    assert ask(**indoors) == "unknown_version"
    assert ask(**right) == "unsupported_media_type"  # takes the one request of this minute
    assert ask(**right) == "too_many_requests"
    give(key_rpm=0)
    assert ask(**right) == "unsupported_media_type"
    response = api.call("PATCH", "/v1/echo", b"{", key=spent_key, REMOTE_ADDR="10.1.2.3")
    assert error_of(response)["code"] == "invalid_json"


def test_after_the_gates_a_view_has_caller_version_and_body(api):
    response = api.post("/v1/echo", {"a": [1, "é"]})
    assert response.status_code == 200
    assert response.content == '{"body":{"a":[1,"é"]},"credits":0.19125}'.encode()
    assert json.loads(api.get("/v1/echo").content) == {"team": "team_ada", "version": OLDEST}


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/", "/v1", "/v1/echo/", "/v1//echo"])
def test_an_unknown_route_needs_no_key(api, path):
    assert error_of(api.get(path, key=None))["code"] == "resource_not_found"


@pytest.mark.parametrize("method", ["DELETE", "PUT", "OPTIONS", "TRACE", "FOO", "PROPFIND"])
def test_a_wrong_method_is_told_the_right_ones(api, method):
    response = api.call(method, "/v1/echo", key=None)
    assert response.status_code == 405
    assert error_of(response)["code"] == "method_not_allowed"
    assert {word.strip() for word in response["Allow"].split(",")} == {
        "GET",
        "HEAD",
        "POST",
        "PATCH",
    }


def test_head_is_get_without_the_body(api):
    got, head = api.get("/v1/echo"), api.call("HEAD", "/v1/echo")
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == got["Content-Length"] == str(len(got.content))
    assert api.call("HEAD", "/v1/tokens").status_code == 405
    assert api.call("HEAD", "/v1/echo", key=None).status_code == 401


@pytest.mark.parametrize(
    ("key", "method", "allowed"),
    [
        ("al_live_read", "GET", True),
        ("al_live_read", "POST", False),
        ("al_live_read", "PATCH", False),
        ("al_live_write", "GET", True),
        ("al_live_write", "POST", True),
        ("al_live_write", "PATCH", False),
        ("al_live_full", "GET", True),
        ("al_live_full", "POST", True),
        ("al_live_full", "PATCH", True),
    ],
)
def test_a_scope_includes_the_ones_before_it(api, monkeypatch, key, method, allowed):
    monkeypatch.setitem(fakes.CALLERS, "al_live_write", replace(fakes.ADA, scope="write"))
    response = api.call(method, "/v1/echo", b"" if method == "GET" else {}, key=key)
    assert response.status_code == (200 if allowed else 403)
    if not allowed:
        assert error_of(response)["code"] == "missing_scope"


def test_a_view_that_forgets_a_scope_cannot_be_written():
    with pytest.raises(TypeError, match="DELETE"):

        class Forgetful(ApiView):
            authentication_classes = (fakes.FakeAuthentication,)

            def delete(self, request):
                raise NotImplementedError


def test_no_key_is_told_how_to_send_one(api):
    response = api.get("/v1/echo", key=None)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert "Authorization" in error_of(response)["message"]


# --- version ---------------------------------------------------------------------------------


def test_the_header_goes_before_the_pin_and_the_pin_before_the_default(api, monkeypatch):
    monkeypatch.setattr("aurous.http.versions.registry.CHANGES", (Newer(),))
    monkeypatch.setitem(
        fakes.CALLERS, "al_live_pinned", replace(fakes.ADA, version_pin="2026-11-01")
    )
    assert api.get("/v1/echo")["Aurous-Version"] == OLDEST
    assert api.get("/v1/echo", key="al_live_pinned")["Aurous-Version"] == "2026-11-01"
    older = api.get("/v1/echo", key="al_live_pinned", HTTP_AUROUS_VERSION=OLDEST)
    assert older["Aurous-Version"] == OLDEST
    assert api.get("/v1/public", HTTP_AUROUS_VERSION="2026-11-01")["Aurous-Version"] == "2026-11-01"


class Newer:
    date, title, why = "2026-11-01", "title", "why"

    def request(self, operation, body):
        return {**body, "asked": operation}

    def response(self, operation, body):
        return {**body, "answered": operation}


def test_a_change_translates_bodies_both_ways(api, monkeypatch):
    monkeypatch.setattr("aurous.http.versions.registry.CHANGES", (Newer(),))
    asked = json.loads(api.post("/v1/things/a", {"x": 1}).content)
    assert asked == {"body": {"x": 1, "asked": "POST /v1/things/{thing_id}"}}
    assert json.loads(api.get("/v1/echo").content)["answered"] == "GET /v1/echo"
    newest = api.get("/v1/echo", HTTP_AUROUS_VERSION="2026-11-01")
    assert "answered" not in json.loads(newest.content)


@pytest.mark.parametrize(
    "version",
    ["", "latest", "2026-5-15", "2026-05-15 ", "2026-13-45", "2030-01-01", "２０２６-05-15"],
)
def test_an_unknown_version_is_told_the_valid_ones(api, version):
    response = api.get("/v1/echo", HTTP_AUROUS_VERSION=version)
    error = error_of(response)
    assert (response.status_code, error["code"]) == (400, "unknown_version")
    assert OLDEST in error["message"]
    assert response["Aurous-Version"] == OLDEST


# --- body ------------------------------------------------------------------------------------


def test_a_body_at_the_limit_passes_and_one_byte_more_does_not(api, settings):
    settings.REQUEST_BODY_BYTES_MAX = 100
    body = b'{"a":"' + b"x" * 92 + b'"}'
    assert len(body) == 100
    assert api.post("/v1/echo", body).status_code == 200
    response = api.post("/v1/echo", body + b" ")
    assert (response.status_code, error_of(response)["code"]) == (413, "payload_too_large")


def chunked(body):
    return {
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
    }


def test_a_body_without_a_length_is_counted_while_it_is_read(api, settings):
    settings.REQUEST_BODY_BYTES_MAX = 100
    response = api.post("/v1/echo", **chunked(b'{"a":1}'))
    assert json.loads(response.content)["body"] == {"a": 1}
    endless = chunked(b" " * 1_000)
    response = api.post("/v1/echo", key=None, **endless)
    assert error_of(response)["code"] == "payload_too_large"
    assert endless["wsgi.input"].tell() == 101  # and no byte more


@pytest.mark.parametrize("length", ["abc", "-1", "1.5", "+5", "1_0", "٣"])
def test_a_length_that_is_no_number_is_refused(api, length):
    error = error_of(api.post("/v1/echo", {}, CONTENT_LENGTH=length))
    assert (error["code"], error["param"]) == ("invalid_format", "Content-Length")


@pytest.mark.parametrize("length", ["9" * 17, "9" * 30, "9" * 5_000])
def test_an_absurd_length_is_too_large(api, length):
    response = api.post("/v1/echo", {}, CONTENT_LENGTH=length)
    assert error_of(response)["code"] == "payload_too_large"


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"", "", "unsupported_media_type"),
        (b"{}", "", "unsupported_media_type"),
        (b"{}", "text/plain", "unsupported_media_type"),
        (b"{}", "application/problem+json", "unsupported_media_type"),
        (b"a=1", "application/x-www-form-urlencoded", "unsupported_media_type"),
        (b"", "application/json", "invalid_json"),
        (b"[]", "application/json", "invalid_json"),
        (b"{", "application/json; charset=utf-8", "invalid_json"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_body_must_be_a_json_object(api, method, body, content_type, code):
    response = api.call(method, "/v1/echo", body, content_type=content_type)
    assert error_of(response)["code"] == code


def test_a_compressed_body_is_not_read(api):
    response = api.post("/v1/echo", {}, HTTP_CONTENT_ENCODING="gzip")
    assert error_of(response)["code"] == "unsupported_media_type"
    assert api.post("/v1/echo", {}, HTTP_CONTENT_ENCODING="Identity").status_code == 200


def test_where_no_body_is_needed_none_is_asked_for(api):
    response = api.post("/v1/things/a", b"", content_type="")
    assert json.loads(response.content) == {"body": {}}
    response = api.post("/v1/things/a", b"x", content_type="")
    assert error_of(response)["code"] == "unsupported_media_type"


def test_a_body_of_get_or_delete_is_ignored(api):
    assert api.get("/v1/things/a", body=b"junk").status_code == 200
    assert api.call("DELETE", "/v1/things/a", b"junk").status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/xml;q=1", "junk"])
def test_accept_is_ignored(api, accept):
    assert api.get("/v1/echo", HTTP_ACCEPT=accept)["Content-Type"] == "application/json"
