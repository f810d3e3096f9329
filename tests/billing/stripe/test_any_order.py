"""All orders of what Stripe tells of two top-ups, a refund that fails and a dispute: one ledger.

What each message leads to is the state of its moment, so that late ones bring old states.
"""

import itertools
import random

import pytest
from django.db import connection

from billing import payment_state, payments
from billing.models import Debt, Grant, Reversal, TopUp, Transfer
from tests.billing import stage
from tests.billing.stripe.world import books
from tests.settings import ON_SQLITE

SPENT = 900 * stage.CREDIT
pytestmark = pytest.mark.django_db


class Story:
    """The team bought 1,000 credits and spent 900; then it all happens. ``messages`` are (top-up,
    state) in the order in which they came about.
    """

    def __init__(self, world, *, won):
        self.world, self.team = world, stage.a_team()
        self.first, self.second = world.bought(self.team), world.order(self.team)
        stage.spent(self.team, SPENT // stage.PRICE)
        self.messages = list(self._happen(won))

    def _happen(self, won):
        first, control = self.first.payment_id, self.world.control
        refund = self.world.gateway.create_refund(first, 300, reversal_id="", key="a")
        yield self._now(self.first)
        control("refunds/fail", refund=refund.id)
        yield self._now(self.first)
        dispute = control("disputes", payment_intent=first, amount=500, inquiry=True)["id"]
        yield self._now(self.first)
        control("disputes/escalate", dispute=dispute)
        yield self._now(self.first)
        control("disputes/close", dispute=dispute, outcome="won" if won else "lost")
        yield self._now(self.first)
        self.world.pay(self.second)
        yield self._now(self.second)
        paid = payment_state.read(TopUp.objects.get(pk=self.second.pk))
        self.world.gateway.create_refund(paid.payment.id, 200, reversal_id="", key="b")
        yield self._now(self.second)

    def _now(self, topup):
        return topup.pk, payment_state.read(TopUp.objects.get(pk=topup.pk))

    def tell(self, number):
        topup_id, state = self.messages[number]
        payments.apply(TopUp.objects.get(pk=topup_id), state)

    def tell_again(self, path):
        for number in random.Random(repr(path)).choices(path, k=3):
            self.tell(number)


def everything(team):
    """All that the next message can meet, without the names that chance gave it."""
    transfers = Transfer.objects.filter(account_id=team.pk)
    lines = sorted((t.kind, t.signed_nano, _masked(t.reference)) for t in transfers)
    grants = Grant.objects.filter(account_id=team.pk).order_by("transfer__sequence")
    reversals = Reversal.objects.filter(topup__team=team).order_by("stripe_id")
    debts = Debt.objects.filter(team=team).order_by("id")
    topups = TopUp.objects.filter(team=team).order_by("id")
    return repr(
        [
            lines,
            list(grants.values_list("kind", "remaining")),
            list(reversals.values_list("stripe_id", "effect", "stripe_status")),
            list(debts.values_list("reversal__stripe_id", "remaining")),
            list(topups.values_list("status", "payment_id", "checkout_id")),
        ]
    )


def _masked(reference):
    return reference.partition(":")[0] if reference.startswith("debt:") else reference


def walk(story, left, path, known):
    """Tell what is left in every order; returns how many orders that is.

    A savepoint is the way back. Where two beginnings leave the very same rows, what follows is the
    same and is told once; ``known`` remembers how many orders that was.
    """
    here = (left, everything(story.team))
    if here not in known:
        if left:
            known[here] = sum(_one_step(story, number, left, path, known) for number in left)
        else:
            story.tell_again(path)
            assert books(story.team) == story.end, path
            known[here] = 1
    return known[here]


def _one_step(story, number, left, path, known):
    point = connection.savepoint()
    story.tell(number)
    count = walk(story, left - {number}, [*path, number], known)
    connection.savepoint_rollback(point)
    return count


@pytest.mark.skipif(
    not ON_SQLITE, reason="walked in the SQLite pass of the suite, which is quicker"
)
def test_all_5040_orders_of_a_refund_that_fails_and_a_dispute_that_is_won_end_the_same(world):
    story = Story(world, won=True)
    point = connection.savepoint()
    for number in range(len(story.messages)):
        story.tell(number)
    story.end = books(story.team)
    connection.savepoint_rollback(point)
    assert story.end["standing"] == (900 * stage.CREDIT, 0)
    assert story.end["debt"] == 0
    assert story.end["moved"]["refund"] == -200 * stage.CREDIT
    assert "dispute" not in story.end["moved"]
    assert walk(story, frozenset(range(len(story.messages))), [], {}) == 5_040


def test_orders_with_repetitions_of_a_dispute_that_is_lost_leave_the_same_and_prove_is_clean(world):
    story = Story(world, won=False)
    chance, ends = random.Random(20_261_130), []
    for turn in range(60):
        order = [*range(len(story.messages)), *chance.choices(range(len(story.messages)), k=5)]
        chance.shuffle(order)
        point = connection.savepoint()
        for number in order:
            story.tell(number)
        ends.append(books(story.team))
        if turn % 10 == 0:
            assert stage.complaints() == {}
        connection.savepoint_rollback(point)
    assert ends[0]["standing"] == (400 * stage.CREDIT, 0)
    assert ends[0]["moved"]["dispute"] == -500 * stage.CREDIT
    assert all(end == ends[0] for end in ends)


def test_the_orders_differ_in_the_middle_or_the_test_would_show_nothing(world):
    story = Story(world, won=True)
    middles = []
    for order in itertools.islice(
        itertools.permutations(range(len(story.messages))), 0, 5_040, 397
    ):
        point = connection.savepoint()
        for number in order[:4]:
            story.tell(number)
        middles.append(repr(books(story.team)))
        connection.savepoint_rollback(point)
    assert len(set(middles)) >= 5
