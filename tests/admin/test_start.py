"""The start page: numbers that are those of the rows, by permission, whatever else is away."""

import re
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from redis import RedisError

from accounts.models import AuditEvent
from aurous.operators.start import memory
from billing import payment_exceptions, proofs, revenue
from billing.models import PaymentException, Proof, TopUp, UsageRollup, WebhookEndpoint
from billing.outstanding import outstanding
from billing.topup_sums import topups_since
from embeddings import queues
from embeddings.failures import failures_since
from embeddings.models import Inference
from embeddings.transport.base import Backlog
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import person

PARTS = {
    "revenue": "billing.view_usagerollup",
    "failures": "embeddings.view_inference",
    "queues": "embeddings.view_catalogmodel",
    "payments": "billing.view_paymentexception",
    "topups": "billing.view_topup",
    "outstanding": "billing.view_account",
    "webhooks": "billing.view_webhookendpoint",
    "proofs": "billing.view_proof",
}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(memory, "_away", memory._Away())
    cache.clear()
    yield
    cache.clear()


def part(page, name):
    (text,) = re.findall(
        rf'<section class="aurous-part aurous-part-{name}".*?</section>', page, re.S
    )
    return text


def plain(html):
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def links(html):
    return [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+)"', html)]


def rollup(team, start, status="settled", width="day", requests=1, worth=0):
    UsageRollup.objects.create(
        team=team,
        width=width,
        start=start,
        status=status,
        requests=requests,
        charged_text=worth * CREDIT,
        api_key_id="key_x",
        model="aurous-stub",
        api_version="2026-05-15",
    )


def midnight():
    return stage.now().replace(hour=0, minute=0, second=0, microsecond=0)


def test_an_empty_installation_shows_zeros_and_nothing_to_do(desk):
    page = desk.get("/admin/").text
    assert "Nothing needs you now." in page
    for name in PARTS:
        assert "as of" in part(page, name)
    assert "$0.00" in part(page, "revenue")
    assert "No request failed." in page
    assert "never" in part(page, "proofs")


def test_revenue_is_what_requests_were_charged_and_periods_are_compared(desk, cast):
    for days, worth in ((0, 100), (1, 200), (7, 300), (8, 400), (14, 500), (30, 700), (31, 900)):
        rollup(cast.acme, midnight() - timedelta(days=days), worth=worth)
        rollup(cast.cleos, midnight() - timedelta(days=days), worth=worth)
    rollup(cast.acme, midnight(), width="hour", worth=100)
    text = plain(part(desk.get("/admin/").text, "revenue"))
    assert "Today $1.00" in text
    assert "7 days to yesterday $10.00 \N{MINUS SIGN}44 % against the 7 days before" in text
    assert "30 days to yesterday $42.00 +133 % against the 30 days before" in text
    assert len(revenue.days(midnight() - timedelta(days=60), midnight())) == 60


def test_every_number_leads_to_rows(desk, happened):
    page = desk.get("/admin/").text
    targets = {url for name in PARTS for url in links(part(page, name))}
    assert len(targets) > 20
    for url in targets:
        assert url.startswith("/admin/")
        assert desk.get(url).status_code == 200, url
        assert "e=1" not in desk.get(url).get("Location", ""), url  # a filter that is no filter


def test_the_days_of_the_chart_are_the_rows_of_that_day(desk, cast):
    rollup(cast.acme, midnight() - timedelta(days=3), worth=7)
    rollup(cast.acme, midnight() - timedelta(days=4), worth=9)
    page = part(desk.get("/admin/").text, "revenue")
    day = (midnight() - timedelta(days=3)).strftime("%-d %b")
    (url,) = re.findall(rf'<a class="column" href="([^"]+)" aria-label="{day}: \$0.07"', page)
    rows = desk.get(url.replace("&amp;", "&")).context["cl"].result_list
    assert [row.charged_text for row in rows] == [7 * CREDIT]


def test_what_teams_have_is_the_sum_of_their_accounts_by_kind(happened):
    stand = outstanding()
    teams = [happened.cast.acme, happened.cast.cleos]
    assert stand.posted == sum(stage.standing(team)[0] for team in teams)
    assert stand.posted == sum(stand.by_kind.values())
    assert min(stand.by_kind["promotional"], stand.by_kind["purchased"]) > 0
    assert stand.owed > 0


