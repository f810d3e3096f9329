"""One team at a glance: what it has, how long that lasts, what needs attention."""

from datetime import timedelta

import pytest

from accounts import teams
from accounts.models import BillingMode, Team
from aurous.http.versions import deprecations
from billing.models import UsageRollup, WebhookEndpoint
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import NOBODY
from tests.pages.reading import count_queries, links, words

DAY_TOKENS = 1_000_000  # one credit at the stage's price


@pytest.fixture
def home(ada, cast):
    return lambda query="": ada.get(f"/t/{cast.acme.id}/{query}")


def move_usage(team, days):
    """Let what was spent so far have been spent earlier."""
    for row in UsageRollup.objects.filter(team=team):
        moved = row.start - timedelta(days=days)
        UsageRollup.objects.filter(pk=row.pk).update(start=moved)


def endpoint(team, **more):
    return WebhookEndpoint.objects.create(
        **{
            "id": f"we_{'0' * 26}",
            "team": team,
            "url": "https://hooks.example",
            "events": ["*"],
            "created_at": stage.now(),
        }
        | more
    )


# --- figures ----------------------------------------------------------------------------------


def test_a_team_without_requests_is_led_to_its_first(home):
    text = words(home())
    assert "Send your first request" in text
    assert "Last requests" not in text


def test_what_is_available_and_how_long_it_lasts(home, cast):
    stage.grant(cast.acme, 100 * CREDIT)
    stage.spent(cast.acme, 14 * DAY_TOKENS)
    move_usage(cast.acme, 3)
    stage.spent(cast.acme, 1 * DAY_TOKENS)
    stage.held(cast.acme, 5 * DAY_TOKENS)
    page = home()
    figures = page.context["figures"]
    assert (figures.spending.today, figures.spending.a_day) == (CREDIT, 2 * CREDIT)
    assert (figures.days_left, figures.spending.change) == (40, -50)
    text = words(page)
    assert "Available credit80 $0.80 · lasts 40 days at $0.02 a day · 5 more held" in text.replace(
        "credit80$", "credit80 $"
    )
    assert "7-day average $0.02 (-50 %)" in text


def test_the_average_is_of_the_seven_days_before_today(home, cast):
    stage.grant(cast.acme, 100 * CREDIT)
    stage.spent(cast.acme, 70 * DAY_TOKENS)
    move_usage(cast.acme, 8)
    assert home().context["figures"].spending.a_day == 0
    move_usage(cast.acme, -1)
    assert home().context["figures"].spending.a_day == 10 * CREDIT


@pytest.mark.parametrize(
    ("credit", "tokens", "said"),
    [
        (0, 0, "nothing is left for new requests"),
        (5, 0, "nothing was spent lately"),
        (1.5, 1, "lasts less than a day at $0.01 a day"),
        (3, 1, "lasts 2 days"),
        (500, 1, "lasts more than a year"),
    ],
)
def test_the_outlook_in_words(home, cast, credit, tokens, said):
    if credit:
        stage.grant(cast.acme, int(credit * CREDIT))
    if tokens:
        stage.spent(cast.acme, tokens * DAY_TOKENS)
    assert said in words(home())


def test_an_exempt_team_is_not_warned_about_money(home, cast):
    Team.objects.filter(pk=cast.acme.pk).update(billing_mode=BillingMode.EXEMPT)
    page = home()
    assert "requests of this team are not charged" in words(page)
    assert page.context["figures"].notices == []


def test_requests_that_failed_are_counted(home, cast):
    stage.grant(cast.acme, CREDIT)
    for _ in range(3):
        stage.spent(cast.acme, 7)
    stage.release(stage.running(cast.acme, 7), cast.acme)
    recent = home().context["figures"].recent
    assert (recent.sums.requests, recent.unanswered, recent.error_rate) == (4, 1, 25.0)
    assert recent.sums.percentiles_ms[0] is not None


def test_columns_are_split_by_model_or_by_modality(home, cast):
    stage.grant(cast.acme, CREDIT)
    stage.spent(cast.acme, 7)
    assert [name for _, name in home().context["figures"].month.chart.series] == ["aurous-stub"]
    split = home("?by=modality").context
    assert [name for _, name in split["figures"].month.chart.series] == ["Text", "Images", "Video"]
    assert home("?by=nonsense").context["by"] == "model"


