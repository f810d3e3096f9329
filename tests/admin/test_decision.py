"""A second person agrees, refuses or lets it lapse; nobody decides what they asked for."""

import re

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent
from billing import operator_acts
from billing.models import OperatorAct
from billing.operator_acts import CreditOrder
from tests.admin.acting import asks_who_it_is, confirm
from tests.admin.conftest import url
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import person

REASON = "Credit for the outage of May"


@pytest.fixture
def ola(db):
    return person("ola@aurous.example", is_staff=True, is_superuser=True)


@pytest.fixture
def asked(cast, ola, settings):
    settings.CORRECTION_CREDITS_ALONE_MAX = 0
    stage.grant(cast.acme, 10 * CREDIT)
    return operator_acts.credit(CreditOrder(cast.acme, 50 * CREDIT, REASON, "t-1"), ola)


@pytest.fixture
def page(asked):
    return url(OperatorAct, "decide", asked.pk)


@pytest.fixture
def desk(desk):
    confirm(desk)
    return desk


def standing(asked):
    return stage.standing(asked.team)[0] // CREDIT


def test_the_way_leads_from_the_rail_through_the_list(desk, asked, page):
    listed = desk.get(url(OperatorAct), {"waiting": "1"})
    assert list(listed.context["cl"].result_list) == [asked]
    assert page in desk.get(url(OperatorAct, "change", asked.pk)).text
    text = desk.get(page).text
    for words in (REASON, "ola@aurous.example", "+50", "60", "Agree and do it", "Refuse"):
        assert words in text


def test_the_rail_counts_what_waits(desk, asked, page):
    def badge():
        item = desk.get("/admin/").text.split(f'href="{url(OperatorAct)}"')[1].split("</a>")[0]
        return re.findall(r">\s*(\d+)\s*<", item)

    assert badge() == ["1"]
    desk.post(page, {"_approve": "1"})
    assert badge() == []


def test_another_person_agrees_and_it_is_done_once(desk, asked, page, boss):
    for _ in range(2):
        answer = desk.post(page, {"_approve": "1"}, follow=True)
        assert answer.status_code in {200, 403}
    assert standing(asked) == 60
    event = AuditEvent.objects.get(action="credit.corrected")
    assert (event.actor_label, event.data["asked_by"]) == (boss.email, "ola@aurous.example")
    assert stage.complaints() == {}


def test_it_asks_who_it_is_and_then_goes_on(desk, asked, page):
    answer = asks_who_it_is(desk, page, {"_approve": "1"}, lambda: standing(asked) == 10)
    assert "Agreed, and done." in answer.text
    assert standing(asked) == 60


def test_a_refusal_needs_words(desk, asked, page):
    answer = desk.post(page, {"_refuse": "1", "answer": ""})
    assert "A reason has at least 10 characters." in answer.text
    desk.post(page, {"_refuse": "1", "answer": "There was no outage"})
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("refused", "There was no outage")
    assert standing(asked) == 10


def test_who_asked_can_only_take_it_back(client, asked, page, ola):
    client.force_login(ola)
    confirm(client)
    text = client.get(page).text
    assert "Agree and do it" not in text
    for act in ("_approve", "_refuse"):
        answer = client.post(page, {act: "1", "answer": "Because I can do it"})
        assert "Another person has to decide" in answer.text
    assert standing(asked) == 10
    assert "Taken back" in client.post(page, {"_withdraw": "1"}, follow=True).text
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_without_the_right_nobody_decides(client, asked, page):
    helper = person("helper@aurous.example", is_staff=True)
    rights = ("view_operatoract", "change_account", "view_account")
    helper.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(helper)
    confirm(client)
    assert client.get(page).status_code == 403
    assert client.post(page, {"_approve": "1"}).status_code == 403
    assert page not in client.get(url(OperatorAct, "change", asked.pk)).text
    assert standing(asked) == 10

    helper.user_permissions.add(Permission.objects.get(codename="change_operatoract"))
    assert client.post(page, {"_approve": "1"}).status_code == 302
    assert standing(asked) == 60


def test_an_act_is_not_edited(desk, asked):
    assert desk.post(url(OperatorAct, "change", asked.pk), {"state": "approved"}).status_code == 403
    assert desk.post(url(OperatorAct, "delete", asked.pk), {"post": "yes"}).status_code == 403
    assert desk.get(url(OperatorAct, "add")).status_code == 403