def test_topups_are_counted_by_how_they_ended(desk, happened):
    sums = topups_since(midnight())
    paid = TopUp.objects.filter(status="succeeded")
    assert sums.paid == paid.count() > 0
    assert sums.paid_cents == sum(one.amount_cents for one in paid)
    assert topups_since(stage.now() + timedelta(days=1)).paid == 0
    text = plain(part(desk.get("/admin/").text, "topups"))
    orders = "1 order" if sums.paid == 1 else f"{sums.paid} orders"
    assert f"Paid, today ${sums.paid_cents / 100:,.2f} {orders}" in text


def test_failures_are_told_by_their_reason_with_an_alarm(desk, cast):
    stage.grant(cast.acme, 100 * CREDIT)
    for _ in range(3):
        stage.release(stage.held(cast.acme), cast.acme)
    hour = stage.now().replace(minute=0, second=0, microsecond=0)
    rollup(cast.cleos, hour, width="hour", requests=17)
    assert failures_since(hour) == [("provider_timeout", 3)]
    page = desk.get("/admin/").text
    assert "15 % of requests fail: 3 of 20 requests." in page
    (url,) = [one for one in links(part(page, "failures")) if "error_code" in one]
    assert len(desk.get(url).context["cl"].result_list) == 3


def test_a_few_failures_are_no_alarm(desk, cast):
    stage.grant(cast.acme, 100 * CREDIT)
    stage.release(stage.held(cast.acme), cast.acme)
    page = desk.get("/admin/").text
    assert "100 %" in part(page, "failures")
    assert "of requests fail" not in page


class Workers:
    def __init__(self, backlog):
        self.transport, self._backlog = self, backlog

    def backlog(self, _model):
        if isinstance(self._backlog, Exception):
            raise self._backlog
        return self._backlog


@pytest.mark.parametrize(
    ("backlog", "said"),
    [
        (Backlog(2, 5, 100, 1.5), None),
        (Backlog(2, 5, 100, 31.0), "A request for aurous-stub has waited 31 s."),
        (Backlog(0, 0, 0, 0.0), "aurous-stub has no worker"),
        (RedisError("away"), "The way to the workers of aurous-stub is down."),
    ],
)
def test_queues_and_workers(desk, monkeypatch, backlog, said):
    monkeypatch.setattr(queues, "present", lambda: Workers(backlog))
    page = desk.get("/admin/").text
    assert "aurous-stub" in part(page, "queues")
    assert ("Nothing needs you now." in page) is (said is None)
    assert said is None or escape(said) in page


def test_looking_starts_no_worker_in_this_process(desk, monkeypatch):
    monkeypatch.setattr(queues, "runtime", lambda: pytest.fail("started"))
    assert desk.get("/admin/").status_code == 200


def test_a_cache_that_is_away_leaves_the_page_whole(desk, happened, monkeypatch):
    asked = []

    def away(name, *_arguments, **_more):
        asked.append(name)
        raise RedisError("away")

    monkeypatch.setattr("aurous.operators.start.memory.cache.get", away)
    monkeypatch.setattr("aurous.operators.start.memory.cache.set", away)
    monkeypatch.setattr("accounts.session_activity.cache.add", away)
    page = desk.get("/admin/")
    assert page.status_code == 200
    for name in PARTS:
        assert part(page.text, name)
    assert len([name for name in asked if name.startswith("operators:")]) == 1


def test_a_payment_without_credit_comes_first(desk, cast):
    WebhookEndpoint.objects.create(
        id="we_x",
        team=cast.acme,
        url="https://a.example",
        events=["*"],
        created_at=stage.now(),
        status="disabled",
        disabled_reason="failures",
        disabled_at=stage.now(),
    )
    with transaction.atomic():
        kind = PaymentException.Kind
        payment_exceptions.file(kind.NOT_CREDITED, "topup_x", "x", stage.now())
        payment_exceptions.file(kind.FRAUD_WARNING, "ch_x", "x", stage.now())
    page = desk.get("/admin/").text
    alarms = plain(page.split("aurous-alarms")[1].split("</section>")[0])
    assert alarms.index("Paid and not credited: 1.") < alarms.index("Payment exceptions open: 1.")
    assert "Webhook endpoints that failed: 1." in alarms
    for url in links(page.split("aurous-alarms")[1].split("</section>")[0]):
        assert len(desk.get(url).context["cl"].result_list) >= 1


