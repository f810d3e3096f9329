"""What the edge tells operators about a request: one line, and the metrics."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from prometheus_client import REGISTRY

from aurous.http.edge import EdgeMiddleware


def test_one_line_a_request_tells_who_and_what_but_nothing_secret(api, access_lines):
    secret = "al_live_full"
    response = api.post(f"/v1/things/{secret}?q=query-secret", {"a": "input-secret"}, key=secret)
    api.get("/v1/echo", key=None)
    first, second = access_lines
    assert first.pop("ms") >= 0
    assert first.pop("request_id") == response["X-Request-Id"]
    assert first == {
        "event": "request",
        "log_level": "info",
        "method": "POST",
        "route": "/v1/things/{thing_id}",
        "status": 200,
        "code": None,
        "team": "team_ada",
        "key": "key_ada",
    }
    assert (second["status"], second["code"], second["team"]) == (401, "missing_api_key", None)
    assert "secret" not in repr(access_lines)
    assert secret not in repr(access_lines)


def count(**labels):
    return REGISTRY.get_sample_value("aurous_http_requests_total", labels) or 0


def test_requests_are_counted_by_route_method_and_status(api):
    labels = {"route": "/v1/things/{thing_id}", "method": "GET", "status": "200"}
    unknown = {"route": "unknown", "method": "other", "status": "404"}
    before = count(**labels), count(**unknown)
    api.get("/v1/things/one")
    api.get("/v1/things/two")
    api.call("FOO", "/v1/whatever")
    assert (count(**labels), count(**unknown)) == (before[0] + 2, before[1] + 1)
    seconds = REGISTRY.get_sample_value(
        "aurous_http_seconds_count", {"route": "/v1/things/{thing_id}"}
    )
    assert seconds >= 2


# --- pages -------------------------------------------------------------------------------------


def test_a_page_gets_an_id_and_goes_on_to_the_other_middleware(access_lines):
    seen = []

    def pages(request):
        seen.append(request.request_id)
        return HttpResponse("<p>page</p>")

    for path in ("/", "/v1x", "/V1/echo", "//v1/echo", "/login"):
        response = EdgeMiddleware(pages)(RequestFactory().get(path))
        assert response["X-Request-Id"] == seen[-1]
        assert response.content == b"<p>page</p>"
    assert [line["route"] for line in access_lines] == ["unknown"] * 5
    assert [line["request_id"] for line in access_lines] == seen
    assert len(set(seen)) == 5


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/static/a.css"])
def test_probes_and_files_write_no_line(path, access_lines):
    EdgeMiddleware(lambda request: HttpResponse(""))(RequestFactory().get(path))
    assert access_lines == []
