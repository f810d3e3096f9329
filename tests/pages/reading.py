"""Pages as their readers see them."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext


def words(page):
    """What is in the page, without its tags."""
    body = re.sub(r"<[^>]*>", "", page.text.split("<main")[1].split("</main>")[0])
    return " ".join(body.split())


def links(page, start):
    """Every address in the page that begins so."""
    found = re.findall(r'href="([^"]*)"', page.text.split("<main")[1].split("</main>")[0])
    return [url.replace("&amp;", "&") for url in found if url.startswith(start)]


def count_queries(browser, url):
    """How many statements a page takes, without those that begin and end transactions."""
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len([one for one in captured if "SAVEPOINT" not in one["sql"]])
