"""Ada's browser, and teams with money."""

import pytest

from billing import prices
from billing.ledger import open_account
from embeddings import catalog
from tests.cast import Cast, make_cast


@pytest.fixture(autouse=True)
def nothing_remembered():
    prices.forget()
    catalog.forget()
    yield
    prices.forget()
    catalog.forget()


def staged() -> Cast:
    """The usual people and their teams, which can have credit."""
    made = make_cast()
    for team in (made.acme, made.cleos):
        open_account(team.id)
    return made


@pytest.fixture
def cast(db) -> Cast:
    return staged()


@pytest.fixture
def ada(client, cast):
    """The browser of Ada, who owns Acme."""
    client.force_login(cast.ada)
    return client
