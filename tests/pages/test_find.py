"""Search: by a part of a name, by the end of a secret, by an id."""

import pytest

from accounts import api_keys
from tests.cast import NOBODY
from tests.pages.reading import links, words


@pytest.fixture
def found(cast):
    """What somebody of Acme is led to."""

    def ask(browser, wanted):
        page = browser.get(f"/t/{cast.acme.id}/find", {"q": wanted})
        assert page.status_code == 200
        return [(one.label, one.url) for one in page.context["found"]]

    return ask


def test_keys_and_people_by_a_part_of_their_name(ada, cast, found):
    key = cast.new_key(name="Search indexer").api_key
    cast.new_key(team=cast.cleos, name="Search of another team")
    assert found(ada, "INDEX") == [("Search indexer", f"/t/{cast.acme.id}/keys/{key.id}")]
    assert found(ada, cast.ada.email) == [
        (cast.ada.name or cast.ada.email, f"/t/{cast.acme.id}/members/{cast.ada.pk}")
    ]
    assert found(ada, "webh") == [("Webhooks", f"/t/{cast.acme.id}/webhooks")]


def test_a_key_by_the_end_of_its_secret(ada, cast, found):
    made = cast.new_key(name="robot")
    key, tail = made.api_key, made.text[-4:]
    assert (key.name, f"/t/{cast.acme.id}/keys/{key.id}") in found(ada, tail)
    api_keys.revoke(cast.acme.id, key.id, actor=NOBODY)
    page = ada.get(f"/t/{cast.acme.id}/find", {"q": "robot"})
    assert "revoked key" in words(page)
    assert links(page, f"/t/{cast.acme.id}/keys/{key.id}")


def test_nothing_of_that_name_says_how_things_are_found(ada, cast, found):
    assert found(ada, "zz\0zz") == []
    assert "Nothing is called that" in words(ada.get(f"/t/{cast.acme.id}/find?q=zzzz"))


def test_what_people_type_and_browsers_ask_for_leads_somewhere(ada, cast):
    assert ada.get(f"/t/{cast.acme.id}")["Location"] == f"/t/{cast.acme.id}/"
    assert ada.get("/favicon.ico")["Location"].endswith(".svg")
