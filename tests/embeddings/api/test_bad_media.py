"""Pictures and videos that cannot be read: the code, the field, no charge, neighbours unharmed."""

import pytest

from tests.embeddings.api.stage import complaints, together
from tests.embeddings.api.vision import acme, media_server, site, vision
from tests.embeddings.files import bomb, data_url, image_part, mp4, png, text_part, video_part

__all__ = ["acme", "media_server", "site", "vision"]
PICTURE = png(64, 96)


def assert_refused(acme, answer, code, param):
    assert (answer.status, answer.code, answer.error["param"]) == (400, code, param)
    assert acme.credits == 100
    assert acme.balance["held_credits"] == 0


IN_THE_REQUEST = {
    "no picture": (image_part(b"hello, I am a text"), "media_unsupported"),
    "nothing": (image_part(b""), "media_unsupported"),
    "a cut picture": (image_part(PICTURE[:20]), "media_unsupported"),
    "a bomb": (image_part(bomb(50_000, 50_000)), "media_too_large"),
    "a video as a picture": (image_part(mp4()), "media_unsupported"),
    "a picture as a video": (video_part(PICTURE), "media_unsupported"),
    "a cut video": (video_part(mp4()[:200]), "media_unsupported"),
    "a playlist": (video_part(b"#EXTM3U\nhttp://127.0.0.1/a.ts\n"), "media_unsupported"),
    "a drawing": (image_part(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "media_unsupported"),
    "long and thin": (image_part(png(8, 1_700)), "media_unsupported"),
    "many bytes": (image_part(b"\x89PNG" + bytes(20 * 1024 * 1024)), "media_too_large"),
}


@pytest.mark.parametrize("name", IN_THE_REQUEST)
@pytest.mark.parametrize("route", ["see", "guess"])
def test_what_is_in_the_request_is_refused_before_any_hold(acme, name, route):
    part, code = IN_THE_REQUEST[name]
    answer = getattr(acme, route)(text_part("a"), part)
    assert_refused(acme, answer, code, f"input[1].{part['type']}.url")
    assert acme.events() == []


@pytest.mark.parametrize(
    "text",
    ["data:", "data:image/png,abc", "data:image/png;base64,***", "data:image/png;base64,YQ"],
)
def test_a_malformed_data_url_is_a_wrong_form(acme, text):
    assert_refused(acme, acme.see(image_part(text)), "invalid_format", "input[0].image_url.url")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://cdn.example.com/a.png", "media_url_not_allowed"),
        ("ftp://cdn.example.com/a.png", "media_url_not_allowed"),
        ("file:///etc/passwd", "media_url_not_allowed"),
        ("https://127.0.0.1/a.png", "media_url_not_allowed"),
        ("https://[::1]/a.png", "media_url_not_allowed"),
        ("https://169.254.169.254/latest", "media_url_not_allowed"),
        ("https://2130706433/a.png", "media_url_not_allowed"),
        ("https://localhost/a.png", "media_url_not_allowed"),
        ("https://cdn.example.com:8443/a.png", "media_url_not_allowed"),
        ("https://me:you@cdn.example.com/a.png", "media_url_not_allowed"),
        ("not a url", "invalid_format"),
        ("https://", "invalid_format"),
        ("https://cdn.example.com/" + "a" * 2_048, "value_out_of_range"),
        ("", "value_out_of_range"),
        (7, "invalid_format"),
    ],
)
@pytest.mark.parametrize("route", ["see", "guess"])
def test_urls_that_are_never_fetched_are_refused_at_once(acme, url, code, route):
    answer = getattr(acme, route)(text_part("a"), image_part(url))
    assert_refused(acme, answer, code, "input[1].image_url.url")
    assert acme.events() == []


FETCHED = {
    "absent": (None, "media_fetch_failed"),
    "no picture": (b"hello, I am a text" * 20, "media_unsupported"),
    "a cut picture": (png(640, 480)[:3_000], "media_unsupported"),
    "a bomb": (bomb(50_000, 50_000), "media_too_large"),
    "a redirect to us": (
        lambda it: _redirect(it, "http://127.0.0.1:1/a.png"),
        "media_url_not_allowed",
    ),
}


def _redirect(handler, to):
    handler.send_response(302)
    handler.send_header("Location", to)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


@pytest.mark.parametrize("name", FETCHED)
def test_what_a_server_gives_is_refused_by_the_worker_and_costs_nothing(acme, site, name):
    content, code = FETCHED[name]
    url = site.url("/bad", content) if content else f"http://{site.host}/absent"
    answer = acme.see(text_part("a"), image_part(url + "?token=hush"), Idempotency_Key="k")
    assert_refused(acme, answer, code, "input[1].image_url.url")
    assert "hush" not in answer.content.decode()
    event = acme.events()[0]
    assert (event["status"], event["error_code"]) == ("released", code)
    site.url("/bad" if content else "/absent", PICTURE)  # mended: the same key runs again
    again = acme.see(text_part("a"), image_part(url + "?token=hush"), Idempotency_Key="k")
    assert (again.status, again.replayed) == (200, False)
    assert complaints() == {}


def test_good_requests_beside_poisoned_ones_are_unaffected(acme, site):
    bad = site.url("/poison", b"GIF89a" + b"\xff" * 400)
    good = site.url("/good", PICTURE)
    alone = acme.see(image_part(good)).json["data"]
    spent = acme.credits

    def call(number):
        return acme.see(image_part(bad if number % 2 else good))

    answers = together(12, call)
    for number, answer in enumerate(answers):
        if number % 2:
            assert answer.code == "media_unsupported"
        else:
            assert answer.status == 200
            mine = [float(n) for n in answer.json["data"][0]["embedding"]]
            assert mine == pytest.approx([float(n) for n in alone[0]["embedding"]], abs=1e-5)
    assert spent - acme.credits == 6 * (100 - spent)
    assert complaints() == {}


def test_no_secret_of_a_url_and_no_word_of_a_decoder_reaches_a_log(acme, site, caplog, capfd):
    url = site.url("/broken.png", PICTURE[:60] + b"XXXX" + PICTURE[64:]) + "?sig=hush-hush"
    acme.see(image_part(url))
    acme.see(image_part(data_url(PICTURE[:60] + b"YYYY" + PICTURE[64:])))
    acme.see(video_part(mp4()[:-300]))
    said = caplog.text + "".join(capfd.readouterr())
    for word in ("hush-hush", "/broken.png", "libpng", "moov", "Traceback", "cannot identify"):
        assert word not in said
