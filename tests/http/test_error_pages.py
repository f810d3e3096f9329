import pytest
from django.test import RequestFactory

from aurous.http import error_pages


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (error_pages.bad_request, 400),
        (error_pages.forbidden, 403),
        (error_pages.not_found, 404),
        (error_pages.broken, 500),
    ],
)
def test_a_browser_gets_a_small_page_with_the_request_id(page, status):
    request = RequestFactory().get("/<script>")
    request.request_id = "req_<1>"
    response = page(request)
    text = response.content.decode()
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert "<h1>" in text
    assert "req_&lt;1&gt;" in text
    assert "script" not in text
    assert len(text) < 1_000


def test_it_needs_no_edge_before_it():
    assert error_pages.not_found(RequestFactory().get("/"), Exception()).status_code == 404
