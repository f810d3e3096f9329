"""Every page of the reference, as a browser without scripts finds it."""

import re
from functools import lru_cache
from html.parser import HTMLParser

from django.test import Client

from aurous.http.versions import registry
from aurous.reference.site import Site

SITES = [Site(version) for version in registry.versions()]
PAGES = [site.url(slug) for site in SITES for slug in site.titles]


class Page(HTMLParser):
    """What a page has: links, anchors, elements with their attributes, words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    @property
    def anchors(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.elements if attrs.get("id")]

    @property
    def addresses(self) -> list[str]:
        """Everything that a browser would fetch or follow."""
        return [
            address
            for _, attrs in self.elements
            for name in ("href", "src", "action")
            if (address := attrs.get(name))
        ]


@lru_cache(maxsize=128)
def got(address: str) -> Page:
    """A page of ours, which must be there."""
    response = Client().get(address)
    assert response.status_code == 200, address
    return Page(response.getvalue().decode())


def text_of(address: str) -> str:
    """What is answered, as text."""
    response = Client().get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def links_in(markdown: str) -> list[str]:
    """The targets of Markdown's links."""
    return re.findall(r"\]\(([^)\s]+)\)", markdown)
