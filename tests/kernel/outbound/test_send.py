"""Sending a message: guarded like a fetch, any status is an answer, no redirect is followed."""

import pytest

from aurous.kernel.outbound.client import send
from aurous.kernel.outbound.errors import FetchFailed, UrlMalformed, UrlRefused
from aurous.kernel.outbound.limits import Limits
from tests.kernel.outbound.servers import ok, redirect
from tests.kernel.outbound.tricks import STATIC
from tests.kernel.outbound.world import LIMITS, PUBLIC, URL


def post(world, url=URL, limits=LIMITS, **more):
    return send("POST", url, limits, network=world.network, **more)


def test_method_headers_and_body_arrive_as_given(world, serve):
    def script(visit):
        head = visit.head()
        length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        body = head.split(b"\r\n\r\n")[1]
        while len(body) < length:
            body += visit.read(65_536)
        visit.say(ok(body[-10:], "X-Request: 7", status="202 Accepted"))

    server = serve(script)
    headers = {"Content-Type": "application/json", "Webhook-Signature": "v1,abc="}
    reply = post(world, body=b"x" * 300_000 + b"0123456789", headers=headers)
    assert (reply.status, reply.body) == (202, b"0123456789")
    assert reply.headers["x-request"] == "7"
    lines = server.requests[0].split(b"\r\n\r\n")[0].split(b"\r\n")
    assert lines[0] == b"POST /cat.png HTTP/1.1"
    assert {
        b"Host: files.example.com",
        b"Content-Type: application/json",
        b"Webhook-Signature: v1,abc=",
        b"Content-Length: 300010",
    } < set(lines)


@pytest.mark.parametrize("status", [200, 204, 400, 404, 410, 500, 503])
def test_any_status_is_an_answer(world, serve, status):
    serve(ok(b"", status=f"{status} So"))
    assert post(world).status == status


def test_a_redirect_is_an_answer_and_is_not_followed(world, serve):
    server = serve(redirect("https://files.example.com/other", 307))
    assert post(world, headers={"Authorization": "Bearer 1"}).status == 307
    assert server.connections == 1


def test_of_a_long_answer_only_the_first_bytes_are_kept(world, serve):
    def endless(visit):
        visit.head()
        visit.say(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            visit.say(b"x" * 65_536)

    serve(endless)
    reply = post(world, limits=Limits(bytes_max=1_000, deadline_s=20))
    assert (reply.status, reply.body) == (200, b"x" * 1_000)


@pytest.mark.parametrize(("url", "fault"), STATIC[::10], ids=range(0, len(STATIC), 10))
def test_the_same_urls_are_refused_as_for_a_fetch(world, url, fault):
    with pytest.raises(fault):
        post(world, url)
    assert world.dialled == world.asked == []
    assert world.canary.connections() == 0


def test_a_host_of_the_inside_gets_no_message(world):
    world.names["files.example.com"] = [PUBLIC, "10.0.0.1"]
    with pytest.raises(UrlRefused):
        post(world, body=b"secret")
    assert world.canary.connections() == 0


def test_a_broken_answer_is_a_failure(world, serve):
    serve(b"garbage\r\n\r\n")
    with pytest.raises(FetchFailed):
        post(world)


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Connection"])
def test_a_caller_cannot_contradict_the_client(world, name):
    with pytest.raises(ValueError, match=name.lower()):
        post(world, headers={name: "1"})
    assert world.dialled == []


@pytest.mark.parametrize("value", ["a\r\nHost: b", "a\nb", "\0"])
def test_a_header_cannot_smuggle_another_one(world, serve, value):
    server = serve(ok(b""))
    with pytest.raises(ValueError, match="header"):
        post(world, headers={"X-Event": value})
    assert server.requests == []


def test_a_text_that_is_no_url_is_told_from_one_that_is_refused(world):
    with pytest.raises(UrlMalformed):
        post(world, "example.com")


def test_an_answer_shows_neither_headers_nor_body_in_logs(world, serve):
    serve(ok(b"hunter2", "X-Secret: hunter2"))
    assert repr(post(world)) == "Reply(status=200)"
