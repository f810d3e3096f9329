"""The one way to lock, and what becomes of a database that is busy or away (F13)."""

import pytest
from django.conf import settings
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)

from aurous.kernel.errors import AurousError
from aurous.kernel.locks import lock_rows, with_retries
from billing.models import Account

SYSTEM = ["revenue", "breakage", "promotions"]


def failing(*errors):
    """An operation that raises these one after the other and then is done."""
    left = list(errors)

    def operation():
        operation.calls += 1
        if left:
            raise left.pop(0)
        return "done"

    operation.calls = 0
    return operation


def from_database(kind, sqlstate=None, text="no"):
    """An error as Django raises it, with the driver's own as its cause."""
    error = kind(text)
    error.__cause__ = Exception(text)
    error.__cause__.sqlstate = sqlstate
    return error


BUSY = {
    "serialization failure": from_database(OperationalError, "40001"),
    "deadlock": from_database(OperationalError, "40P01"),
    "lock timeout": from_database(OperationalError, "55P03"),
    "SQLite's busy file": from_database(OperationalError, None, "database is locked"),
}


def test_rows_come_in_the_order_of_their_ids_whatever_the_order_asked(db):
    with transaction.atomic():
        rows = lock_rows(Account, SYSTEM, ["id", "posted"])
    assert rows == [("breakage", 0), ("promotions", 0), ("revenue", 0)]


def test_ids_that_do_not_exist_are_left_out(db):
    with transaction.atomic():
        assert lock_rows(Account, ["revenue", "nobody"], ["id"]) == [("revenue",)]


@pytest.mark.django_db(transaction=True)
def test_locking_outside_of_a_transaction_is_a_mistake():
    with pytest.raises(RuntimeError, match="needs a transaction"):
        lock_rows(Account, SYSTEM, ["id"])


def test_locking_twice_in_one_transaction_is_a_mistake(db):
    with transaction.atomic(durable=True):
        lock_rows(Account, ["revenue"], ["id"])
        with pytest.raises(RuntimeError, match="already called"):
            lock_rows(Account, ["breakage"], ["id"])


def test_an_inner_block_is_the_same_transaction(db):
    with transaction.atomic(durable=True):
        lock_rows(Account, ["revenue"], ["id"])
        with transaction.atomic(), pytest.raises(RuntimeError, match="already called"):
            lock_rows(Account, ["breakage"], ["id"])


def test_the_next_transaction_may_lock_again(db):
    for _ in range(2):
        with transaction.atomic(durable=True):
            assert lock_rows(Account, ["revenue"], ["id"])


def test_a_transaction_that_failed_leaves_the_next_one_free(db):
    with pytest.raises(ZeroDivisionError), transaction.atomic(durable=True):
        lock_rows(Account, ["revenue"], ["id"])
        raise ZeroDivisionError
    with transaction.atomic(durable=True):
        lock_rows(Account, ["revenue"], ["id"])


@pytest.mark.parametrize("reason", BUSY)
def test_a_busy_database_is_asked_again(reason):
    operation = failing(*[BUSY[reason]] * (settings.MONEY_RETRIES_MAX - 1))
    assert with_retries(operation) == "done"
    assert operation.calls == settings.MONEY_RETRIES_MAX


@pytest.mark.parametrize("reason", BUSY)
def test_a_database_that_stays_busy_is_told_as_503_after_a_few_times(reason):
    operation = failing(*[BUSY[reason]] * 99)
    with pytest.raises(AurousError) as caught:
        with_retries(operation)
    assert operation.calls == settings.MONEY_RETRIES_MAX
    error = caught.value
    assert (error.code, error.status, error.retry_after_s) == ("provider_unavailable", 503, 1)
    assert "busy" in error.message


AWAY = {
    "the server is gone": from_database(OperationalError, "57P01"),
    "the connection was lost": from_database(OperationalError),
    "a statement took too long": from_database(OperationalError, "57014"),
    "the disk is full": from_database(OperationalError, "53100"),
    "the connection is closed": InterfaceError("connection already closed"),
}


@pytest.mark.parametrize("reason", AWAY)
def test_an_outage_is_told_as_503_at_once_for_it_may_have_been_done(reason, monkeypatch):
    monkeypatch.setattr(connection, "close", lambda: None)
    operation = failing(AWAY[reason])
    with pytest.raises(AurousError) as caught:
        with_retries(operation)
    assert operation.calls == 1
    error = caught.value
    assert (error.code, error.retry_after_s) == ("provider_unavailable", 1)
    assert "does not answer" in error.message


def test_after_an_outage_the_connection_is_given_up(monkeypatch):
    closed = []
    monkeypatch.setattr(connection, "close", lambda: closed.append(True))
    with pytest.raises(AurousError):
        with_retries(failing(OperationalError("gone")))
    assert closed == [True]


@pytest.mark.parametrize(
    "error",
    [
        from_database(IntegrityError, "23514"),
        from_database(DatabaseError, "22003"),
        ValueError("wrong"),
        AurousError("balance_too_low", "no"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_mistake_stays_what_it_is_and_is_not_repeated(error):
    operation = failing(error)
    with pytest.raises(type(error)) as caught:
        with_retries(operation)
    assert caught.value is error
    assert operation.calls == 1
