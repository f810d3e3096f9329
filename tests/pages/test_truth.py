"""The dashboard, its CSV, the API and the ledger say the same, to the unit."""

import csv
import io
from collections import defaultdict
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from aurous.kernel.money import NANO_PER_CREDIT
from billing.models import Transfer
from embeddings.models import Inference
from embeddings.pages.usage_form import FILTERS
from tests.billing import stage
from tests.cast import bearer
from tests.pages.past import mixed

ENDS = ("settled", "released", "failed")
COLUMNS = {"model": "model", "key": "api_key_id", "status": "status", "user": "user"}


@pytest.fixture
def acme(cast):
    stage.grant(cast.acme, stage.CREDIT)
    mixed(cast.acme)
    return cast.acme


def nano(text):
    return int(Decimal(text) * NANO_PER_CREDIT)


def csv_of(answer):
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def api_usage(client, key, period, **query):
    words = {
        "start_time": period.first.isoformat().replace("+00:00", "Z"),
        "end_time": period.before.isoformat().replace("+00:00", "Z"),
        "bucket_width": "1d",
        "limit": 500,
        **query,
    }
    answer = client.get(f"/v1/usage?{urlencode(words)}", **bearer(key))
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_the_bill_of_90_days(ada, cast, acme):
    told = ada.get(f"/t/{acme.id}/usage?range=90d").context["told"]
    period, total = told.asked.period, told.total.sums

    ledger = Transfer.objects.filter(
        account_id=acme.id,
        kind="usage",
        occurred_at__gte=period.first,
        occurred_at__lt=period.before,
    )
    assert total.charged == sum(line.amount for line in ledger) > 0

    buckets = api_usage(ada, cast.key(), period)
    groups = [group for bucket in buckets for group in bucket["results"]]
    assert total.charged == sum(nano(str(group["credits"])) for group in groups)
    assert total.requests == sum(group["requests"] for group in groups)

    shown = csv_of(ada.get(f"/t/{acme.id}/usage.csv?range=90d"))
    (whole,) = [row for row in shown if row["record"] == "total"]
    assert total.charged == nano(whole["credits"])
    for kind in ("bucket", "group"):
        assert total.charged == sum(nano(r["credits"]) for r in shown if r["record"] == kind)
        assert total.requests == sum(int(r["requests"]) for r in shown if r["record"] == kind)

    (*rows, end) = csv_of(ada.get(f"/t/{acme.id}/usage/requests.csv?range=90d"))
    assert end["record"] == "end"
    assert total.charged == nano(end["total_credits"])
    assert total.requests == len([row for row in rows if row["status"] in ENDS])


def test_today_is_what_the_api_and_the_ledger_say(ada, cast, acme):
    figures = ada.get(f"/t/{acme.id}/").context["figures"]
    midnight = figures.now.replace(hour=0, minute=0, second=0, microsecond=0)
    ledger = Transfer.objects.filter(account_id=acme.id, kind="usage", occurred_at__gte=midnight)
    assert figures.spending.today == sum(line.amount for line in ledger) > 0
    query = urlencode({"start_time": midnight.isoformat().replace("+00:00", "Z")})
    (bucket,) = ada.get(f"/v1/usage?{query}", **bearer(cast.key())).json()["data"]
    assert figures.spending.today == sum(nano(str(g["credits"])) for g in bucket["results"])


@pytest.mark.parametrize("group", COLUMNS)
def test_every_group_is_the_sum_of_its_requests(ada, acme, group):
    days = "30d" if group == "user" else "90d"  # users are not told apart over more
    told = ada.get(f"/t/{acme.id}/usage?range={days}&group={group}").context["told"]
    assert told.asked.dimension == FILTERS[group]
    period = told.asked.period
    rows = Inference.objects.filter(
        team=acme,
        created_at__gte=period.first,
        created_at__lt=period.before,
        ended_at__isnull=False,
    )
    expected = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        sums = expected[getattr(row, COLUMNS[group])]
        sums[0] += 1
        sums[1] += row.tokens_text + row.tokens_visual + row.tokens_video
        sums[2] += row.charged
    named = [line for line in told.lines if line.name != "Other"]
    for line in named:
        have = [line.sums.requests, sum(line.sums.tokens), line.sums.charged]
        assert have == expected.pop(line.value)
    others = [line.sums for line in told.lines if line.name == "Other"]
    for place, have in enumerate(("requests", "tokens", "charged")):
        rest = sum(sums[place] for sums in expected.values())
        told_rest = sum(
            sum(sums.tokens) if have == "tokens" else getattr(sums, have) for sums in others
        )
        assert told_rest == rest


def test_modalities_add_up_to_the_whole(ada, acme):
    told = ada.get(f"/t/{acme.id}/usage?range=90d&group=modality").context["told"]
    assert [line.name for line in told.lines] == ["Text", "Images", "Video"]
    assert sum(line.sums.charged for line in told.lines) == told.total.sums.charged
    assert told.lines[1].sums.charged >= 11 * 3_000
    assert told.lines[2].sums.charged >= 13 * 5_000


@pytest.mark.parametrize("group", ["model", "key", "status", "user", "version"])
def test_each_number_leads_to_as_many_requests(ada, acme, group):
    """The list behind a number has exactly the requests that it counts, page by page."""
    days = "30d" if group == "user" else "90d"  # users are not told apart over more
    told = ada.get(f"/t/{acme.id}/usage?range={days}&group={group}").context["told"]
    assert told.asked.dimension == FILTERS[group]
    for line in [*told.lines, told.total]:
        if line.requests_url:
            listed = every_line(ada, line.requests_url)
            assert len(listed) == line.sums.requests, line.name
            assert sum(one.charged for one in listed) == line.sums.charged


def test_each_column_leads_to_as_many_requests(ada, acme):
    told = ada.get(f"/t/{acme.id}/usage?range=7d").context["told"]
    for place, drawn in enumerate(told.chart.columns):
        listed = every_line(ada, drawn.column.url)
        assert len(listed) == told.series.whole.buckets[place].requests
        assert sum(one.charged for one in listed) == told.series.whole.buckets[place].charged


@pytest.mark.parametrize("width", ["1d", "7d"])
def test_columns_add_up_to_the_total_whatever_their_width(ada, acme, width):
    told = ada.get(f"/t/{acme.id}/usage?range=30d&bucket={width}").context["told"]
    by_day = ada.get(f"/t/{acme.id}/usage?range=30d").context["told"]
    assert told.total.sums == by_day.total.sums
    assert sum(sums.charged for sums in told.series.whole.buckets) == told.total.sums.charged


def every_line(browser, url):
    """All lines of a list, page by page."""
    lines, cursor = [], ""
    while True:
        page = browser.get(url + (f"&{urlencode({'cursor': cursor})}" if cursor else ""))
        lines += page.context["lines"]
        cursor = page.context["next_cursor"]
        if not cursor:
            return lines
