"""The database has the last word: statements that go round the code, and its refusals."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests.billing import stage
from tests.billing.stage import a_team, held, running, settle, spent, sql

pytestmark = pytest.mark.usefixtures("db")

TRANSFER = (
    "INSERT INTO billing_transfer (id, debit_id, credit_id, amount, kind, reference, account_id, "
    "sequence, balance_after, hash, note, occurred_at, recorded_at) VALUES "
    "('tr_new', %s, %s, %s, 'usage', %s, %s, %s, 0, '', '', %s, %s)"
)


def hear(words, statement, params=()):
    """The statement must be refused, and in these words."""
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        sql(statement, params)
        check_deferred()


def check_deferred():
    """Foreign keys are checked at the commit, which a test never reaches."""
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
    else:
        connection.check_constraints()


def transfer(team, debit=None, credit="revenue", amount=1, reference="new", sequence=99, of=None):
    at = stage.LONG_AGO
    return [debit or team.id, credit, amount, reference, of or team.id, sequence, at, at]


def test_a_well_formed_transfer_would_be_taken(team):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        sql(TRANSFER, transfer(team))
        raise ZeroDivisionError  # the statement itself was good; take it back


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_transfer SET amount = amount + 1",
        "UPDATE billing_transfer SET note = 'never happened'",
        "UPDATE billing_transfer SET kind = kind",
        "DELETE FROM billing_transfer",
    ],
)
def test_a_transfer_is_never_changed_or_removed(team, statement):
    hear("transfers are append-only", statement)


def test_a_transfer_is_never_replaced(team):
    if connection.vendor == "postgresql":
        again = TRANSFER + " ON CONFLICT (reference) DO UPDATE SET amount = excluded.amount"
    else:
        again = TRANSFER.replace("INSERT", "INSERT OR REPLACE")
    ((reference,),) = sql("SELECT reference FROM billing_transfer")
    hear("append-only", again, transfer(team, reference=reference))


@pytest.mark.parametrize("amount", [0, -1, -(2**62)])
def test_a_transfer_moves_more_than_nothing(team, amount):
    hear("transfer_positive", TRANSFER, transfer(team, amount=amount))


def test_a_transfer_has_two_ends(team):
    hear("transfer_two_accounts", TRANSFER, transfer(team, credit=team.id))


def test_a_transfer_belongs_to_one_of_its_ends(team):
    other = a_team(name="Other")
    hear("transfer_touches_account", TRANSFER, transfer(team, of=other.id))


def test_a_reference_causes_only_one_transfer(team):
    ((reference,),) = sql("SELECT reference FROM billing_transfer")
    hear("reference|append-only", TRANSFER, transfer(team, reference=reference))


def test_a_place_in_an_accounts_history_is_taken_once(team):
    hear("sequence|transfer_gapless|append-only", TRANSFER, transfer(team, sequence=1))


def test_a_transfer_needs_accounts_that_exist(team):
    hear("(?i)foreign key", TRANSFER, transfer(team, credit="nowhere"))


ACCOUNT = {
    "nothing is held below zero": ("held = -1", "account_held_not_negative"),
    "nothing is held that is not there": ("held = posted + 1", "account_above_floor"),
    "the balance stays above the floor": ("posted = -1", "account_above_floor"),
    "the floor cannot rise above the balance": ("floor = posted + 1", "account_above_floor"),
    "the number of running requests is not negative": ("open_count = -1", "account_open_count"),
}


@pytest.mark.parametrize("rule", ACCOUNT)
def test_of_an_account(team, rule):
    change, name = ACCOUNT[rule]
    hear(name, f"UPDATE billing_account SET {change} WHERE id = %s", [team.id])


def test_what_is_held_cannot_be_spent_otherwise(team):
    held(team, tokens=10_000)
    change = "UPDATE billing_account SET posted = held - 1 WHERE id = %s"
    hear("account_above_floor", change, [team.id])


@pytest.mark.parametrize("change", ["posted = 5", "posted = 5, held = 5", "sequence = 1"])
def test_a_system_account_carries_no_balance(db, change):
    hear(
        "account_system_carries_nothing",
        f"UPDATE billing_account SET {change} WHERE id = 'revenue'",
    )


def test_a_team_has_one_account(team):
    hear(
        "(?i)unique",
        "INSERT INTO billing_account (id, team_id, posted, held, floor, open_count, sequence, "
        "chain_hash) VALUES ('second', %s, 0, 0, 0, 0, 0, '')",
        [team.id],
    )


@pytest.mark.parametrize("change", ["remaining = -1", "remaining = amount + 1"])
def test_a_grant_holds_between_nothing_and_what_it_was(team, change):
    hear("grant_remaining", f"UPDATE billing_grant SET {change}")


def test_a_transfer_makes_one_grant(team):
    columns = "account_id, kind, amount, remaining, priority, effective_at, transfer_id"
    again = f"INSERT INTO billing_grant (id, {columns}) SELECT 'grant_2', {columns}"
    hear("(?i)unique", f"{again} FROM billing_grant")


SETTLED = {
    "it is not charged beyond its hold": ("charged = held + 1", "charged_within_held"),
    "it is not charged less than nothing": ("charged = -1", "charged_within_held"),
    "its hold is not negative": ("held = -1, charged = -1", "charged_within_held"),
    "its charge stays with its end": ("status = 'released'", "only_settled_is_charged"),
    "it cannot be opened again": ("status = 'running'", "ends_once|only_settled"),
    "it cannot lose its end": ("ended_at = NULL", "ends_once"),
}


@pytest.mark.parametrize("rule", SETTLED)
def test_of_a_settled_request(team, rule):
    spent(team)
    change, name = SETTLED[rule]
    hear(name, f"UPDATE embeddings_inference SET {change}")


@pytest.mark.parametrize("make", [held, running], ids=["queued", "running"])
def test_an_open_request_has_no_charge_and_no_end(team, make):
    make(team)
    hear("only_settled_is_charged", "UPDATE embeddings_inference SET charged = 1")
    hear("ends_once", "UPDATE embeddings_inference SET ended_at = created_at")


def test_a_released_request_is_not_opened_again(team):
    stage.release(held(team), team)
    hear("ends_once", "UPDATE embeddings_inference SET status = 'queued'")


def test_a_request_id_names_one_request(team):
    held(team), held(team)
    hear("(?i)unique", "UPDATE embeddings_inference SET request_id = 'req_same'")


def test_a_key_stands_for_one_request_of_a_team(team):
    held(team, claim=stage.claim("a"))
    held(team, claim=stage.claim("b"))
    hear("(?i)unique", "UPDATE accounts_idempotencyclaim SET key = 'same'")


def test_a_request_has_one_key(team):
    held(team, claim=stage.claim("a"))
    held(team, claim=stage.claim("b"))
    hear("(?i)unique", "UPDATE accounts_idempotencyclaim SET hold_id = 'emb_same'")


def test_a_key_does_not_use_less_than_nothing_on_a_day(team):
    held(team)
    hear("key_day_not_negative", "UPDATE billing_keyday SET used = -1")


def test_a_price_is_not_negative(db):
    hear("price_not_negative", "UPDATE billing_price SET nano_text = -1")


def test_a_team_with_money_cannot_be_removed(team):
    settle(running(team), team)
    hear("(?i)foreign key", "DELETE FROM accounts_team WHERE id = %s", [team.id])


def test_an_account_with_transfers_cannot_be_removed(team):
    hear("(?i)foreign key", "DELETE FROM billing_account WHERE id = %s", [team.id])
