"""A team's past with every modality, end, key and user in it, and where its days were."""

from dataclasses import replace

from accounts.actors import system_actor
from billing.closing import End
from billing.models import HoldStatus
from billing.pricing import Tokens
from embeddings import history
from tests.billing import stage

ROWS = 240


def mixed(team, rows=ROWS):
    """``rows`` requests over 90 days, and today one of each modality and some that failed."""
    history.fill(team, rows, seed=5, actor=system_actor("tests"), report=lambda _: None)
    spent_on(team, Tokens(7, 11, 13), user="amara")
    spent_on(team, Tokens(3), api_version="2026-11-01")
    stage.release(stage.running(team, 5), team)


def spent_on(team, tokens, **more):
    """A request that was charged for tokens of several modalities."""
    wanted = stage.request(team, 1, **more)
    prices = stage.prices(1_000, visual=3_000, video=5_000)
    taken = stage.take(replace(wanted, tokens=tokens, prices=prices))[0]
    stage.start([taken.id])
    stage.close(End(taken.id, team.id, HoldStatus.SETTLED, tokens))
    return taken
