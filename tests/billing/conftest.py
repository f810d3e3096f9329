"""After every money test the books must be in order, unless the test broke them on purpose."""

import pytest

from billing import prices
from tests.billing import stage


@pytest.fixture(autouse=True)
def books_are_in_order(request: pytest.FixtureRequest):
    """``prove``, after every test that used the database."""
    used = [name for name in ("transactional_db", "db") if name in request.fixturenames]
    for name in used[:1]:
        request.getfixturevalue(name)  # before this one, so that it ends after it
    yield
    if used and "broken_books" not in request.fixturenames:
        assert stage.complaints() == {}


@pytest.fixture
def broken_books(db) -> None:
    """For tests that damage the data to hear somebody complain."""


@pytest.fixture(autouse=True)
def prices_are_read_anew():
    prices.forget()
    yield
    prices.forget()


@pytest.fixture
def team(db):
    """A team with 10 credits."""
    return stage.a_team(10 * stage.CREDIT)
