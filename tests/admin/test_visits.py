"""An operator looks at a team's dashboard: read only, for a reason, logged, for a while."""

import json
from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from accounts import visits
from accounts.models import AuditEvent, Team, User, Visit
from accounts.pages.visiting import VISIT
from aurous.kernel.errors import AurousError
from billing.reaper import reap
from tests.admin.conftest import url
from tests.admin.hands import confirm, operator_who_may, send
from tests.billing import stage

WHY = "Their charts look empty to them."
END = "/visits/end"


@pytest.fixture
def helper(db):
    return operator_who_may("open_dashboard", "view_team")


@pytest.fixture
def desk(client, helper):
    client.force_login(helper)
    confirm(client)
    return client


def overview(team):
    return reverse("overview", args=[team.id])


def look(desk, team):
    """The whole way: ask in the admin, follow the link, say begin."""
    link = send(desk, url(Team, "visit", team.id), reason=WHY)["Location"]
    assert "Begin" in desk.get(link).text
    return desk.post(link)


def log_of(team):
    rows = AuditEvent.objects.filter(team=team, action__startswith="visit.").order_by("id")
    return [(row.action, row.actor_label) for row in rows]


def test_the_whole_way_is_in_the_teams_log(desk, cast, helper):
    answer = look(desk, cast.acme)
    assert answer["Location"] == overview(cast.acme)
    page = desk.get(overview(cast.acme)).text
    assert "You are looking at <strong>Acme</strong> as operator" in page
    assert helper.email in page
    ended = desk.post(END)
    assert ended["Location"] == url(Team, "change", cast.acme.id)
    assert desk.get(overview(cast.acme)).status_code == 404  # no member, and never was
    steps = [f"visit.{step}" for step in ("asked", "begun", "ended")]
    assert log_of(cast.acme) == [(step, helper.email) for step in steps]
    team_reads = Client()
    team_reads.force_login(cast.ada)
    told = team_reads.get(reverse("audit", args=[cast.acme.id])).text
    assert WHY in told
    assert helper.email in told


def test_asking_and_links_alone_open_nothing(desk, cast):
    send(desk, url(Team, "visit", cast.acme.id), reason=WHY)
    assert desk.get(overview(cast.acme)).status_code == 404


def test_a_link_works_once_and_for_a_moment(cast, helper, monkeypatch):
    token = visits.ask(cast.acme.id, WHY, by=helper)
    visits.begin(token)
    with pytest.raises(AurousError):
        visits.begin(token)
    late = visits.ask(cast.acme.id, WHY, by=helper)
    Visit.objects.filter(began_at=None).update(link_ends_at=stage.now() - timedelta(seconds=1))
    assert visits.find(late) is None
    with pytest.raises(AurousError):
        visits.begin(late)
    assert visits.find("nonsense") is None
    assert "does not work" in Client().get(reverse("visit", args=[late])).text


def test_the_link_is_not_in_the_database(cast, helper):
    token = visits.ask(cast.acme.id, WHY, by=helper)
    assert token not in json.dumps(list(Visit.objects.values()), default=str)
    assert token not in json.dumps(list(AuditEvent.objects.values()), default=str)


def test_it_opens_no_other_team(desk, cast):
    look(desk, cast.acme)
    assert desk.get(overview(cast.cleos)).status_code == 404


def test_the_admin_may_have_a_host_of_its_own(desk, cast, helper, settings):
    settings.ADMIN_HOST = "admin.aurous.example"
    settings.AUROUS_PUBLIC_URL = "https://aurous.example"
    link = send(desk, url(Team, "visit", cast.acme.id), reason=WHY)["Location"]
    assert link.startswith("https://aurous.example/visits/")
    there = Client()  # another host: another session, where nobody is logged in
    path = link.removeprefix("https://aurous.example")
    assert there.post(path)["Location"] == overview(cast.acme)
    page = there.get(overview(cast.acme)).text
    assert helper.email in page
    assert there.get(reverse("security")).status_code == 302  # not logged in, all the same
    assert there.get("/admin/").status_code == 404  # it is on its own host only
    over = there.post(END).text
    back = f"https://admin.aurous.example{url(Team, 'change', cast.acme.id)}"
    assert back in over
    assert there.get(overview(cast.acme)).status_code == 302


def test_who_is_logged_in_as_somebody_else_does_not_follow_the_link(cast, helper):
    link = reverse("visit", args=[visits.ask(cast.acme.id, WHY, by=helper)])
    cleo = Client()
    cleo.force_login(cast.cleo)
    assert "Log out" in cleo.get(link).text
    cleo.post(link)
    assert cleo.get(overview(cast.acme)).status_code == 404
    assert Visit.objects.get().began_at is None


def test_who_logs_in_as_somebody_else_carries_nothing_on(cast, helper):
    browser = Client()
    browser.post(reverse("visit", args=[visits.ask(cast.acme.id, WHY, by=helper)]))
    assert browser.get(overview(cast.acme)).status_code == 200
    browser.force_login(cast.cleo)
    assert browser.get(overview(cast.acme)).status_code == 404


