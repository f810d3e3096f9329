"""Durations in bins: p50 and p95 within 5 %, however the counts are added."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from aurous.kernel.tally import counters_of, sum_sql, text_of, whole
from billing.latency import (
    EDGES_MS,
    ERROR_MAX,
    LONGEST_MS,
    bin_of,
    percentiles_ms,
    tally_sql,
    took_ms,
)

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
MILLIS = st.integers(0, LONGEST_MS - 1)


def counted(durations):
    counts = [0] * len(EDGES_MS)
    for ms in durations:
        counts[bin_of(ms)] += 1
    return counts


def told(milliseconds):
    return percentiles_ms([0] * bin_of(milliseconds) + [1], [50])[0]


def test_every_duration_is_told_within_the_documented_error():
    worst = max(abs(told(ms) - ms) / ms for ms in range(1, LONGEST_MS, 7))
    assert worst <= ERROR_MAX
    edges = [ms for edge in EDGES_MS[1:] for ms in (edge - 1, edge) if 0 < ms < LONGEST_MS]
    assert max(abs(told(ms) - ms) / ms for ms in edges) <= ERROR_MAX


def test_up_to_twenty_milliseconds_the_answer_is_exact():
    assert [told(ms) for ms in range(20)] == list(range(20))


def test_ten_minutes_and_more_are_told_as_ten_minutes():
    assert [told(ms) for ms in (LONGEST_MS, 10 * LONGEST_MS)] == [LONGEST_MS] * 2


@given(st.lists(MILLIS, min_size=1, max_size=60), st.sampled_from([1, 50, 95, 100]))
def test_a_percentile_is_the_nearest_rank_within_the_error(durations, percent):
    exact = sorted(durations)[-(-len(durations) * percent // 100) - 1]
    assert percentiles_ms(counted(durations), [percent])[0] == pytest.approx(exact, rel=ERROR_MAX)


def test_nothing_counted_has_no_percentile():
    assert percentiles_ms([], [50, 95]) == percentiles_ms([0, 0], [50, 95]) == [None, None]


def test_half_a_millisecond_is_rounded_up_and_a_clock_set_back_is_zero():
    assert took_ms(AT, AT + timedelta(microseconds=12_500)) == 13
    assert took_ms(AT, AT + timedelta(microseconds=12_499)) == 12
    assert took_ms(AT, AT - timedelta(seconds=1)) == 0


@given(st.dictionaries(st.integers(0, len(EDGES_MS)), st.integers(1, 10**12 - 1)))
def test_a_tally_is_read_as_it_was_written(counters):
    assert counters_of(text_of(counters)) == dict(sorted(counters.items()))


@given(st.lists(st.dictionaries(st.integers(0, 130), st.integers(1, 10**9)), max_size=5))
def test_adding_tallies_adds_every_counter(many):
    total = sum(whole(text_of(one)) for one in many)
    expected = {}
    for one in many:
        for number, count in one.items():
            expected[number] = expected.get(number, 0) + count
    assert counters_of(str(total)) == dict(sorted(expected.items()))


@pytest.mark.parametrize("took_us", [0, 499, 500, 12_500, 20_499, 20_500, 1_234_567, 3_600_000_000])
def test_the_database_puts_a_duration_into_the_same_bin(db, took_us):
    ended_at = AT + timedelta(microseconds=took_us)
    tally = tally_sql(connection.vendor, "b", "e")
    kind = "::timestamptz" if connection.vendor == "postgresql" else ""
    source = f"SELECT '{AT}'{kind} AS b, '{ended_at}'{kind} AS e"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sum_sql(connection.vendor, tally)} FROM ({source}) x")
        stored = cursor.fetchone()[0]
    assert counters_of(stored) == {bin_of(took_ms(AT, ended_at)): 1}
