"""The inbox is read and replayed, exceptions are resolved, the books are compared on demand."""

import json
import re

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from billing import payment_exceptions, reconcile_runs, stripe_inbox, stripe_payload
from billing.admin.stripe_ids import here
from billing.gateway.base import GatewayUnavailable
from billing.models import PaymentException, ReconcileRun, StripeEvent, TopUp
from billing.stripe_links import dashboard_url
from tests.admin.acting import confirm
from tests.admin.conftest import url
from tests.billing import stage
from tests.cast import person

SAID = "Paid back by hand, see the ticket"


@pytest.fixture
def topup(cast, world):
    made = world.bought(cast.acme)
    world.deliver(*world.waiting())
    return made


@pytest.fixture
def event(topup):
    return StripeEvent.objects.get(type="checkout.session.completed")


@pytest.fixture
def exception(cast, topup):
    with transaction.atomic():
        kind = PaymentException.Kind.MISMATCH
        payment_exceptions.file(
            kind, topup.pk, "Paid 9, not 10.", stage.now(), team_id=cast.acme.id
        )
    return PaymentException.objects.get()


@pytest.fixture
def helper(client, db):
    """Somebody who may look and nothing else."""
    looks = ("view_stripeevent", "view_paymentexception", "view_reconcilerun")
    made = person("helper@aurous.example", is_staff=True)
    made.user_permissions.set(Permission.objects.filter(codename__in=looks))
    client.force_login(made)
    confirm(client)
    return client


def once(desk, page):
    """The token of a page's form."""
    text = desk.get(page).text
    return re.findall(r'name="once"[^>]* value="([^"]+)"', text)[0]


# --- the inbox --------------------------------------------------------------------------------
def test_the_list_tells_where_events_stand(desk, event):
    stuck, again = StripeEvent.objects.exclude(pk=event.pk)[:2]
    StripeEvent.objects.filter(pk=stuck.pk).update(handled_at=None, error="Boom", attempts=12)
    later = {"handled_at": None, "due_at": stage.now(), "error": "No answer"}
    StripeEvent.objects.filter(pk=again.pk).update(**later)
    text = desk.get(url(StripeEvent)).text
    for said in ("given up", "again", "handled", "Boom", "No answer", "ago"):
        assert said in text
    for state, row in (("stuck", stuck), ("waits", again)):
        listed = desk.get(url(StripeEvent), {"state": state})
        assert [one.pk for one in listed.context["cl"].result_list] == [row.pk]


def test_what_it_says_of_money_is_shown_and_nothing_of_people(desk, event, topup):
    payload = json.loads(event.payload)
    about = payload["data"]["object"]
    about["customer_details"] = {"email": "amara@customer.example", "name": "Amara"}
    about["metadata"] = {"topup": topup.pk, "note": "ring 0171"}
    StripeEvent.objects.filter(pk=event.pk).update(payload=json.dumps(payload))
    text = desk.get(url(StripeEvent, "change", event.pk)).text
    for said in ("amount_total", "1000", "payment_status", topup.pk, "more fields are not shown"):
        assert said in text
    for hidden in ("amara", "Amara", "0171", "client_secret", "customer_details"):
        assert hidden not in text


@pytest.mark.parametrize("payload", ["", "no json", "[1, 2]", '"x"', "null"])
def test_a_payload_that_is_no_event_breaks_no_page(desk, event, payload):
    StripeEvent.objects.filter(pk=event.pk).update(payload=payload)
    assert desk.get(url(StripeEvent, "change", event.pk)).status_code == 200


def test_long_texts_are_cut():
    shown, hidden = stripe_payload.readable(json.dumps({"reason": "x" * 900, "email": "a@b.c"}))
    assert (len(json.loads(shown)["reason"]), hidden) == (200, 1)


