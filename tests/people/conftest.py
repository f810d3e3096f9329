"""Ada at a browser, with nothing counted against her yet."""

import pytest
from django.core.cache import cache
from django.test import Client

from billing import prices
from billing.ledger import open_account
from embeddings import catalog
from tests.cast import Cast, make_cast


@pytest.fixture(autouse=True)
def nothing_remembered():
    def forget():
        cache.clear()  # what limits have counted
        prices.forget()
        catalog.forget()

    forget()
    yield
    forget()


@pytest.fixture
def cast(db) -> Cast:
    made = make_cast()
    for team in (made.acme, made.cleos):
        open_account(team.id)
    return made


@pytest.fixture
def browser(db) -> Client:
    """Somebody who is not logged in, at http://localhost, where passkeys work."""
    return Client(headers={"host": "localhost"})


@pytest.fixture
def ada(browser, cast) -> Client:
    """Ada, logged in by her password."""
    from tests.people.acts import log_in

    log_in(browser, cast.ada.email)
    return browser
