"""Northwind: a team with a past, people of every role, and one row of each kind."""

import pytest

from accounts.models import Role
from aurous.kernel.money import parse_credits
from billing.ledger import open_account
from billing.teams import grant_credit
from embeddings import history
from tests.cast import NOBODY, make_cast
from tests.pages.rows import Rows, rows_of

PAST_REQUESTS = 300
_LONG = "Department-of-Very-Long-Names-Without-Any-Space-In-Them-At-All-And-Then-Some"


@pytest.fixture(scope="module")
def northwind(platform: None) -> Rows:
    """As it stands when the module begins; tests only look at it."""
    cast = make_cast()
    for team in (cast.acme, cast.cleos):
        open_account(team.id)
    grant_credit(cast.acme, parse_credits("500"), reason="Opening credit", reference="opening")
    history.fill(cast.acme, PAST_REQUESTS, seed=1, actor=NOBODY, report=lambda _done: None)
    cast.new_key(name=_LONG)
    rows = rows_of(cast)
    assert set(rows.people) == set(Role.values)
    return rows
