"""The list of requests, its filters in the URL, and one request with all that is known of it."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from billing.models import HoldStatus
from billing.pricing import Tokens
from embeddings.models import Inference
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.pages.past import mixed, spent_on
from tests.pages.reading import count_queries, links, words


@pytest.fixture
def acme(cast):
    stage.grant(cast.acme, CREDIT)
    return cast.acme


@pytest.fixture
def listed(ada, acme):
    """The ids that the list shows for a query."""

    def ask(**query):
        page = ada.get(f"/t/{acme.id}/requests?{urlencode(query)}")
        assert page.status_code == 200
        return [line.id for line in page.context["lines"]]

    return ask


# --- the list ---------------------------------------------------------------------------------


def test_the_newest_first_with_what_became_of_each(ada, acme):
    stage.spent(acme, 7, user="amara")
    failed = stage.running(acme, 5)
    stage.release(failed, acme)
    running = stage.running(acme, 3)
    page = ada.get(f"/t/{acme.id}/requests")
    first, second, third = page.context["lines"]
    assert [first.id, second.id] == [running.id, failed.id]
    assert (first.status, first.took_ms, first.tone) == ("running", None, "open")
    assert (second.status, second.error_code) == ("released", "provider_timeout")
    assert (third.tokens, third.charged, third.user) == (7, 7_000, "amara")
    assert "/errors#provider_timeout" in page.text
    assert links(page, f"/t/{acme.id}/requests/{failed.id}")


def test_each_filter_narrows_the_list(acme, listed):
    one = stage.spent(acme, 7, user="amara", api_version="2026-11-01").id
    stage.spent(acme, 7, api_key_id="key_other", user="bo")
    failed = stage.running(acme, 5)
    stage.release(failed, acme)
    assert listed(user="amara") == [one]
    assert listed(version="2026-11-01") == [one]
    assert listed(status="released") == [failed.id]
    assert listed(error="provider_timeout") == [failed.id]
    assert listed(error="provider_timeout", status="settled") == []
    assert listed(error="internal_error") == []
    assert len(listed(key="key_other")) == 1
    assert len(listed(model="aurous-stub")) == 3
    assert listed(model="gone", user="amara") == []


@pytest.mark.parametrize("few", [0, 2_000], ids=["many have it", "few have it"])
def test_an_error_code_is_found_whether_few_have_it_or_many(ada, acme, listed, monkeypatch, few):
    monkeypatch.setattr("embeddings.request_list._FEW", few)
    mixed(acme)
    wrong = [row for row in Inference.objects.order_by("-created_at", "-id") if row.error_code]
    for key in {row.api_key_id for row in wrong}:
        expected = [
            row.id for row in wrong if (row.error_code, row.api_key_id) == ("provider_timeout", key)
        ]
        assert listed(error="provider_timeout", key=key) == expected
    url = f"/t/{acme.id}/requests?range=90d&error="
    ada.get(url)
    assert count_queries(ada, f"{url}media_too_large") <= 10  # a code that none has


def test_the_range_is_in_the_url(acme, listed):
    now = stage.now()
    stage.spent(acme, 7)
    text = "%Y-%m-%dT%H:%M"
    minutes = {
        "range": "custom",
        "since": (now - timedelta(minutes=5)).strftime(text),
        "until": (now + timedelta(minutes=5)).strftime(text),
    }
    assert len(listed(**minutes)) == len(listed(range="24h")) == len(listed()) == 1
    minutes["since"] = minutes.pop("until")
    assert listed(**minutes) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"range": "custom", "since": "yesterday"}, "Write a minute of UTC"),
        (
            {"range": "custom", "since": "2026-02-01T00:00", "until": "2026-01-01T00:00"},
            "The end must come after the beginning.",
        ),
        ({"status": "eaten"}, "Select a valid choice"),
        ({"user": "a\x00b"}, "Null characters are not allowed"),
        ({"q": "emb_nothing"}, "This team has no request with this id."),
        ({"q": "emb_\x00"}, "Null characters are not allowed"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(ada, acme, query, said):
    stage.spent(acme, 7)
    page = ada.get(f"/t/{acme.id}/requests?{urlencode(query)}")
    assert said in words(page)
    assert len(page.context["lines"]) == 1


def test_an_id_leads_to_its_page(ada, cast, acme):
    taken = stage.spent(acme, 7)
    for wanted in (taken.id, stage.row(taken.id).request_id, f" {taken.id} "):
        answer = ada.get(f"/t/{acme.id}/requests?{urlencode({'q': wanted})}")
        assert answer["Location"] == f"/t/{acme.id}/requests/{taken.id}"
    stage.grant(cast.cleos, CREDIT)
    theirs = stage.spent(cast.cleos, 7)
    page = ada.get(f"/t/{acme.id}/requests?q={theirs.id}")
    assert "This team has no request with this id." in words(page)


def test_pages_go_on_where_the_one_before_ended(ada, acme, monkeypatch):
    monkeypatch.setattr("embeddings.pages.requests.PAGE_ROWS", 2)
    taken = [stage.spent(acme, 7).id for _ in range(5)]
    told, url = [], f"/t/{acme.id}/requests?model=aurous-stub"
    for _ in range(3):
        page = ada.get(url)
        told.append([line.id for line in page.context["lines"]])
        url = f"/t/{acme.id}/requests{next(iter(links(page, '?')[-1:]), '')}"
    assert told == [taken[:2:-1], taken[2:0:-1], taken[:1]]
    assert "Newest" in words(page)
    assert "Older" not in words(page)


@pytest.mark.parametrize("cursor", ["x", "2026-01-01~emb_", "~", "2026-01-01T00:00:00~emb_\x00"])
def test_a_damaged_place_is_the_newest_page(acme, listed, cursor):
    taken = stage.spent(acme, 7)
    assert listed(cursor=cursor) == [taken.id]


def test_empty_lists_say_why_and_what_next(ada, acme):
    assert "No requests yet" in words(ada.get(f"/t/{acme.id}/requests"))
    assert "No requests match" in words(ada.get(f"/t/{acme.id}/requests?status=failed"))


def test_long_names_are_kept_short_on_the_page_and_whole_in_the_title(ada, cast, acme):
    key = cast.new_key(name="k" * 80).api_key
    stage.spent(acme, 7, api_key_id=key.id, user="u" * 200)
    text = ada.get(f"/t/{acme.id}/requests").text
    assert f'title="{"k" * 80}"' in text
    assert f'title="{"u" * 200}"' in text


def test_the_list_takes_as_many_queries_for_30_rows_as_for_one(ada, cast, acme):
    url = f"/t/{acme.id}/requests"
    stage.spent(acme, 7)
    ada.get(url)
    before = count_queries(ada, url)
    for number in range(30):
        stage.spent(acme, 7, api_key_id=cast.new_key().api_key.id, user=f"user-{number}")
    assert count_queries(ada, url) == before <= 15


# --- one request ------------------------------------------------------------------------------


def test_tokens_times_price_is_the_charge_and_the_ledger_line(ada, acme):
    taken = spent_on(acme, Tokens(7, 11, 13))
    page = ada.get(f"/t/{acme.id}/requests/{taken.id}")
    row, charge = page.context["row"], page.context["charge"]
    shares = [(one.name, one.tokens * one.price, one.charged) for one in page.context["shares"]]
    assert shares == [
        ("Text", 7_000, 7_000),
        ("Images", 33_000, 33_000),
        ("Video", 65_000, 65_000),
    ]
    assert row.charged == 105_000 == -charge.signed_nano
    assert charge.balance_after == CREDIT - 105_000
    assert charge.id in words(page)


def test_both_ids_lead_to_one_address(ada, acme):
    taken = stage.spent(acme, 7)
    answer = ada.get(f"/t/{acme.id}/requests/{stage.row(taken.id).request_id}")
    assert (answer.status_code, answer["Location"]) == (302, f"/t/{acme.id}/requests/{taken.id}")


def test_what_is_not_there_or_another_teams_is_a_404(ada, cast, acme):
    stage.grant(cast.cleos, CREDIT)
    theirs = stage.row(stage.spent(cast.cleos, 7).id)
    for absent in (theirs.id, theirs.request_id, "emb_x", "req_x", "x", "%00", "emb_%00"):
        assert ada.get(f"/t/{acme.id}/requests/{absent}").status_code == 404


def test_the_parts_of_the_time_add_up(ada, acme):
    taken = stage.spent(acme, 7)
    at = stage.row(taken.id).created_at
    Inference.objects.filter(pk=taken.id).update(
        started_at=at + timedelta(milliseconds=20),
        ended_at=at + timedelta(milliseconds=100),
        queue_ms=30,
        compute_ms=40,
    )
    page = ada.get(f"/t/{acme.id}/requests/{taken.id}")
    parts = page.context["parts"]
    assert [part.took_ms for part in parts] == [20, 30, 40, 10]
    assert parts[-1].x + parts[-1].width == pytest.approx(720, abs=3)


def test_a_request_that_failed_says_why_and_that_it_was_free(ada, acme):
    taken = stage.running(acme, 7)
    stage.release(taken, acme)
    page = ada.get(f"/t/{acme.id}/requests/{taken.id}")
    assert links(page, "/errors#provider_timeout")
    assert "It cost nothing, so there is no line." in words(page)


@pytest.mark.parametrize(("make", "said"), [(stage.held, "waits"), (stage.running, "took it at")])
def test_a_request_that_has_not_ended(ada, acme, make, said):
    taken = make(acme, 7)
    page = ada.get(f"/t/{acme.id}/requests/{taken.id}")
    assert said in words(page)
    assert "The line is written when it ends." in words(page)
    assert page.context["row"].status in (HoldStatus.QUEUED, HoldStatus.RUNNING)


def test_its_idempotency_key_and_how_long_that_is_repeated(ada, acme):
    taken = stage.spent(acme, 7, claim=stage.claim("order-7"))
    page = ada.get(f"/t/{acme.id}/requests/{taken.id}")
    assert "order-7" in words(page)
    assert "The same key is answered with its answer until" in words(page)
    stage.sql("DELETE FROM accounts_idempotencyclaim")
    page = ada.get(f"/t/{acme.id}/requests/{taken.id}")
    assert "Its key is no longer remembered." in words(page)


def test_a_request_takes_few_queries(ada, acme):
    taken = stage.spent(acme, 7, claim=stage.claim("order-7"))
    url = f"/t/{acme.id}/requests/{taken.id}"
    ada.get(url)
    assert count_queries(ada, url) <= 15
