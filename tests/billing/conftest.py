"""After every money test the books must be in order, unless the test broke them on purpose."""

from datetime import UTC, datetime

import pytest

from billing import prices
from tests.billing import stage
from tests.billing.database_clock import prepare_clock, pretended_clock


@pytest.fixture(autouse=True)
def books_are_in_order(request: pytest.FixtureRequest):
    """``prove``, after every test that used the database."""
    used = [n for n in ("transactional_db", "db", "clock") if n in request.fixturenames]
    for name in used:
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


@pytest.fixture(scope="session")
def clock_to_set(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        prepare_clock()


@pytest.fixture
def clock(clock_to_set, db):
    """The database's own clock, standing still at noon of a day in the middle of a month."""
    with pretended_clock(datetime(2026, 6, 15, 12, tzinfo=UTC)) as clock:
        yield clock
