"""Every page, light and dark, on a phone and on a wide screen, by the rules of axe-core."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.browser.places import NAMES, html_of, place
from tests.browser.stage import northwind

__all__ = ["northwind"]

SCRIPTS_GZIPPED_BYTES_MAX = 60_000
STYLES_GZIPPED_BYTES_MAX = 40_000


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_sound(name, northwind, visit):
    one = place(name, northwind)
    html = html_of(one)
    if html is None:
        return
    assert weight(html, r'<script[^>]* src="/static/([^"]+)"') <= SCRIPTS_GZIPPED_BYTES_MAX
    assert (
        weight(html, r'<link rel="stylesheet" href="/static/([^"]+)"') <= STYLES_GZIPPED_BYTES_MAX
    )
    assert not re.search(r'\sstyle="|\son[a-z]+="|<script>|<style', html)
    for width, scheme in ((1440, "light"), (390, "dark")):
        window = visit(one.user, width=width, scheme=scheme)
        assert window.go(one.path) == 200
        assert not window.too_wide, f"{name} is wider than {width} px"
        assert window.page.locator("h1").count() == 1
        assert window.faults() == []


def weight(html, pattern):
    """Gzipped bytes of the files that a page loads."""
    paths = [Path(finders.find(found)) for found in re.findall(pattern, html)]
    return sum(len(gzip.compress(path.read_bytes())) for path in paths)
