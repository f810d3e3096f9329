"""402, key limits, allow-lists and teams that are not charged."""

from decimal import Decimal

import pytest

from accounts import api_keys, teams
from aurous.kernel.money import parse_credits
from tests.cast import NOBODY
from tests.embeddings.api.stage import (
    CAT,
    STUB,
    TEN_TOKENS,
    TEXT,
    complaints,
    credits_of,
    customer,
    meanwhile,
)

TEN = credits_of(10)


def nano(tokens):
    return parse_credits(str(credits_of(tokens)))


def test_the_last_nano_credit_can_be_spent_and_not_one_more(transactional_db):
    poor = customer(str(credits_of(17)))
    assert poor.embed(TEN_TOKENS).status == 200
    answer = poor.embed(TEN_TOKENS)
    assert (answer.status, answer.code) == (402, "balance_too_low")
    assert answer.error["type"] == "invalid_request"
    assert answer.error["param"] is None
    assert "needs 0.0001875 credits and 0.00013125 are available" in answer.error["message"]
    assert poor.embed(CAT).status == 200  # 7 tokens are there
    assert poor.credits == 0
    assert "0 are available" in poor.embed("x").error["message"]
    assert complaints() == {}


def test_a_team_that_never_had_credit_is_402(transactional_db):
    assert customer("0").embed("x").code == "balance_too_low"


def test_what_is_held_is_not_available(transactional_db, gate):
    poor = customer(str(credits_of(15)))
    running = meanwhile(lambda: poor.embed(TEN_TOKENS))
    gate.wait_for_one()
    balance = poor.balance
    assert balance["held_credits"] == TEN
    assert balance["credits"] - balance["held_credits"] == balance["available_credits"]
    assert poor.embed(TEN_TOKENS).code == "balance_too_low"
    gate.open()
    assert running.result().status == 200
    assert poor.balance["held_credits"] == 0


@pytest.mark.parametrize(
    ("limit", "when"),
    [
        ("limit_day_nano", "today"),
        ("limit_month_nano", "this month"),
        ("limit_total_nano", "in all"),
    ],
)
def test_a_keys_own_limit_stops_it_to_the_nano_credit(acme, limit, when):
    key = acme.key_with(**{limit: nano(20)})
    assert [key.embed(TEN_TOKENS).status for _ in range(2)] == [200, 200]
    answer = key.embed("x")
    assert (answer.status, answer.code) == (402, "key_limit_reached")
    assert answer.error["type"] == "invalid_request"
    assert f"may still spend 0 credits {when} (limit 0.000375)" in answer.error["message"]
    assert acme.embed("x").status == 200  # the team's other keys go on
    assert complaints() == {}


def test_a_keys_limit_counts_what_is_held_and_gets_back_what_is_released(acme, gate, monkeypatch):
    key = acme.key_with(limit_total_nano=nano(10))
    running = meanwhile(lambda: key.embed(TEN_TOKENS, dimensions=64))
    gate.wait_for_one()
    assert key.embed("x").code == "key_limit_reached"
    monkeypatch.setattr("embeddings.engine.stub.DIMENSIONS", ())  # every input is refused
    gate.open()
    assert running.result().status == 500
    monkeypatch.undo()
    assert key.embed(TEN_TOKENS).status == 200


def test_the_teams_balance_is_told_before_the_keys_limit(transactional_db):
    poor = customer("0")
    assert poor.key_with(limit_total_nano=1).embed("x").code == "balance_too_low"


def test_a_key_for_some_models_may_use_those(acme):
    key = acme.key_with(models=[STUB])
    assert key.embed().status == 200
    answer = key.embed(model=TEXT)
    assert (answer.status, answer.code) == (403, "model_not_allowed")
    assert STUB in answer.error["message"]


@pytest.mark.parametrize("amount", ["0", "1"])
def test_an_exempt_team_is_never_blocked_and_charged_0_for_real_tokens(transactional_db, amount):
    exempt = customer(amount)
    teams.set_billing_mode(exempt.team.id, "exempt", actor=NOBODY)
    usage = exempt.embed(TEN_TOKENS, Idempotency_Key="k").json["usage"]
    assert usage["total_tokens"] == 10
    assert usage["credits_charged"] == 0
    assert usage["breakdown"]["input"] == {"text": 0, "visual": 0, "video": 0}
    assert exempt.embed(TEN_TOKENS, Idempotency_Key="k").json["usage"] == usage
    assert exempt.balance["billing_mode"] == exempt.get("team").json["billing_mode"] == "exempt"
    assert exempt.credits == Decimal(amount)
    (event,) = exempt.events()
    assert (event["tokens"]["text"], event["credits_charged"]) == (10, 0)
    assert complaints() == {}


def test_an_exempt_teams_keys_have_no_credit_limit_to_reach(acme):
    teams.set_billing_mode(acme.team.id, "exempt", actor=NOBODY)
    assert acme.key_with(limit_total_nano=1).embed(TEN_TOKENS).status == 200


@pytest.mark.parametrize("scope", ["write", "full"])
def test_who_may_write_may_embed(acme, scope):
    assert acme.key_with(scope=scope).embed().status == 200


def test_a_suspended_team_and_a_revoked_key_are_refused(acme):
    gone = acme.key_with()
    assert gone.embed().status == 200
    api_keys.revoke(acme.team.id, gone.key_id, actor=NOBODY)
    answer = gone.embed()
    assert (answer.status, answer.code) == (401, "revoked_api_key")
    teams.suspend(acme.team.id, actor=NOBODY)
    answer = acme.embed()
    assert (answer.status, answer.code) == (403, "team_suspended")
    teams.resume(acme.team.id, actor=NOBODY)
    assert acme.embed().status == 200
