"""What programs read: Markdown twins and /llms.txt."""

from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client

from aurous.http.versions import registry
from aurous.kernel.errors import ERROR_CODES
from aurous.reference.contract import area_pages
from aurous.reference.site import Site
from tests.reference.pages import PAGES, SITES, got, links_in, text_of


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_a_twin_that_begins_with_its_title(address):
    response = Client().get(f"{address}.md")
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    text = response.content.decode()
    assert text.startswith("# ")
    assert f"{address}.md" in got(address).addresses
    assert "<div" not in text


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.version)
def test_the_twin_of_an_area_has_routes_fields_programs_and_answers(site):
    for area in area_pages(site.version):
        text = text_of(f"{site.url(area.slug)}.md")
        for endpoint in area.endpoints:
            assert f"`{endpoint.method} {endpoint.path}`" in text
            for row in (*endpoint.body, *endpoint.query):
                assert f"- `{row.path}` (" in text
            for example in endpoint.examples:
                assert example.answer in text
                for program in example.programs:
                    assert program.text in text


def test_llms_txt_has_the_form_of_llmstxt_org(settings):
    lines = text_of("/llms.txt").splitlines()
    assert lines[0] == "# Aurous"
    assert lines[2].startswith("> ")
    assert [line for line in lines if line.startswith("## ")] == [
        "## Start",
        "## Guides",
        "## API",
        "## More",
    ]


def test_everything_that_llms_txt_names_is_there(settings):
    links = links_in(text_of("/llms.txt"))
    assert len(links) > 10
    for link in links:
        assert link.startswith(settings.AUROUS_PUBLIC_URL)
        assert Client().get(link.removeprefix(settings.AUROUS_PUBLIC_URL)).status_code == 200


def test_every_link_of_a_twin_leads_somewhere():
    targets = {
        urldefrag(urljoin(address, link))[0]
        for address in PAGES
        for link in links_in(text_of(f"{address}.md"))
    }
    assert len(targets) > len(PAGES)
    for target in targets:
        assert not urlsplit(target).netloc
        assert Client().get(target).status_code in {200, 302}, target


def test_the_twin_of_the_errors_has_every_code():
    text = text_of("/errors.md")
    assert all(f"## {code}\n" in text for code in ERROR_CODES)


def test_the_first_page_of_a_version_names_its_twins():
    site = Site(registry.OLDEST)
    links = links_in(text_of(f"{site.home}.md"))
    assert f"{site.url('embeddings')}.md" in links
