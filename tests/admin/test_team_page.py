"""Everything about a team on one page: complete, discreet, as fast for a million requests."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import notes, teams
from accounts.models import Team
from billing import payment_exceptions
from billing.models import PaymentException
from embeddings.models import Inference
from tests.admin.conftest import url
from tests.billing import stage
from tests.cast import NOBODY, person

QUERIES_MAX = 46  # the badges of the rail are three of them


@pytest.fixture
def page(cast):
    return url(Team, "change", cast.acme.id)


def queries(desk, page):
    with CaptureQueriesContext(connection) as captured:
        assert desk.get(page).status_code == 200
    return captured


def test_it_tells_everything(desk, happened, page):
    text = desk.get(page).text
    assert "1,999,998" in text  # credit
    assert "$19,999.98" in text
    for told in (
        "Acme",
        happened.cast.acme.id,
        "ada@acme.example",
        happened.inference_id,
        "full key",
        "hooks.acme.example",
        "Made the team",
        "Requests a minute",
    ):
        assert told in text
    assert not [secret for secret in happened.secrets if secret in text]


def test_it_tells_of_payments(desk, happened):
    text = desk.get(url(Team, "change", happened.cast.cleos.id)).text
    for told in ("cus_", "pi_", "Refunds and disputes", "off", "mismatch"):
        assert told.lower() in text.lower()
    assert not [secret for secret in happened.secrets if secret in text]


def test_what_was_not_answered_is_told_by_its_request_id(desk, cast, page):
    stage.grant(cast.acme, stage.CREDIT)
    good = stage.row(stage.spent(cast.acme, 7).id)
    lost = stage.held(cast.acme, 7)
    stage.release(lost, cast.acme)
    bad = stage.row(lost.id)
    text = desk.get(page).text.split("What was not answered")[1]
    errors, rest = text.split("The last requests", 1)
    assert bad.request_id in errors
    assert "provider_timeout" in errors
    assert good.request_id not in errors
    assert url(Inference, "change", bad.id) in errors
    assert good.id in rest


def test_requests_that_cost_nothing_are_no_errors(desk, cast, page):
    teams.set_billing_mode(cast.acme.id, "exempt", actor=NOBODY)
    cast.acme.refresh_from_db()
    stage.spent(cast.acme, 7, exempt=True)
    assert "Every request that was let in was answered." in desk.get(page).text


def test_an_empty_team_says_so(desk, cast, page):
    text = desk.get(page).text
    for told in (
        "This team never sent a request.",
        "Every request that was let in was answered.",
        "This team has no API key.",
        "This team never paid anything.",
        "No webhook endpoint.",
        "No note.",
        "nothing left",
    ):
        assert told in text


def test_names_are_text_wherever_they_stand(desk, cast, page):
    evil = "<script>alert(1)</script>"
    teams.rename(cast.acme.id, evil, actor=NOBODY)
    cast.new_key(name=evil)
    notes.add(cast.acme.id, evil, author=NOBODY)
    assert evil not in desk.get(page).text


def test_the_number_of_queries_does_not_depend_on_what_there_is(desk, cast, page):
    stage.grant(cast.acme, 5 * stage.CREDIT)
    stage.spent(cast.acme, 7, api_key_id=cast.new_key().api_key.id)
    stage.release(stage.held(cast.acme, 7), cast.acme)
    desk.get(page)
    before = len(queries(desk, page))
    for number in range(4):
        key = cast.new_key(name=f"key {number}").api_key
        stage.spent(cast.acme, 7, api_key_id=key.id)
        stage.release(stage.held(cast.acme, 7), cast.acme)
        stage.grant(cast.acme, stage.CREDIT)
        notes.add(cast.acme.id, "again", author=NOBODY)
    after = queries(desk, page)
    assert len(after) == before <= QUERIES_MAX
    requests = [query["sql"] for query in after if '"embeddings_inference"' in query["sql"]]
    assert [sql for sql in requests if "LIMIT" not in sql or "COUNT(" in sql] == []


def test_a_warning_of_fraud_stands_at_the_top(desk, cast, page):
    kind = PaymentException.Kind.FRAUD_WARNING
    payment_exceptions.file(
        kind, "issfr_1", "Early fraud warning.", stage.now(), team_id=cast.acme.id
    )
    teams.suspend(cast.acme.id, actor=NOBODY, reason="A payment is being looked at.")
    text = desk.get(page).text
    assert "issfr_1" in text
    assert "Its people read: A payment is being looked at." in text
    assert url(Team, "resume", cast.acme.id) in text
    assert url(Team, "suspend", cast.acme.id) not in text


def helper_who_may(client, *codenames):
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(helper)
    return client


def test_what_somebody_may_not_see_elsewhere_is_not_told_here(client, happened, page):
    text = helper_who_may(client, "view_team").get(page).text
    for hidden in ("1,999,998", happened.inference_id, "full key", "ben@acme.example", "Made the"):
        assert hidden not in text
    for act in ("suspend", "limits", "visit"):
        assert url(Team, act, happened.cast.acme.id) not in text


def test_who_may_see_no_team_sees_none(client, cast, page):
    assert helper_who_may(client, "view_user").get(page).status_code == 403
    assert client.get(url(Team, "change", "team_none")).status_code in (403, 404)


def test_the_form_has_a_page_of_its_own_and_leads_back(desk, cast, page):
    form = url(Team, "edit", cast.acme.id)
    assert form in desk.get(page).text
    sent = {"name": "Acme 2", "default_api_version": "2026-05-15", "billing_mode": "metered"}
    sent |= {
        f"{prefix}-{name}_FORMS": 0
        for prefix in ("api_keys", "memberships")
        for name in ("TOTAL", "INITIAL")
    }
    answer = desk.post(form, sent, follow=True)
    assert answer.redirect_chain[-1][0] == page
    assert "Acme 2" in answer.text
    assert desk.post(page, sent).status_code == 403
