"""Two texts, their price, and how alike they are: in each of the ways."""

import pytest
from django.db import transaction

from accounts import members
from accounts.models import Role
from tests.cast import NOBODY, person
from tests.embeddings.api.stage import credits_of, customer, until


@pytest.fixture
def team(transactional_db):
    return customer()


def test_two_texts_are_compared(team, begin):
    ada = person(f"ada-{team.key_id.lower()}@acme.example")
    with transaction.atomic():
        members.add(team.team, ada, Role.DEVELOPER, actor=NOBODY)
    at = begin(ada)
    at.go(f"/t/{team.team.id}/playground")
    at.hands.choose("Model", "aurous-stub")
    at.hands.fill("Text of the first input", "The cat sat on the mat.")
    at.hands.fill("Text of the second input", "The cat sat on the mat.")
    at.hands.press("What will it cost")
    at.sees("estimate")
    assert team.credits == 1
    if not at.mode.scripts:  # the page came anew, with what was written
        assert at.page.get_by_label("Text of the second input").input_value()
    at.hands.press("Embed")
    at.sees("Similarity")
    at.sees("1.0000")
    until(lambda: team.credits == 1 - 2 * credits_of(7))
