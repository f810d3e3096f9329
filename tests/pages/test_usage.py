"""The page of usage: what its URL can ask for, what it says when that is wrong, and its links."""

import csv
import io
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from billing.models import UsageRollup, UsageUserDay, UsageUserTotal
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.pages.past import mixed
from tests.pages.reading import count_queries, links, words


@pytest.fixture
def acme(cast):
    stage.grant(cast.acme, 100 * CREDIT)
    return cast.acme


@pytest.fixture
def usage(ada, acme):
    """The page for a query."""

    def ask(**query):
        page = ada.get(f"/t/{acme.id}/usage?{urlencode(query)}")
        assert page.status_code == 200
        return page

    return ask


def names(page):
    return [line.name for line in page.context["told"].lines]


# --- ranges, groups, buckets ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ({}, 30),
        ({"range": "24h"}, 24),
        ({"range": "7d"}, 7),
        ({"range": "90d"}, 90),
        ({"range": "custom", "since": "2026-01-05", "until": "2026-01-08", "bucket": "1h"}, 96),
        ({"range": "custom", "since": "2026-01-05", "until": "2026-01-18"}, 14),
        ({"range": "custom", "since": "2026-01-05", "until": "2026-01-05"}, 24),
        ({"range": "custom", "since": "2025-01-06", "until": "2026-01-04"}, 52),
    ],
)
def test_as_many_columns_as_the_range_has(acme, usage, query, columns):
    stage.spent(acme, 7)
    told = usage(**query).context["told"]
    assert len(told.chart.columns) == columns
    assert told.series.starts[0] <= told.asked.period.first
    assert told.asked.period.first < told.series.starts[0] + told.asked.query.width.length