def test_an_event_is_replayed_once_with_an_audit(desk, event, boss):
    page = url(StripeEvent, "replay", event.pk)
    assert page in desk.get(url(StripeEvent, "change", event.pk)).text
    assert StripeEvent.objects.get(pk=event.pk).handled_at is not None, "looking replays nothing"
    sent = {"once": once(desk, page)}
    for _ in range(2):
        assert desk.post(page, sent).status_code == 302
    told = AuditEvent.objects.get(action="stripe_event.replayed")
    assert (told.target, told.actor_label) == (event.pk, boss.email)
    before = stage.standing(TopUp.objects.get().team)
    stripe_inbox.run_pass()
    event.refresh_from_db()
    assert (event.outcome, stage.standing(TopUp.objects.get().team)) == ("done", before)
    assert stage.complaints() == {}


def test_many_are_replayed_from_the_list(desk, topup):
    ids = list(StripeEvent.objects.values_list("pk", flat=True)[:3])
    sent = {"action": "replay_selected", ACTION_CHECKBOX_NAME: ids}
    assert "3 are worked on once more" in desk.post(url(StripeEvent), sent, follow=True).text
    assert AuditEvent.objects.filter(action="stripe_event.replayed").count() == 3
    assert StripeEvent.objects.filter(due_at__isnull=False).count() == 3


def test_without_the_right_nobody_replays(helper, event):
    page = url(StripeEvent, "replay", event.pk)
    assert helper.get(page).status_code == helper.post(page).status_code == 403
    sent = {"action": "replay_selected", ACTION_CHECKBOX_NAME: [event.pk]}
    helper.post(url(StripeEvent), sent)
    assert not AuditEvent.objects.filter(action="stripe_event.replayed").exists()
    assert page not in helper.get(url(StripeEvent, "change", event.pk)).text


# --- links ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("object_id", "ends"),
    [
        ("pi_1", "/test/payments/pi_1"),
        ("ch_1", "/test/payments/ch_1"),
        ("cus_1", "/test/customers/cus_1"),
        ("cs_test_1", "/test/search?query=cs_test_1"),
        ("re_1", "/test/search?query=re_1"),
        ("evt_1?x", "/test/events/evt_1%3Fx"),
    ],
)
def test_links_lead_to_a_real_stripe_and_no_other(settings, object_id, ends):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_x", ""
    assert dashboard_url(object_id) == f"https://dashboard.stripe.com{ends}"
    settings.STRIPE_SECRET_KEY = "rk_live_x"
    assert "/test/" not in dashboard_url(object_id)
    assert dashboard_url("topup_1") == dashboard_url("") == dashboard_url(None) == ""
    settings.STRIPE_API_BASE = "http://127.0.0.1:8001"
    assert dashboard_url(object_id) == ""


def test_a_top_up_leads_to_stripe(desk, topup, settings):
    settings.STRIPE_API_BASE = ""
    text = desk.get(url(TopUp, "change", topup.pk)).text
    assert f'href="https://dashboard.stripe.com/test/payments/{topup.payment_id}"' in text


def test_ids_lead_to_what_they_stand_for():
    assert url(TopUp, "change", "topup_1") in here("topup_1")
    assert f"{url(TopUp)}?q=ch_1" in here("ch_1")
    assert here("<b>") == "<b>", "escaped where it is shown"


# --- exceptions -------------------------------------------------------------------------------
def test_an_exception_is_resolved_with_words(desk, cast, exception, topup, boss):
    listed = desk.get(url(PaymentException), {"open": "1"})
    assert list(listed.context["cl"].result_list) == [exception]
    shown = desk.get(url(PaymentException, "change", exception.pk)).text
    page = url(PaymentException, "resolve", exception.pk)
    assert page in shown
    assert url(TopUp, "change", topup.pk) in shown
    for words in ("", "too short"):
        assert desk.post(page, {"resolution": words}).status_code == 200
    assert desk.post(page, {"resolution": SAID}).status_code == 302
    exception.refresh_from_db()
    assert (exception.resolution, exception.resolved_by) == (SAID, boss.email)
    told = AuditEvent.objects.get(action="payment_exception.resolved")
    assert (told.team, told.data) == (cast.acme, {"resolution": SAID})
    assert desk.post(page, {"resolution": "Another word for it"}).status_code == 403, "closed"
    assert stage.complaints() == {}


