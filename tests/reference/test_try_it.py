"""“Try it” in a real browser: what it sends, what it shows, and where the key is not."""

import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import IN_CI
from tests.embeddings.api.stage import TEXT, customer

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
def visitor(served, host):
    """A key, and a page of a browser that notes every request."""
    program = shutil.which("chromium")
    if program is None:
        (pytest.fail if IN_CI else pytest.skip)("needs chromium, which is not here")
    someone = customer()
    asked, said = [], []

    def note(request):
        asked.append(request)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        page = browser.new_page()
        page.on("request", note)
        page.on("console", lambda message: said.append(message.text))
        yield page, host, someone.key, asked
        browser.close()
    assert not [text for text in said if "Content Security Policy" in text]


def test_a_request_is_sent_with_the_visitors_key_and_its_answer_is_shown(visitor):
    page, host, key, asked = visitor
    page.goto(f"{host}/docs/embeddings")
    section = page.locator("#post_v1_embeddings, #post_embeddings").first
    section.locator(".try > summary").click()
    section.locator('[data-part="key"]').fill(key)
    section.locator(".try button").click()
    section.locator('[data-part="status"]').wait_for()
    assert section.locator('[data-part="status"]').text_content() == "200"
    assert "req_" in section.locator('[data-part="about"]').text_content()
    assert "aurous-request-id: req_" in section.locator('[data-part="headers"]').text_content()
    assert TEXT in section.locator('[data-part="text"]').text_content()
    assert {request.url.split("/")[2] for request in asked} == {host.split("/")[2]}
    assert not [request.url for request in asked if key in request.url]
    kept = (
        "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, location.href])"
    )
    assert key not in page.evaluate(kept)
    estimate = page.locator(".try").nth(1)
    assert estimate.locator('[data-part="key"]').input_value() == key


def test_an_error_is_shown_with_its_status(visitor):
    page, host, _, _ = visitor
    page.goto(f"{host}/docs/models")
    section = page.locator(".endpoint").first
    section.locator(".try > summary").click()
    section.locator('[data-part="key"]').fill("al_live_none")
    section.locator(".try button").click()
    section.locator('[data-part="status"]').wait_for()
    assert section.locator('[data-part="status"]').text_content() == "401"
    assert "invalid_api_key" in section.locator('[data-part="text"]').text_content()


@pytest.mark.parametrize("path", ["https://example.com/v1/models", "//example.com/v1/", "/admin/"])
def test_a_path_that_leads_elsewhere_is_not_asked(visitor, path):
    page, host, key, asked = visitor
    page.goto(f"{host}/docs/models")
    section = page.locator(".endpoint").first
    section.locator(".try > summary").click()
    section.locator('[data-part="key"]').fill(key)
    section.locator('[data-part="path"]').fill(path)
    before = len(asked_for_data(asked))
    section.locator(".try button").click()
    section.locator('[data-part="status"]').wait_for()
    assert section.locator('[data-part="status"]').text_content() == "not sent"
    assert len(asked_for_data(asked)) == before


def asked_for_data(asked):
    """What scripts asked for; a browser fetches a page's icon when it likes."""
    return [request.url for request in asked if request.resource_type in ("fetch", "xhr")]


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_its_window(visitor, width, scheme):
    page, host, _, _ = visitor
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for address in ("/docs", "/docs/embeddings", "/docs/pictures-and-videos", "/errors"):
        page.goto(host + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