def test_days_begin_at_midnight_utc_and_the_last_one_counts(acme, usage):
    stage.spent(acme, 7)
    period = (
        usage(range="custom", since="2026-01-05", until="2026-01-06").context["told"].asked.period
    )
    assert (period.first, period.before) == (
        datetime(2026, 1, 5, tzinfo=UTC),
        datetime(2026, 1, 7, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"range": "fortnight"}, "30 days"),
        ({"range": "custom", "since": "soon"}, "Enter a valid date."),
        (
            {"range": "custom", "since": "2026-01-06", "until": "2026-01-05"},
            "The last day comes before the first.",
        ),
        (
            {"range": "custom", "since": "2020-01-01", "until": "2026-01-05"},
            "A range has at most 366 days.",
        ),
        ({"range": "90d", "bucket": "1h"}, "Too many columns: take a shorter range."),
        ({"range": "24h", "bucket": "1d"}, "Too few columns: take a longer range."),
        ({"range": "7d", "bucket": "1h", "group": "user"}, "Too many columns"),
        ({"range": "90d", "group": "user"}, "Users are told apart over 31 days at most."),
        ({"group": "modality", "metric": "p95"}, "only credits and tokens can be split"),
        ({"group": "colour"}, "Select a valid choice."),
        ({"metric": "smiles"}, "Credits over time"),
        ({"user": "a\x00"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_asked_is_said_and_something_is_shown(acme, usage, query, said):
    stage.spent(acme, 7)
    page = usage(**query)
    assert said in words(page)
    assert page.context["told"].chart.columns


def test_filters_narrow_everything_and_stay_in_the_links(acme, usage):
    stage.spent(acme, 7, user="amara")
    stage.spent(acme, 5, user="bo", api_version="2026-11-01")
    page = usage(user="amara", group="version")
    assert page.context["told"].total.sums.tokens == (7, 0, 0)
    assert names(page) == ["2026-05-15"]
    url = page.context["told"].lines[0].requests_url
    assert parse_qs(urlsplit(url).query) == {
        "range": ["30d"],
        "user": ["amara"],
        "version": ["2026-05-15"],
    }
    for name in ("metric", "range"):
        kept = [url for url in links(page, "?") if f"{name}=" in url]
        assert kept
        assert all("user=amara" in url and "group=version" in url for url in kept)


def test_the_heaviest_five_and_the_others(acme, cast, usage):
    keys = [cast.new_key(name=f"key {number}").api_key for number in range(8)]
    for weight, key in enumerate(keys):
        stage.spent(acme, (weight + 1) * 1_000_000, api_key_id=key.id)
    page = usage(group="key")
    assert names(page) == ["key 7", "key 6", "key 5", "key 4", "key 3", "Other"]
    told = page.context["told"]
    assert told.lines[-1].sums.charged == (1 + 2 + 3) * CREDIT
    assert told.lines[-1].sums.requests == 3
    assert told.lines[-1].sums.percentiles_ms[0] is not None
    assert told.lines[-1].requests_url == ""
    assert sum(line.share for line in told.lines) == pytest.approx(100)
    assert sorted(line.colour for line in told.lines) == [1, 2, 3, 4, 5, 6]


def test_the_same_key_has_the_same_colour_whatever_else_is_shown(acme, cast, usage):
    keys = [cast.new_key(name=f"key {number}").api_key for number in range(3)]
    for key in keys:
        stage.spent(acme, 7, api_key_id=key.id)
    every = {line.name: line.colour for line in usage(group="key").context["told"].lines}
    stage.spent(acme, 70_000, api_key_id=keys[2].id)
    again = {line.name: line.colour for line in usage(group="key").context["told"].lines}
    (alone,) = usage(group="key", key=keys[1].id).context["told"].lines
    assert again == every
    assert alone.colour == every["key 1"]


def test_users_of_a_long_range_are_those_of_its_last_days(acme, usage):
    stage.spent(acme, 9_000, user="gone")
    tables = {UsageRollup: "start", UsageUserDay: "day", UsageUserTotal: "day"}
    for table, column in tables.items():
        for row in table.objects.filter(team=acme):
            earlier = getattr(row, column) - timedelta(days=10)
            table.objects.filter(pk=row.pk).update(**{column: earlier})
    stage.spent(acme, 7, user="amara")
    page = usage(group="user")
    assert names(page) == ["amara", "Other"]
    assert page.context["told"].lines[1].sums.tokens == (9_000, 0, 0)
    assert "in the last 7 days of the range" in words(page)


@pytest.mark.parametrize("metric", ["p50", "p95"])
def test_percentiles_are_lines_and_are_not_stacked(acme, usage, metric):
    stage.spent(acme, 7)
    told = usage(metric=metric, range="7d").context["told"]
    assert told.chart.lines
    assert not any(drawn.boxes for drawn in told.chart.columns)
    assert told.chart.columns[-1].column.total.endswith(" ms")
    assert told.chart.columns[0].column.total == "–"


@pytest.mark.parametrize("metric", ["credits", "requests", "tokens", "p50", "p95"])
@pytest.mark.parametrize("group", ["model", "key", "status", "user", "version", "modality", "none"])
def test_every_metric_by_everything(ada, acme, metric, group):
    stage.spent(acme, 7)
    page = ada.get(f"/t/{acme.id}/usage?metric={metric}&group={group}")
    assert page.status_code == 200
    assert page.context["told"].has_any


def test_empty_ranges_say_why_and_what_next(acme, usage):
    assert "No requests in this range" in words(usage())
    stage.spent(acme, 7)
    assert "No requests match" in words(usage(status="failed"))


# --- files ------------------------------------------------------------------------------------


def test_the_file_has_what_is_shown(ada, acme):
    mixed(acme, 60)
    query = "range=30d&group=modality"
    told = ada.get(f"/t/{acme.id}/usage?{query}").context["told"]
    answer = ada.get(f"/t/{acme.id}/usage.csv?{query}")
    assert answer["Content-Disposition"] == f'attachment; filename="usage-{acme.id}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert len(rows) == 30 * 3 + 3 + 1
    for row, line in zip(rows[90:93], told.lines, strict=True):
        assert (row["record"], row["group"], row["name"]) == ("group", line.value, line.name)
        tokens = [int(row[f"tokens_{name}"]) for name in ("text", "visual", "video")]
        assert tuple(tokens) == line.sums.tokens
        assert row["requests"] == ""
    assert int(rows[-1]["requests"]) == told.total.sums.requests
    assert rows[0]["start"] == told.asked.period.first.strftime("%Y-%m-%dT00:00:00.000000Z")


def test_a_name_in_the_file_is_no_formula(ada, cast, acme):
    key = cast.new_key(name="=HYPERLINK(1)").api_key
    stage.spent(acme, 7, api_key_id=key.id)
    text = ada.get(f"/t/{acme.id}/usage.csv?group=key").getvalue().decode()
    assert "'=HYPERLINK(1)" in text


def test_what_cannot_be_asked_makes_no_file(ada, acme):
    answer = ada.get(f"/t/{acme.id}/usage.csv?bucket=1h&range=90d")
    assert answer["Location"] == f"/t/{acme.id}/usage?bucket=1h&range=90d"
    answer = ada.get(f"/t/{acme.id}/usage/requests.csv?range=x")
    assert answer["Location"] == f"/t/{acme.id}/usage?range=x"


# --- what goes with the page ------------------------------------------------------------------


@pytest.mark.parametrize("group", ["model", "key", "user"])
def test_as_many_queries_for_30_groups_as_for_one(ada, cast, acme, group):
    url = f"/t/{acme.id}/usage?group={group}"
    stage.spent(acme, 7)
    ada.get(url)
    before = count_queries(ada, url)
    for number in range(30):
        key = cast.new_key().api_key
        stage.spent(acme, 7, api_key_id=key.id, user=f"user-{number}")
    assert count_queries(ada, url) == before <= 16
