"""The database's clock, and moments as both databases write, read and compare them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from aurous.kernel.clock import as_sql, as_utc, database_now, seconds_until_sql

# Hypothesis wants bounds without a zone.
FIRST, LAST = datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2200-01-01")
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


def test_the_database_tells_the_time_in_utc_and_it_does_not_run_backwards(db):
    moments = [database_now(connection) for _ in range(5)]
    assert moments == sorted(moments)
    assert all(moment.tzinfo is UTC for moment in moments)


def test_the_databases_clock_goes_on_inside_a_transaction(db):
    first = database_now(connection)
    while database_now(connection) == first:  # SQLite counts milliseconds
        pass
    assert database_now(connection) > first


@given(MOMENTS)
def test_a_moment_survives_the_way_through_its_text(moment):
    assert as_utc(as_sql(moment)) == moment


@given(MOMENTS, MOMENTS)
def test_texts_of_moments_compare_as_the_moments_do(one, other):
    """SQLite compares texts."""
    assert (as_sql(one) < as_sql(other)) == (one < other)


@given(MOMENTS, st.integers(-86_399, 86_399))
def test_the_same_moment_in_another_zone_has_the_same_text(moment, offset_s):
    elsewhere = moment.astimezone(timezone(timedelta(seconds=offset_s)))
    assert as_sql(elsewhere) == as_sql(moment)


@given(MOMENTS)
def test_it_is_the_text_that_django_writes_on_sqlite(moment):
    from django.db.backends.sqlite3.operations import DatabaseOperations

    assert DatabaseOperations(connection).adapt_datetimefield_value(moment) == as_sql(moment)


@pytest.mark.parametrize(
    "value",
    [
        "2026-06-15 12:00:00",
        "2026-06-15 12:00:00.000000",
        "2026-06-15T12:00:00+00:00",
        "2026-06-15 14:00:00+02:00",
        datetime(2026, 6, 15, 12),  # noqa: DTZ001 - as SQLite's converter returns it
        datetime(2026, 6, 15, 14, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_whatever_form_a_database_returns_is_the_same_moment(value):
    assert as_utc(value) == datetime(2026, 6, 15, 12, tzinfo=UTC)
    assert as_utc(value).tzinfo is UTC


@pytest.mark.parametrize("seconds", [-3600, 0, 0.5, 30, 86_400])
def test_seconds_until_a_moment_are_counted_by_the_database(db, seconds):
    at = as_sql(database_now(connection) + timedelta(seconds=seconds))
    typed = "CAST(%s AS timestamptz)" if connection.vendor == "postgresql" else "%s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {seconds_until_sql(connection.vendor, typed)}", [at])
        left = float(cursor.fetchone()[0])
    assert seconds - 30 < left <= seconds + 0.002  # a busy machine may take its time
