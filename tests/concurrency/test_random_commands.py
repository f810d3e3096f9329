"""32 threads do whatever they like to a few teams; the books stay in order."""

import random

import pytest

from accounts.models import Team
from aurous.kernel.errors import AurousError
from billing.holds import Taken
from billing.reaper import reap
from billing.starting import start
from tests.billing import stage
from tests.concurrency.crowd import at_once, of_kind

THREADS = 32
STEPS = 12
pytestmark = pytest.mark.django_db(transaction=True)


def a_life(seed: int, teams: list[Team]):
    """One thread's commands. A refusal is an answer; anything else is a defect."""

    def live() -> int:
        rng = random.Random(seed)
        done = 0
        for _ in range(STEPS):
            try:
                one_command(rng, teams)
                done += 1
            except AurousError as error:
                assert error.code == "provider_unavailable", error
        return done

    return live


def one_command(rng: random.Random, teams: list[Team]) -> None:
    team = rng.choice(teams)
    kind = rng.random()
    if kind < 0.1:
        stage.grant(team, rng.randint(1, 5) * stage.PRICE)
    elif kind < 0.15:
        reap()
    else:
        mixed = [stage.request(rng.choice(teams), rng.randint(1, 9)) for _ in range(4)]
        keyed = stage.request(team, 1, claim=stage.claim(f"k{rng.randint(1, 6)}"))
        end_somehow(rng, of_kind(stage.take(*mixed, keyed), Taken), [*mixed, keyed])


def end_somehow(rng, taken, requests) -> None:
    """Start and end in both orders of teams, settled in part or in full, or released."""
    team_of = {request.id: request.team_id for request in requests}
    tokens_of = {request.id: request.tokens.text for request in requests}
    started = start([one.id for one in taken]).seconds_left
    ends = []
    for id_ in started:
        team = Team(id=team_of[id_])
        if rng.random() < 0.7:
            keep = lambda _: b"reply"  # noqa: E731
            ends.append(stage.settling(id_, team, rng.randint(1, tokens_of[id_]), reply=keep))
        else:
            ends.append(stage.releasing(id_, team))
    rng.shuffle(ends)
    stage.close(*ends)


def test_the_books_are_in_order_after_everybody_did_what_they_liked():
    teams = [stage.a_team(200 * stage.PRICE, name=f"Team {n}") for n in range(3)]
    answers = at_once([a_life(seed, teams) for seed in range(THREADS)])
    assert not of_kind(answers, Exception)
    assert sum(answers) > THREADS  # most commands were done, not refused
    assert stage.complaints() == {}
    for team in teams:
        assert stage.account(team).posted >= 0
