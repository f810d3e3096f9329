"""Whatever goes wrong under /v1, the answer is JSON with all its headers."""

import io
import json
import logging
import re

import pytest
import redis
from django.core.exceptions import DisallowedHost, PermissionDenied
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import IntegrityError, InterfaceError, OperationalError, close_old_connections
from django.http import Http404
from rest_framework import exceptions as rest
from structlog.testing import capture_logs

from aurous.http.versions.registry import OLDEST
from aurous.kernel.errors import ERROR_CODES, AurousError
from tests.http import fakes
from tests.http.conftest import error_of

REQUEST_ID = re.compile(r"req_[0-9A-HJKMNP-TV-Z]{26}")


def assert_headers(response, version=OLDEST):
    assert REQUEST_ID.fullmatch(response["Aurous-Request-Id"])
    assert response["X-Request-Id"] == response["Aurous-Request-Id"]
    assert response["Aurous-Version"] == version
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "application/json"
    assert not response.cookies
    assert "Vary" not in response


@pytest.mark.parametrize("code", sorted(ERROR_CODES))
def test_every_error_has_the_envelope_and_all_headers(api, settings, monkeypatch, code):
    settings.AUROUS_PUBLIC_URL = "https://api.example.com"
    raised = AurousError(code, "What was wrong.", param="input[2].text")
    monkeypatch.setattr(fakes.Raising, "error", raised)
    response = api.get("/v1/raising")
    assert response.status_code == ERROR_CODES[code].status
    assert_headers(response)
    assert response["X-RateLimit-Limit"]
    assert ("Retry-After" in response) == (response.status_code in {429, 503})
    assert error_of(response) == {
        "type": ERROR_CODES[code].type,
        "code": code,
        "message": "What was wrong.",
        "param": "input[2].text",
        "doc_url": f"https://api.example.com/errors#{code}",
        "request_id": response["X-Request-Id"],
    }


def test_retry_after_is_what_the_error_says_and_at_least_a_second(api, monkeypatch):
    for said, sent in ((7, "7"), (0, "1")):
        error = AurousError("idempotency_key_in_use", "Still running.", retry_after_s=said)
        monkeypatch.setattr(fakes.Raising, "error", error)
        assert api.get("/v1/raising")["Retry-After"] == sent


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (RuntimeError("secret detail"), 500, "internal_error"),
        (KeyError("secret detail"), 500, "internal_error"),
        (IntegrityError("secret detail"), 500, "internal_error"),
        (RecursionError("secret detail"), 500, "internal_error"),
        (rest.APIException("secret detail"), 500, "internal_error"),
        (OperationalError("secret detail"), 503, "provider_unavailable"),
        (InterfaceError("secret detail"), 503, "provider_unavailable"),
        (redis.ConnectionError("secret detail"), 503, "provider_unavailable"),
        (redis.TimeoutError("secret detail"), 503, "provider_unavailable"),
        (Http404("secret detail"), 404, "resource_not_found"),
        (PermissionDenied("secret detail"), 403, "missing_scope"),
        (DisallowedHost("secret detail"), 400, "invalid_format"),
        (rest.NotAuthenticated("secret detail"), 401, "missing_api_key"),
        (rest.AuthenticationFailed("secret detail"), 401, "invalid_api_key"),
        (rest.MethodNotAllowed("secret detail"), 405, "method_not_allowed"),
        (rest.UnsupportedMediaType("secret detail"), 415, "unsupported_media_type"),
        (rest.ParseError("secret detail"), 400, "invalid_json"),
    ],
)
def test_whatever_a_view_raises_is_an_envelope_without_its_text(
    api, monkeypatch, raised, status, code
):
    monkeypatch.setattr(fakes.Raising, "error", raised)
    with capture_logs() as logs:
        response = api.get("/v1/raising")
    assert (response.status_code, error_of(response)["code"]) == (status, code)
    assert "secret detail" not in response.content.decode()
    assert_headers(response)
    told = [line for line in logs if line.get("exc_info") is raised]
    assert [line["request_id"] for line in told] == [response["X-Request-Id"]] * (status >= 500)


