"""Every page, light and dark, on a phone and on a wide screen, by the rules of axe-core."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from tests.browser.stage import northwind
from tests.pages.routes import OBJECTS, OF_A_PERSON, routes

__all__ = ["northwind"]

OF_A_TEAM = [route.name for route in routes() if route.of_a_team]
OF_NOBODY = ["/account/login/", "/account/signup/", "/account/password/reset/"]
SCRIPTS_GZIPPED_BYTES_MAX = 60_000
STYLES_GZIPPED_BYTES_MAX = 40_000


def path_of(name, rows):
    if name in OF_A_PERSON:
        return reverse(name)
    more = OBJECTS[name](rows) if name in OBJECTS else {}
    return reverse(name, kwargs={"team_id": rows.team_id, **more})


def as_page(user, path):
    """The page's HTML, or None where there is a download, or nothing to see."""
    client = Client()
    if user:
        client.force_login(user)
    answer = client.get(path, follow=True)
    if answer.status_code == 405 or "text/html" not in answer["Content-Type"]:
        return None
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("name", [*OF_A_TEAM, *sorted(OF_A_PERSON), *OF_NOBODY])
def test_a_page_is_sound(name, northwind, visit):
    user = None if name in OF_NOBODY else northwind.people["owner"]
    path = name if name in OF_NOBODY else path_of(name, northwind)
    html = as_page(user, path)
    if html is None:
        return
    assert weight(html, r'<script[^>]* src="/static/([^"]+)"') <= SCRIPTS_GZIPPED_BYTES_MAX
    assert (
        weight(html, r'<link rel="stylesheet" href="/static/([^"]+)"') <= STYLES_GZIPPED_BYTES_MAX
    )
    assert not re.search(r'\sstyle="|\son[a-z]+="|<script>|<style', html)
    for width, scheme in ((1440, "light"), (390, "dark")):
        window = visit(user, width=width, scheme=scheme)
        assert window.go(path) == 200
        assert not window.too_wide, f"{name} is wider than {width} px"
        assert window.page.locator("h1").count() == 1
        assert window.faults() == []


def weight(html, pattern):
    """Gzipped bytes of the files that a page loads."""
    paths = [Path(finders.find(found)) for found in re.findall(pattern, html)]
    return sum(len(gzip.compress(path.read_bytes())) for path in paths)