def test_without_the_right_nobody_resolves(helper, exception):
    page = url(PaymentException, "resolve", exception.pk)
    assert helper.post(page, {"resolution": SAID}).status_code == 403
    exception.refresh_from_db()
    assert exception.resolved_at is None


# --- comparisons ------------------------------------------------------------------------------
@pytest.fixture
def ask(desk, topup):
    page = url(ReconcileRun, "reconcile_now")

    def asked(**words):
        sent = {"days": "7", "once": once(desk, page)} | words
        return desk.post(page, sent, follow=True)

    return asked


def test_a_comparison_is_asked_for_once_and_told(desk, ask, boss):
    token = once(desk, url(ReconcileRun, "reconcile_now"))
    for _ in range(2):
        ask(once=token)
    run = ReconcileRun.objects.get()
    assert (run.days, run.asked_by, run.due_at is None) == (7, boss.email, False)
    assert "waits" in desk.get(url(ReconcileRun, "change", run.pk)).text
    assert reconcile_runs.run_pass() == 1
    assert reconcile_runs.run_pass() == 0
    run.refresh_from_db()
    assert (run.differences, run.due_at, run.error) == (0, None, "")
    page = desk.get(url(ReconcileRun, "change", run.pk)).text
    assert "agrees" in page
    assert 'hx-trigger="every 5s"' not in page
    asked, finished = AuditEvent.objects.filter(action__startswith="reconciliation.").order_by("id")
    assert (asked.actor_label, finished.data) == (boss.email, {"differences": 0, "error": None})


def test_what_differs_stands_in_the_queue(desk, ask, topup):
    TopUp.objects.filter(pk=topup.pk).update(paid_cents=1_001)
    ask()
    reconcile_runs.run_pass()
    run = ReconcileRun.objects.get()
    assert run.differences == PaymentException.objects.count() == 1
    assert "In the queue of exceptions" in desk.get(url(ReconcileRun, "change", run.pk)).text


def test_stripe_without_an_answer_is_asked_again_and_then_given_up(desk, ask, world, monkeypatch):
    def silent(*_):
        raise GatewayUnavailable("no answer")

    monkeypatch.setattr(world.gateway, "balance_transactions", silent)
    ask()
    for attempt in (1, 2, 3):
        assert reconcile_runs.run_pass() == 1
        run = ReconcileRun.objects.get()
        assert run.attempts == attempt
        ReconcileRun.objects.filter(due_at__isnull=False).update(due_at=stage.now())
    assert (run.differences, run.error) == (None, "no answer")
    assert reconcile_runs.run_pass() == 0
    assert "failed" in desk.get(url(ReconcileRun, "change", run.pk)).text


@pytest.mark.parametrize("days", ["0", "91", "x", ""])
def test_how_far_back_has_a_limit(ask, days):
    assert ask(days=days).status_code == 200
    assert not ReconcileRun.objects.exists()


def test_without_the_right_or_without_stripe_nothing_is_compared(helper, topup, boss, settings):
    page = url(ReconcileRun, "reconcile_now")
    assert helper.get(page).status_code == helper.post(page, {"days": "7"}).status_code == 403
    helper.force_login(boss)
    settings.STRIPE_SECRET_KEY = ""
    assert "Payments are not set up here." in helper.post(page, {"days": "7"}).text
    assert not ReconcileRun.objects.exists()


def test_the_database_lets_no_run_be_over_and_due(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReconcileRun.objects.create(
            id="rec_1", days=1, token="t", asked_by="x", asked_at=stage.now()
        )