def test_a_store_that_is_away_says_when_to_come_back(api, monkeypatch):
    monkeypatch.setattr(fakes.Raising, "error", OperationalError("gone"))
    assert api.get("/v1/raising")["Retry-After"] == "1"


def test_a_view_that_is_no_api_view_fails_in_json_too(api):
    response = api.get("/v1/broken", key=None)
    assert error_of(response)["code"] == "internal_error"
    assert_headers(response)


def test_routes_that_cannot_be_loaded_fail_in_json_too(api, settings):
    settings.API_URLCONF = "tests.http.no_such_module"
    assert error_of(api.get("/v1/echo"))["code"] == "internal_error"


def test_the_host_header_does_not_matter_to_the_api(api, settings):
    settings.ALLOWED_HOSTS = ["api.example.com"]
    for host in ("evil.example.com", "a b", "", "[::1", "x:99999"):
        assert api.get("/v1/echo", HTTP_HOST=host).status_code == 200


@pytest.fixture
def no_database():
    """Django's own receivers close connections; these tests have none."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def wsgi(path, method="GET", **environ):
    """One request through Django's WSGI handler, as a server would send it."""
    sent = {}
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "test",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        **environ,
    }
    answer = WSGIHandler()(
        environ, lambda status, headers: sent.update(status=status, **dict(headers))
    )
    body = b"".join(answer)
    answer.close()
    return sent, body


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize(
    "path",
    [
        "/v1/\x00",
        "/v1/things/\x00",
        "/v1/\xff\xfe",
        "/v1/" + "a" * 50_000,
        "/v1/../admin/",
        "/v1/%",
    ],
)
def test_any_path_under_v1_is_answered_in_json(path):
    sent, body = wsgi(path)
    assert sent["Content-Type"] == "application/json"
    assert json.loads(body)["error"]["code"] in {"resource_not_found", "missing_api_key"}


@pytest.mark.usefixtures("no_database")
def test_an_id_that_is_no_utf8_reaches_the_view_as_text():
    sent, body = wsgi("/v1/things/\xff", HTTP_AUTHORIZATION="Bearer al_live_full")
    assert sent["status"].startswith("200")
    assert json.loads(body) == {"id": "%FF"}


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("query", ["\x00", "%00", "a=%ff", "&" * 5_000, "a=1&" * 2_000, "=", "%"])
def test_any_query_is_answered_in_json(query):
    sent, _ = wsgi("/v1/openapi.json", QUERY_STRING=query)
    assert sent["Content-Type"] == "application/json"
    assert sent["status"][:3] in {"200", "400"}


class Broken(io.RawIOBase):
    def read(self, size=-1):
        raise OSError("connection reset")


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("stream", [Broken(), io.BytesIO(b'{"a":1')])
def test_a_body_that_breaks_off_is_answered_in_json(stream):
    _, body = wsgi(
        "/v1/echo",
        "POST",
        HTTP_AUTHORIZATION="Bearer al_live_full",
        CONTENT_TYPE="application/json",
        CONTENT_LENGTH="10",
        **{"wsgi.input": stream},
    )
    assert json.loads(body)["error"]["code"] == "invalid_json"


@pytest.mark.usefixtures("no_database")
def test_the_signals_of_django_are_sent(api):
    seen = []

    def started(**_kwargs):
        seen.append("started")

    def finished(**_kwargs):
        seen.append("finished")

    request_started.connect(started)
    request_finished.connect(finished)
    try:
        wsgi("/v1/nothing")
    finally:
        request_started.disconnect(started)
        request_finished.disconnect(finished)
    assert seen == ["started", "finished"]


@pytest.mark.usefixtures("no_database")
def test_django_writes_no_line_of_its_own_about_the_api(caplog):
    with caplog.at_level(logging.DEBUG, logger="django.request"):
        wsgi("/v1/nothing")
        wsgi("/v1/broken")
    assert not [record for record in caplog.records if record.name == "django.request"]
