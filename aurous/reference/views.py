"""``/docs``, its Markdown twins and ``/llms.txt``. The same for everybody, so it may be cached."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from aurous.http.versions import registry
from aurous.reference import twins
from aurous.reference.changelog import changelog
from aurous.reference.contract import AreaPage, area_pages
from aurous.reference.guides import GUIDES, QUICKSTARTS
from aurous.reference.llms import llms_txt
from aurous.reference.markup import to_html
from aurous.reference.site import CHANGELOG, START, Site

# One style sheet, one script of ours, and requests to this installation alone.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
_CACHE = "public, max-age=300"
_MARKDOWN = "text/markdown; charset=utf-8"
_PLAIN = "text/plain; charset=utf-8"


def docs_page(
    request: HttpRequest, version: str | None = None, slug: str | None = None, md: str | None = None
) -> HttpResponse:
    """One page of the reference, or its twin. ``?version=`` goes to that version's page."""
    asked = version or request.GET.get("version", settings.API_DEFAULT_VERSION)
    if asked not in registry.versions():
        raise Http404
    site = Site(asked)
    slug = slug or START
    if slug not in site.titles:
        raise Http404
    if version is None and "version" in request.GET:
        return HttpResponseRedirect(site.url(slug) + (md or ""))
    if md:
        return _answer(markdown(asked, slug), _MARKDOWN)
    return _answer(page(asked, slug), "text/html; charset=utf-8")


def errors_twin(_request: HttpRequest) -> HttpResponse:
    """``/errors.md``."""
    text = (settings.BASE_DIR / "docs" / "errors.md").read_text()
    return _answer(text, _MARKDOWN)


def llms(_request: HttpRequest) -> HttpResponse:
    """``/llms.txt``."""
    return _answer(llms_txt(), _PLAIN)


@lru_cache(maxsize=64)
def markdown(version: str, slug: str) -> str:
    """A page as Markdown."""
    site = Site(version)
    if slug == START:
        return twins.start(site)
    if slug == CHANGELOG:
        return changelog()
    guide = next((guide for guide in GUIDES if guide.slug == slug), None)
    if guide is not None:
        return guide.markdown
    return twins.area(_area(version, slug))


@lru_cache(maxsize=64)
def page(version: str, slug: str) -> str:
    """A page as HTML."""
    site = Site(version)
    told: dict[str, Any] = {
        "site": site,
        "slug": slug,
        "title": site.titles[slug],
        "versions": site.other_versions(slug),
        "groups": site.groups,
        "twin": f"{site.url(slug)}.md",
        "home": site.home,
    }
    if slug == START:
        return render_to_string("reference/start.html", {**told, "quickstarts": QUICKSTARTS})
    areas = {one.slug for one in area_pages(version)}
    if slug in areas:
        return render_to_string("reference/area.html", {**told, "area": _area(version, slug)})
    text = to_html(markdown(version, slug))
    return render_to_string("reference/guide.html", {**told, "text": text})


def _area(version: str, slug: str) -> AreaPage:
    return next(one for one in area_pages(version) if one.slug == slug)


def _answer(text: str, content_type: str) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response["Cache-Control"] = _CACHE
    return response
