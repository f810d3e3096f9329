"""Statements sent on without waiting: the same results, the same errors, the same transaction."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from aurous.kernel.pipeline import pipelined

pytestmark = pytest.mark.django_db(transaction=True)
WRITE = "UPDATE billing_account SET floor = %s WHERE id = 'revenue'"
READ = "SELECT floor FROM billing_account WHERE id = 'revenue'"
REFUSED = "UPDATE billing_account SET held = -1 WHERE id = 'revenue'"


def floor():
    with connection.cursor() as cursor:
        cursor.execute(READ, [])
        return cursor.fetchone()[0]


def test_what_was_sent_before_is_seen_by_what_is_read_after():
    with transaction.atomic(), pipelined(connection):
        for number in (-1, -2, -3):
            with connection.cursor() as cursor:
                cursor.execute(WRITE, [number])
        assert floor() == -3
    assert floor() == -3


def test_an_error_is_heard_at_the_end_at_the_latest_and_undoes_everything():
    with pytest.raises(IntegrityError), transaction.atomic(), pipelined(connection):
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [-5])
            cursor.execute(REFUSED, [])
    assert floor() == 0


def test_an_error_is_heard_by_the_next_that_reads():
    with pytest.raises(IntegrityError), transaction.atomic(), pipelined(connection):
        with connection.cursor() as cursor:
            cursor.execute(REFUSED, [])
        floor()
        raise AssertionError("it read on after an error")


def test_an_error_names_its_cause_so_that_it_can_be_tried_again():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's errors have no state")
    with pytest.raises(DataError) as caught, transaction.atomic(), pipelined(connection):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / %s::int", [0])
    assert caught.value.__cause__.sqlstate == "22012"


def test_an_error_of_ours_inside_stays_what_it_is_and_undoes_everything():
    with pytest.raises(ZeroDivisionError), transaction.atomic(), pipelined(connection):
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [-5])
        raise ZeroDivisionError
    assert floor() == 0


def test_after_an_error_the_connection_is_as_good_as_before():
    for _ in range(3):
        with pytest.raises(IntegrityError), transaction.atomic(), pipelined(connection):
            with connection.cursor() as cursor:
                cursor.execute(REFUSED, [])
        with transaction.atomic(), pipelined(connection):
            assert floor() == 0