def test_the_last_requests_are_the_newest_eight(home, cast):
    stage.grant(cast.acme, CREDIT)
    taken = [stage.spent(cast.acme, number + 1) for number in range(9)]
    page = home()
    assert [line.id for line in page.context["figures"].lines] == [
        one.id for one in reversed(taken[1:])
    ]
    assert len(links(page, f"/t/{cast.acme.id}/requests/emb_")) == 8


def test_nothing_of_another_team_is_in_it(home, cast):
    stage.grant(cast.cleos, 77 * CREDIT)
    theirs = stage.spent(cast.cleos, 7 * DAY_TOKENS, user="cleo-secret")
    page = home()
    assert page.context["figures"].balance.posted == 0
    assert theirs.id not in page.text
    assert "cleo-secret" not in page.text


# --- what needs attention ---------------------------------------------------------------------


def sentences(page):
    return [notice.sentence for notice in page.context["figures"].notices]


def test_a_quiet_team_needs_no_attention(home, cast):
    stage.grant(cast.acme, 10_000 * CREDIT)
    assert sentences(home()) == []
    assert "Needs attention" not in words(home())


def test_no_credit_few_days_and_the_teams_own_threshold(home, cast):
    assert "No credit is available" in sentences(home())[0]
    stage.grant(cast.acme, 2 * CREDIT)
    stage.spent(cast.acme, DAY_TOKENS)
    assert "Less than 3 days of credit are left" in sentences(home())[0]
    stage.grant(cast.acme, 50 * CREDIT)
    stage.sql(f"UPDATE billing_account SET low_balance = {60 * CREDIT} WHERE id = '{cast.acme.id}'")
    assert sentences(home()) == ["The balance is below 60 credits, where you want to be told."]


def test_a_grant_that_expires_within_a_week(home, cast):
    stage.grant(cast.acme, 10_000 * CREDIT, expires_at=stage.now() + timedelta(days=8))
    assert sentences(home()) == []
    stage.grant(cast.acme, 10 * CREDIT, expires_at=stage.now() + timedelta(days=3))
    assert sentences(home()) == ["10 credits expire on"]


def test_webhooks_that_fail_or_were_switched_off(home, cast):
    stage.grant(cast.acme, 10_000 * CREDIT)
    hook = endpoint(cast.acme, description="Ops <pager>", failures=2)
    assert sentences(home()) == []
    WebhookEndpoint.objects.filter(pk=hook.pk).update(failures=3)
    assert sentences(home()) == ["The webhook Ops <pager> failed 3 times in a row."]
    assert "Ops <pager>" not in home().text
    off = {"status": "disabled", "disabled_at": stage.now(), "failures": 0}
    WebhookEndpoint.objects.filter(pk=hook.pk).update(disabled_reason="gone", **off)
    assert sentences(home()) == ["The webhook Ops <pager> was switched off: its address is gone."]
    WebhookEndpoint.objects.filter(pk=hook.pk).update(disabled_reason="requested", **off)
    assert sentences(home()) == []


def test_many_failing_webhooks_are_told_together(home, cast):
    stage.grant(cast.acme, 10_000 * CREDIT)
    for number in range(7):
        endpoint(cast.acme, id=f"we_{number:026d}", failures=9)
    told = sentences(home())
    assert len(told) == 6
    assert told[-1] == "2 more webhooks fail."


def test_a_deprecated_version_in_use(home, cast, monkeypatch):
    stage.grant(cast.acme, 10_000 * CREDIT)
    gone = deprecations.Deprecation(stage.now(), "/docs", stage.now() + timedelta(days=90))
    monkeypatch.setitem(deprecations.VERSIONS, "2026-11-01", gone)
    assert sentences(home()) == []
    stage.spent(cast.acme, 7, api_version="2026-11-01")
    assert sentences(home()) == ["Version 2026-11-01 is deprecated and ends on"]


def test_a_suspended_team_is_told_so_on_top(home, cast):
    teams.suspend(cast.acme.id, actor=NOBODY)
    assert "This team is suspended." in words(home())


# --- what goes with the page ------------------------------------------------------------------


def test_as_many_queries_for_a_full_team_as_for_an_empty_one(ada, cast):
    url = f"/t/{cast.acme.id}/"
    stage.grant(cast.acme, CREDIT)
    stage.spent(cast.acme, 7)
    ada.get(url)
    before = count_queries(ada, url)
    for number in range(30):
        key = cast.new_key().api_key
        stage.spent(cast.acme, 7, api_key_id=key.id, user=f"user-{number}")
    for number in range(3):
        endpoint(cast.acme, id=f"we_{number:026d}", failures=9)
    assert count_queries(ada, url) == before <= 25
