"""What goes over the wire, and endpoints that are hostile: over the guarded client, for real."""

import pytest

from billing.models import WebhookDelivery
from billing.webhooks.deliverer import deliver_one
from billing.webhooks.sending import attempt
from tests.billing.webhooks.conftest import delivery
from tests.billing.webhooks.customer import documented_verify
from tests.kernel.outbound.conftest import canary, certificates, listening_canary, serve, world
from tests.kernel.outbound.servers import ok, redirect

__all__ = ["canary", "certificates", "listening_canary", "serve", "world"]

HOST = "files.example.com"  # the certificates of this small internet are for it
URL = f"https://{HOST}/aurous?token=t-1"
PUBLIC = "93.184.216.34"
ENDLESS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def made(new_endpoint, world, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = 5
    return new_endpoint(url=URL)


@pytest.fixture
def sent(made, happen, world):
    """Send one event for real; the delivery afterwards."""

    def run() -> WebhookDelivery:
        happen()
        assert deliver_one(lambda claimed: attempt(claimed, world.network))
        return delivery()

    return run


def test_a_message_arrives_whole_and_signed(clock, made, sent, serve, monkeypatch):
    heard = []

    def script(visit):
        head = visit.head()
        head, _, body = head.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += visit.read(65_536)
        heard.append((head.decode(), body))
        visit.say(ok(b"thank you"))

    serve(script)
    found = sent()
    assert (found.status, found.response_status, found.response_body) == (
        "succeeded",
        200,
        "thank you",
    )
    ((head, body),) = heard
    request_line, *lines = head.split("\r\n")
    headers = {n.lower(): v for n, v in (line.split(": ", 1) for line in lines)}
    assert request_line == "POST /aurous?token=t-1 HTTP/1.1"
    assert headers["host"] == HOST
    assert headers["content-type"] == "application/json"
    assert headers["aurous-webhook-id"] == found.event_id
    assert headers["aurous-webhook-timestamp"] == str(int(clock.now.timestamp()))
    monkeypatch.setattr("time.time", clock.now.timestamp)
    documented_verify()(body, headers["aurous-webhook-signature"], made.text)


def test_a_redirect_is_not_followed(sent, serve, canary):
    server = serve(redirect("https://127.0.0.1/steal"))
    found = sent()
    assert (found.status, found.response_status) == ("pending", 302)
    assert server.connections == 1
    assert canary.connections() == 0


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00:ec2::254", "::ffff:127.0.0.1"],
)
def test_a_name_that_leads_inside_is_not_sent_to(made, sent, world, canary, address):
    world.names[HOST] = [PUBLIC, address]
    found = sent()
    assert (found.status, found.response_status) == ("pending", None)
    assert "not public" in found.error
    assert address not in found.error
    assert world.dialled == []
    assert canary.connections() == 0


def test_an_endless_answer_is_cut(settings, sent, serve):
    def script(visit):
        visit.head()
        visit.say(ENDLESS)
        while not visit.going.is_set():
            visit.say(b"400\r\n" + b"x" * 1_024 + b"\r\n")

    serve(script)
    found = sent()
    assert (found.status, found.response_body) == ("succeeded", "x" * 1_024)


def test_an_endpoint_that_says_nothing_has_its_time(settings, sent, serve):
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.2
    serve(lambda visit: visit.be_silent())
    found = sent()
    assert (found.status, found.response_status) == ("pending", None)
    assert "too slow" in found.error
    assert 100 <= found.duration_ms < 5_000


def test_an_endpoint_that_drips_its_head_has_its_time(settings, sent, serve):
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.2

    def script(visit):
        visit.head()
        visit.drip(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10_000)

    serve(script)
    assert "too slow" in sent().error


@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"", None), (b"SMTP ready\r\n", None), (b"HTTP/1.1 200", None), (ok(b"\x00\xff"), 200)],
)
def test_answers_that_are_odd_end_in_words(sent, serve, raw, status):
    serve(raw)
    found = sent()
    assert found.response_status == status
    assert bool(found.error) == (status is None)
    assert "\x00" not in found.response_body


def test_a_certificate_that_is_not_valid_is_refused(sent, serve):
    server = serve(ok(b""), certificate="expired")
    assert "certificate" in sent().error
    assert server.requests == []


def test_plain_http_needs_a_host_of_the_setting(settings, new_endpoint, happen, world, serve):
    server = serve(ok(b""), address="127.0.0.1", tls=False)
    settings.AUROUS_WEBHOOK_DEV_HOSTS = [f"127.0.0.1:{server.port}"]
    new_endpoint(url=f"http://127.0.0.1:{server.port}/in")
    happen()
    deliver_one(lambda claimed: attempt(claimed, world.network))
    assert delivery().status == "succeeded"
    settings.AUROUS_WEBHOOK_DEV_HOSTS = []
    WebhookDelivery.objects.all().delete()
    happen()
    deliver_one(lambda claimed: attempt(claimed, world.network))
    assert "https" in delivery().error
    assert server.connections == 1


def test_what_breaks_on_our_side_is_not_held_against_the_endpoint(
    made, happen, endpoint, monkeypatch
):
    monkeypatch.setattr("billing.webhooks.sending._headers", lambda _: {"Host": "x"})
    happen()
    assert deliver_one()
    assert deliver_one()
    for found in WebhookDelivery.objects.all():
        assert (found.status, found.error) == ("pending", "Something broke on our side.")
        assert found.endpoint.failures == 0
