"""Which pages the reference of a version has, and where they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from aurous.http.versions import registry
from aurous.reference.contract import area_pages
from aurous.reference.guides import GUIDES

START, CHANGELOG = "", "changelog"


@dataclass(frozen=True, slots=True)
class Link:
    """A line of the rail. ``twin``: the same page as Markdown, where there is one."""

    title: str
    url: str
    twin: str = ""
    slug: str | None = None
    inner: Sequence[tuple[str, str]] = ()  # titles and URLs of its parts


@dataclass(frozen=True, slots=True)
class Site:
    """The reference of one version."""

    version: str
    promise: str = "Text, pictures and videos in, vectors out."

    @property
    def base_url(self) -> str:
        """What an SDK is given."""
        return f"{settings.AUROUS_PUBLIC_URL}/v1"

    @property
    def home(self) -> str:
        """Where its first page is."""
        return "/docs" if self.version == settings.API_DEFAULT_VERSION else f"/docs/{self.version}"

    def url(self, slug: str) -> str:
        """Where a page is."""
        return f"{self.home}/{slug}" if slug else self.home

    def link(self, slug: str, title: str, inner: Sequence[tuple[str, str]] = ()) -> Link:
        """A line of the rail for a page of ours."""
        return Link(title, self.url(slug), self.url(slug) + ".md", slug, inner)

    @property
    def groups(self) -> list[tuple[str, list[Link]]]:
        """The rail."""
        areas = [
            self.link(
                page.slug,
                page.name,
                [(one.summary, f"{self.url(page.slug)}#{one.id}") for one in page.endpoints],
            )
            for page in area_pages(self.version)
        ]
        more = [
            Link("Errors", "/errors", "/errors.md"),
            self.link(CHANGELOG, "Changelog"),
            Link("OpenAPI document", f"/v1/openapi.json?version={self.version}"),
        ]
        return [
            ("Guides", [self.link(guide.slug, guide.title) for guide in GUIDES]),
            ("API", areas),
            ("More", more),
        ]

    @property
    def titles(self) -> dict[str, str]:
        """Title by slug, of every page; the first one has an empty slug."""
        links = [link for _, links in self.groups for link in links]
        named = {link.slug: link.title for link in links if link.slug is not None}
        return {START: "Quickstart"} | named

    def other_versions(self, slug: str) -> list[tuple[str, str]]:
        """Every version, newest first, with the URL of the same page in it."""
        return [
            (version, Site(version).url(slug if slug in Site(version).titles else START))
            for version in reversed(registry.versions())
        ]
