"""An operator exempts a team, with a reason; it is no field that somebody changes in passing."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent, Team
from billing.models import Account
from tests.admin.acting import asks_who_it_is, confirm, do, preview
from tests.admin.conftest import url
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import person

REASON = "Our own team of testers"


@pytest.fixture
def page(cast):
    return url(Account, "exempt", cast.acme.id)


@pytest.fixture
def desk(desk):
    confirm(desk)
    return desk


def mode(cast):
    return Team.objects.get(pk=cast.acme.pk).billing_mode


def words(desk, page):
    offered = desk.get(page).context["form"]["mode"].value()
    return {"mode": offered, "reason": REASON}


def test_the_way_leads_from_the_account(desk, cast, page):
    stage.grant(cast.acme, 10 * CREDIT)
    stage.spent(cast.acme, 2_500_000)
    assert page in desk.get(url(Account, "change", cast.acme.id)).text
    assert "2.5 <span>$0.02</span>" in desk.get(page).text


def test_there_and_back(desk, cast, page, boss):
    assert "exempt: it is never charged" in do(desk, page, **words(desk, page)).text
    assert mode(cast) == "exempt"
    event = AuditEvent.objects.get(action="team.billing_mode_set")
    assert (event.team, event.actor_label) == (cast.acme, boss.email)
    assert event.data == {
        "billing_mode": {"old": "metered", "new": "exempt"},
        "reason": REASON,
    }
    assert "is metered" in do(desk, page, **words(desk, page)).text
    assert mode(cast) == "metered"
    assert stage.complaints() == {}


def test_a_double_click_exempts_once(desk, cast, page):
    _, sent = preview(desk, page, **words(desk, page))
    for _ in range(2):
        assert desk.post(page, sent).status_code == 302
    assert mode(cast) == "exempt"
    assert AuditEvent.objects.filter(action="team.billing_mode_set").count() == 1


def test_it_asks_who_it_is_and_then_goes_on(desk, cast, page):
    _, sent = preview(desk, page, **words(desk, page))
    asks_who_it_is(desk, page, sent, lambda: mode(cast) == "metered")
    assert mode(cast) == "exempt"


@pytest.mark.parametrize("reason", ["", "too short", "x" * 301])
def test_it_needs_a_reason(desk, cast, page, reason):
    answer, _ = preview(desk, page, mode="exempt", reason=reason)
    assert answer.context["shown"] is None
    assert answer.context["form"].errors["reason"]


def test_without_the_right_nobody_exempts(client, cast, page):
    helper = person("helper@aurous.example", is_staff=True)
    rights = ["view_account", "change_team", "view_team"]
    helper.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(helper)
    confirm(client)
    assert client.get(page).status_code == client.post(page, {}).status_code == 403
    sent = {"name": "Acme", "default_api_version": "2026-05-15", "billing_mode": "exempt"}
    client.post(url(Team, "change", cast.acme.id), sent)
    assert mode(cast) == "metered"


@pytest.mark.parametrize("account", ["revenue", "team_nobody"])
def test_only_teams_are_exempted(desk, cast, account):
    assert desk.get(url(Account, "exempt", account)).status_code == 404