def test_a_proof_that_differs_is_an_alarm_and_leads_to_what_differs(desk, monkeypatch):
    found = [proofs.Finding("I1", "sums", ["team_x: 5 is not 6"])]
    monkeypatch.setattr(proofs, "prove", lambda: found)
    proofs.ask(stage.NOBODY)
    assert "A check waits to begin, asked for by Aurous" in desk.get("/admin/").text
    proofs.run_pass()
    page = desk.get("/admin/").text
    assert "The invariants do not hold: 1 differences." in page
    (url,) = {one for one in links(part(page, "proofs")) if "prf_" in one}
    assert "team_x: 5 is not 6" in desk.get(url).text


def test_a_proof_that_is_too_old_is_said(desk):
    proofs.ask(stage.NOBODY)
    proofs.run_pass()
    assert "Nothing needs you now." in desk.get("/admin/").text
    old = stage.now() - timedelta(seconds=3 * configured.PROOF_EVERY_SECONDS)
    Proof.objects.update(ended_at=old)
    assert "were not checked for too long" in desk.get("/admin/").text


@pytest.mark.parametrize("name", PARTS)
def test_a_person_sees_the_parts_that_they_may_view(client, happened, name):
    helper = person("helper@aurous.example", is_staff=True)
    client.force_login(helper)
    page = client.get("/admin/").text
    assert "Your account may see no part of this page." in page
    assert "aurous-part-" not in page
    codename = PARTS[name].partition(".")[2]
    helper.user_permissions.set(Permission.objects.filter(codename=codename))
    page = client.get("/admin/").text
    assert re.findall(r"aurous-part aurous-part-(\w+)", page) == [name]
    assert "Check now" not in page


def test_the_button_is_for_who_may_have_it_checked(client, cast):
    helper = person("helper@aurous.example", is_staff=True)
    wanted = Permission.objects.filter(codename__in=["view_proof", "run_proof"])
    helper.user_permissions.set(wanted)
    client.force_login(helper)
    assert "Check now" in client.get("/admin/").text
    answer = client.post("/admin/billing/proof/run/", follow=True)
    assert "The check begins within seconds" in answer.text
    assert Proof.objects.get().asked_by == helper.email
    event = AuditEvent.objects.get(action="proof.asked")
    assert (event.actor_label, event.target) == (helper.email, Proof.objects.get().pk)
    assert "Check now" not in answer.text


def test_a_second_look_reads_no_sums(desk, happened):
    desk.get("/admin/")
    with CaptureQueriesContext(connection) as captured:
        desk.get("/admin/")
    summed = [one["sql"] for one in captured if "SUM(" in one["sql"] or "COUNT(" in one["sql"]]
    badges = ("billing_operatoract", "billing_paymentexception")  # of the rail, on every page
    assert [sql for sql in summed if not any(f'FROM "{table}"' in sql for table in badges)] == []


def test_no_look_reads_requests_or_transfers_as_a_whole(desk, happened):
    with CaptureQueriesContext(connection) as captured:
        desk.get("/admin/")
    asked = [one["sql"] for one in captured]
    of_requests = [sql for sql in asked if f'FROM "{Inference._meta.db_table}"' in sql]
    assert len(of_requests) == 1
    assert '"created_at" >=' in of_requests[0]
    assert '"error_code" = ' in of_requests[0]
    assert not [sql for sql in asked if 'FROM "billing_transfer"' in sql]


def test_days_that_are_over_are_read_once(desk, cast, monkeypatch):
    rollup(cast.acme, midnight() - timedelta(days=3), worth=7)
    desk.get("/admin/")
    asked = []
    real = revenue.days
    monkeypatch.setattr(
        revenue, "days", lambda first, before: asked.append((first, before)) or real(first, before)
    )
    cache.delete(f"operators:start:two-days:{midnight():%Y-%m-%d}")
    desk.get("/admin/")
    yesterday = midnight() - timedelta(days=1)
    assert all(first >= yesterday for first, _ in asked)
