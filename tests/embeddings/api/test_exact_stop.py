"""The promise: a team never spends more than it has, however many ask at once."""

from collections import Counter

from tests.embeddings.api.stage import (
    TEN_TOKENS,
    complaints,
    credits_of,
    customer,
    together,
)

CLIENTS = 64


def test_with_funds_for_exactly_so_many_exactly_so_many_of_64_clients_succeed(transactional_db):
    paid = 41
    acme = customer(str(credits_of(10 * paid)))
    answers = together(CLIENTS, lambda _: acme.embed(TEN_TOKENS))
    assert Counter(answer.code for answer in answers) == {
        None: paid,
        "balance_too_low": CLIENTS - paid,
    }
    assert acme.credits == 0
    assert acme.balance["held_credits"] == 0
    assert len(acme.lines()) == 1 + paid
    assert complaints() == {}


def test_with_keys_and_sizes_mixed_the_balance_ends_where_the_charges_say(transactional_db):
    acme = customer(str(credits_of(150)))

    def ask_twice(index):
        text = "word " * (index % 7 + 1)
        acme.embed(text, Idempotency_Key=f"k-{index // 2}")  # neighbours collide
        return acme.embed(text, Idempotency_Key=f"k-{index // 2}")

    answers = together(CLIENTS, ask_twice)
    allowed = {None, "balance_too_low", "idempotency_key_in_use"}
    assert {answer.code for answer in answers} <= allowed
    charged = sum(event["tokens"]["text"] for event in acme.events())
    assert acme.credits == credits_of(150 - charged) >= 0
    assert len(acme.events()) <= CLIENTS // 2
    assert complaints() == {}


def test_a_limited_key_stops_exactly_too_and_leaves_the_rest_of_the_team(transactional_db):
    acme = customer("1")
    limit_nano = 23 * 10 * 18_750
    key = acme.key_with(limit_day_nano=limit_nano)
    answers = together(CLIENTS, lambda _: key.embed(TEN_TOKENS))
    assert Counter(answer.code for answer in answers) == {
        None: 23,
        "key_limit_reached": CLIENTS - 23,
    }
    assert acme.credits == 1 - credits_of(230)
    assert complaints() == {}