def test_it_ends_with_its_time(desk, cast, helper):
    look(desk, cast.acme)
    Visit.objects.update(ends_at=stage.now() - timedelta(seconds=1))
    assert desk.get(overview(cast.acme)).status_code == 404
    assert Visit.objects.get().end == Visit.End.TIME
    assert log_of(cast.acme)[-1] == ("visit.ended", "Aurous")


def test_its_end_is_written_down_though_nobody_comes_back(desk, cast):
    look(desk, cast.acme)
    send(desk, url(Team, "visit", cast.acme.id), reason=WHY)  # and never followed
    past = stage.now() - timedelta(seconds=1)
    Visit.objects.filter(began_at=None).update(link_ends_at=past)
    Visit.objects.exclude(began_at=None).update(ends_at=past)
    assert reap().visits == 2
    assert reap().visits == 0
    ends = set(Visit.objects.values_list("end", flat=True))
    assert ends == {Visit.End.TIME, Visit.End.UNUSED}


def test_it_ends_at_logout(desk, cast, helper):
    look(desk, cast.acme)
    desk.post(reverse("account_logout"))
    assert Visit.objects.get().end == Visit.End.LOGGED_OUT


def test_it_ends_in_another_hosts_browser_at_logout_too(cast, helper):
    browser = Client()
    browser.post(reverse("visit", args=[visits.ask(cast.acme.id, WHY, by=helper)]))
    admin = Client()
    admin.force_login(helper)
    admin.post(reverse("account_logout"))
    assert browser.get(overview(cast.acme)).status_code == 302


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_it_ends_with_the_rights(cast, helper, change):
    browser = Client()
    browser.post(reverse("visit", args=[visits.ask(cast.acme.id, WHY, by=helper)]))
    User.objects.filter(pk=helper.pk).update(**change)
    assert browser.get(overview(cast.acme)).status_code == 302
    assert Visit.objects.get().end == Visit.End.RIGHTS


def test_it_ends_with_the_permission(desk, cast, helper):
    look(desk, cast.acme)
    helper.user_permissions.clear()
    assert desk.get(overview(cast.acme)).status_code == 404
    assert Visit.objects.get().end == Visit.End.RIGHTS


def test_who_may_not_ask_is_refused_below_the_page_too(cast):
    nobody = operator_who_may("view_team", "change_team", email="other@aurous.example")
    with pytest.raises(PermissionError):
        visits.ask(cast.acme.id, WHY, by=nobody)
    with pytest.raises(PermissionError):
        visits.ask(cast.acme.id, WHY, by=cast.ada)


def test_a_reason_says_something(cast, helper):
    with pytest.raises(AurousError):
        visits.ask(cast.acme.id, "  ", by=helper)


def test_one_look_at_a_time(desk, cast):
    look(desk, cast.acme)
    look(desk, cast.cleos)
    assert desk.get(overview(cast.acme)).status_code == 404
    assert desk.get(overview(cast.cleos)).status_code == 200
    assert log_of(cast.acme)[-1][0] == "visit.ended"


def test_a_member_who_is_an_operator_writes_nothing_while_they_look(cast, helper):
    browser = Client()
    User.objects.filter(pk=cast.ada.pk).update(is_staff=True, is_superuser=True)
    browser.force_login(cast.ada)
    ada = User.objects.get(pk=cast.ada.pk)
    browser.post(reverse("visit", args=[visits.ask(cast.acme.id, WHY, by=ada)]))
    rename = reverse("team-settings", args=[cast.acme.id])
    assert browser.post(rename, {"name": "Mine"}).status_code == 403
    browser.post(END)
    assert browser.get(rename).status_code == 200


def test_it_opens_nothing_of_the_api(desk, cast):
    look(desk, cast.acme)
    assert desk.get("/v1/balance").status_code == 401


def test_a_visit_of_nobody_is_no_error(client, cast):
    session = client.session
    session[VISIT] = "visit_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    session.save()
    client.cookies["sessionid"] = session.session_key
    assert client.get(overview(cast.acme)).status_code == 302
    assert client.post(END).status_code == 302
    assert client.get(END).status_code == 405


def test_each_request_is_logged_with_the_operator(desk, cast, helper, monkeypatch):
    lines = []
    look(desk, cast.acme)
    monkeypatch.setattr(
        "aurous.http.edge.log.info", lambda event, **told: lines.append(told), raising=False
    )
    desk.get(overview(cast.acme))
    assert lines[-1]["operator"] == str(helper.pk)
    desk.get("/docs")
    assert "operator" not in lines[-1]


@override_settings(OPERATOR_VISIT_SECONDS=60)
def test_how_long_is_a_setting(cast, helper):
    visit = visits.begin(visits.ask(cast.acme.id, WHY, by=helper))
    assert visit.ends_at - visit.began_at == timedelta(seconds=60)
