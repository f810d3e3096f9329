"""The estimate: the same checks, the exact price, and nothing left behind."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing import prices
from billing.models import Price
from embeddings.models import Inference
from tests.cast import NOBODY
from tests.embeddings.api.stage import CAT, STUB, TEN_TOKENS, credits_of

PARTS = [{"type": "text", "text": "one two"}, {"type": "text", "text": "three"}]


def test_the_body_has_exactly_the_documented_keys_and_values(asker):
    answer = asker.estimate(TEN_TOKENS)
    assert answer.status == 200
    assert answer.json == {
        "estimated": True,
        "tokens": {"text": 10, "image": 0, "video": 0, "total": 10},
        "credits_estimated": Decimal("0.0001875"),
        "breakdown": {
            "input": {"text": Decimal("0.0001875"), "visual": 0, "video": 0},
            "model": STUB,
        },
    }


@pytest.mark.parametrize("input_", [CAT, TEN_TOKENS, PARTS, "a" * 5_000, "猫" * 50])
def test_the_later_charge_is_what_was_estimated(acme, input_):
    estimated = acme.estimate(input_).json
    usage = acme.embed(input_).json["usage"]
    assert usage["credits_charged"] == estimated["credits_estimated"]
    assert usage["total_tokens"] == estimated["tokens"]["total"]
    assert usage["breakdown"]["input"] == estimated["breakdown"]["input"]


def test_it_charges_holds_and_records_nothing(asker):
    for _ in range(3):
        assert asker.estimate(TEN_TOKENS, dimensions=64).status == 200
    assert asker.credits == 1
    assert asker.balance["held_credits"] == 0
    assert len(asker.lines()) == 1  # the credit
    assert not Inference.objects.exists()


def test_it_needs_no_credit(asker):
    assert asker.estimate("a " * 8_000).json["credits_estimated"] == credits_of(8_000)


def test_its_idempotency_key_is_checked_for_its_form_and_ignored(acme):
    fields = {"model": STUB, "input": CAT}
    for body in (fields, fields | {"input": TEN_TOKENS}):
        answer = acme.post("embeddings/estimate", body, Idempotency_Key="k")
        assert (answer.status, answer.replayed) == (200, False)
    assert acme.embed(Idempotency_Key="k").status == 200  # the key is still free
    assert acme.post("embeddings/estimate", fields, Idempotency_Key="k").replayed is False
    assert acme.post("embeddings/estimate", fields, Idempotency_Key="a b").status == 400


def test_a_teams_own_price_is_used_for_estimate_model_list_and_charge(acme):
    own = Price(
        model=STUB,
        team=acme.team,
        usd_text=Decimal("0.1"),
        markup_pct=Decimal(0),
        effective_at=datetime(2026, 6, 1, tzinfo=UTC),
    )
    prices.set_price(own, actor=NOBODY)
    assert acme.estimate(TEN_TOKENS).json["credits_estimated"] == Decimal("0.0001")
    model = acme.get(f"models/{STUB}").json
    assert model["embedding_pricing"]["text"] == {"credits_per_M": 10}
    assert acme.embed(TEN_TOKENS).json["usage"]["credits_charged"] == Decimal("0.0001")


def test_a_model_that_is_not_available_has_no_estimate(asker):
    answer = asker.estimate(model="aurous-embed-vision")
    assert (answer.status, answer.code) == (503, "provider_unavailable")


def test_a_read_key_may_not_ask(asker):
    answer = asker.key_with(scope="read").estimate()
    assert (answer.status, answer.code) == (403, "missing_scope")


def test_a_models_allow_list_holds_here_too(asker):
    answer = asker.key_with(models=["aurous-embed-text"]).estimate()
    assert (answer.status, answer.code) == (403, "model_not_allowed")
