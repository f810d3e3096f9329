"""The pages of the reference: whole, linked, and needing nobody but this installation."""

import re
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from aurous.http.versions import registry
from aurous.reference.contract import area_pages
from aurous.reference.guides import GUIDES, QUICKSTARTS
from aurous.reference.site import Site
from tests.architecture.source import ROOT
from tests.reference.pages import PAGES, SITES, got, text_of

OLDEST = Site(registry.OLDEST)
ELSEWHERE = ("/v1/", "/static/")  # answered by others, or known to the finders
NEEDS_LOGIN = "/"


@pytest.mark.parametrize("address", PAGES)
def test_every_link_of_a_page_leads_somewhere(address):
    for link in set(got(address).addresses):
        target, anchor = urldefrag(urljoin(address, link))
        assert target.startswith("/"), f"{link} is a request to somebody else"
        if target.startswith("/static/"):
            assert finders.find(target.removeprefix("/static/")), link
        elif target.endswith(".md") or target.startswith("/v1/"):
            text_of(target)
        elif target != NEEDS_LOGIN:
            assert not anchor or anchor in got(target).anchors, link


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_one_heading_and_no_anchor_twice(address):
    page = got(address)
    assert [tag for tag, _ in page.elements].count("h1") == 1
    assert len(page.anchors) == len(set(page.anchors))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_no_style_or_script_in_it_and_is_under_a_strict_policy(address):
    policy = Client().get(address)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    for tag, attrs in got(address).elements:
        assert tag != "style"
        assert tag != "script" or attrs["src"].startswith("/static/")
        assert not [name for name in attrs if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.version)
def test_every_endpoint_has_a_section_with_its_route_and_its_codes(site):
    for area in area_pages(site.version):
        page = got(site.url(area.slug))
        for endpoint in area.endpoints:
            assert endpoint.id in page.anchors
            assert endpoint.path in page.words
            assert endpoint.errors
            for error in endpoint.errors:
                assert f"/errors#{error.code}" in page.addresses
    shown = {(e.method, e.path) for area in area_pages(site.version) for e in area.endpoints}
    assert ("POST", "/v1/embeddings") in shown


def test_every_group_of_tabs_shows_exactly_one_program_without_a_script():
    radios = [a for tag, a in got(OLDEST.url("embeddings")).elements if tag == "input"]
    groups = {}
    for radio in radios:
        if radio.get("type") == "radio":
            groups.setdefault(radio["name"], []).append("checked" in radio)
    assert groups
    assert all(chosen == [True, False, False] for chosen in groups.values())


def test_without_a_script_trying_is_hidden_and_says_why():
    page = got(OLDEST.url("models"))
    forms = [attrs for tag, attrs in page.elements if tag == "form"]
    assert forms
    assert all("hidden" in attrs and "action" not in attrs for attrs in forms)
    assert "This needs JavaScript" in page.words


def test_no_field_of_a_form_has_a_name_so_that_no_key_can_get_into_an_address():
    for area in area_pages(registry.OLDEST):
        for tag, attrs in got(OLDEST.url(area.slug)).elements:
            if tag in {"input", "textarea"} and attrs.get("type") != "radio":
                assert "name" not in attrs
                assert attrs["data-part"] in {"key", "path", "body"}


def test_the_script_keeps_no_key():
    text = Path(finders.find("aurous/reference.js")).read_text()
    for word in (
        "localStorage",
        "sessionStorage",
        "document.cookie",
        "indexedDB",
        "history.",
        "innerHTML",
    ):
        assert word not in text


def test_the_style_sheet_takes_its_colours_from_the_tokens():
    css = Path(finders.find("aurous/reference.css")).read_text()
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl|url\(|@import", css)


@pytest.mark.parametrize("quickstart", QUICKSTARTS, ids=lambda one: one.slug)
def test_the_quickstarts_on_the_first_page_are_the_files(quickstart, settings):
    file = (ROOT / "docs/quickstarts" / quickstart.file).read_text()
    assert "http://127.0.0.1:8000" in file
    mine = file.replace("http://127.0.0.1:8000", settings.AUROUS_PUBLIC_URL)
    assert mine.rstrip() in got("/docs").words


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.slug)
def test_guides_end_where_operators_begin(guide):
    page = got(OLDEST.url(guide.slug))
    assert page.words.strip()
    assert not guide.until or guide.until not in page.words


def test_a_link_can_name_a_version():
    response = Client().get("/docs/models?version=2026-05-15")
    assert (response.status_code, response["Location"]) == (302, "/docs/models")


@pytest.mark.parametrize(
    "address", ["/docs/nothing", "/docs/2020-01-01", "/docs?version=x", "/docs/x.md", "/docs/"]
)
def test_what_does_not_exist_is_not_found(address):
    assert Client().get(address).status_code == 404


def test_the_changelog_tells_every_version_and_every_change():
    page = got(OLDEST.url("changelog"))
    for version in registry.versions():
        assert f"Version {version}" in page.words
    text = text_of(f"{OLDEST.url('changelog')}.md")
    for change in registry.CHANGES:
        assert change.title in text
        assert change.why in text
    for line in re.findall(r"^- .+$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE):
        assert line in text


def test_pages_may_be_kept_for_a_while_because_they_are_the_same_for_everybody():
    response = Client().get("/docs")
    assert response["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in response
    assert "Cookie" not in response.get("Vary", "")
