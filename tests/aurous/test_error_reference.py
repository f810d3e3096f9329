"""Every error's doc_url leads somewhere."""

import re
from urllib.parse import urlsplit

from django.test import Client

from aurous.kernel.errors import ERROR_CODES


def test_the_page_explains_every_code_at_its_anchor(client: Client) -> None:
    page = client.get("/errors")
    assert page.status_code == 200
    anchors = re.findall(r'<section[^>]* id="(\w+)"', page.content.decode())
    assert sorted(anchors) == sorted(ERROR_CODES)


def test_the_doc_url_of_an_answer_is_an_anchor_of_the_page(client: Client) -> None:
    error = client.get("/v1/balance").json()["error"]
    parts = urlsplit(error["doc_url"])
    page = client.get(parts.path)
    assert f'id="{parts.fragment}"' in page.content.decode()


def test_the_page_tells_the_status_of_a_code(client: Client) -> None:
    page = client.get("/errors").content.decode()
    section = page.split('id="balance_too_low"')[1].split("</section>")[0]
    assert "HTTP 402" in section
    assert "less credit available" in section


def test_the_page_is_under_a_strict_policy(client: Client) -> None:
    assert "default-src 'none'" in client.get("/errors")["Content-Security-Policy"]
