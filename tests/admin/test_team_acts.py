"""Suspending, letting in, limits, notes: each with a reason, by who is really there, audited."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from accounts import teams
from accounts.authentication import caller_for
from accounts.models import AuditEvent, Membership, Team, TeamNote
from aurous.kernel.errors import AurousError
from tests.admin.conftest import url
from tests.admin.hands import confirm, operator_who_may, send, token_on
from tests.cast import NOBODY, PASSWORD
from tests.pages.browsers import browser_of

WHY = "Does not answer our mails about abuse."


@pytest.fixture
def desk(desk):
    confirm(desk)
    return desk


def place(cast, act):
    return url(Team, act, cast.acme.id)


def newest():
    return AuditEvent.objects.latest("id")


def test_a_team_is_suspended_with_a_reason_that_its_people_read(desk, cast, boss):
    key = cast.key()
    answer = send(desk, place(cast, "suspend"), reason=WHY)
    assert answer["Location"] == place(cast, "change")
    with pytest.raises(AurousError, match="suspended"):
        caller_for(key)
    event = newest()
    assert (event.action, event.actor_label) == ("team.suspended", boss.email)
    assert event.data["reason"] == WHY
    overview = reverse("overview", args=[cast.acme.id])
    assert f"The operator says: {WHY}" in browser_of(cast.ada).get(overview).text
    assert WHY in desk.get(place(cast, "change")).text


def test_a_team_is_let_in_again_and_the_reason_is_gone(desk, cast):
    key = cast.key()
    teams.suspend(cast.acme.id, actor=NOBODY, reason=WHY)
    assert WHY in desk.get(place(cast, "resume")).text
    send(desk, place(cast, "resume"), reason="They have answered.")
    assert caller_for(key)
    cast.acme.refresh_from_db()
    assert (cast.acme.suspended_at, cast.acme.suspended_reason) == (None, "")
    assert newest().data["reason"] == "They have answered."


@pytest.mark.parametrize("act", ["suspend", "resume", "limits"])
def test_nothing_happens_without_a_reason(desk, cast, act):
    before = AuditEvent.objects.count()
    answer = send(desk, place(cast, act), reason=" ", rpm="5")
    assert "Say why." in answer.text
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("act", ["suspend", "limits", "visit"])
def test_who_does_not_show_who_they_are_does_nothing(client, boss, cast, act):
    client.force_login(boss)
    before = AuditEvent.objects.count()
    answer = send(client, place(cast, act), reason=WHY, rpm="5")
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert AuditEvent.objects.count() == before
    # What was sent is kept, and goes on once they have.
    there = answer["Location"]
    after = client.post(there, {"password": PASSWORD, "next": place(cast, act)})
    assert after.status_code == 302
    assert AuditEvent.objects.count() > before


@pytest.mark.parametrize("act", ["suspend", "resume", "limits", "visit", "note"])
def test_each_act_has_its_permission(client, cast, act):
    client.force_login(operator_who_may("view_team"))
    assert client.get(place(cast, act)).status_code == 403
    assert client.post(place(cast, act), {"reason": WHY}).status_code == 403
    client.force_login(cast.ada)  # no operator at all
    assert client.get(place(cast, act)).status_code == 302


def test_a_form_that_is_sent_twice_acts_once(desk, cast):
    page = place(cast, "suspend")
    token = token_on(desk, page)
    for _ in range(2):
        desk.post(page, {"once": token, "reason": WHY})
    teams.resume(cast.acme.id, actor=NOBODY)
    answer = desk.post(page, {"once": token, "reason": WHY}, follow=True)
    assert "That was done already." in answer.text
    cast.acme.refresh_from_db()
    assert not cast.acme.is_suspended


def test_a_team_that_is_not_there_is_no_error_of_ours(desk, cast):
    for act in ("suspend", "resume", "limits", "visit", "note"):
        assert desk.get(url(Team, act, "team_none")).status_code == 404


def test_limits_are_set_with_a_reason(desk, cast):
    page = place(cast, "limits")
    send(desk, page, rpm="5", tpm="0", concurrency="", reason="They asked for it.")
    cast.acme.refresh_from_db()
    limits = (cast.acme.rpm_limit, cast.acme.tpm_limit, cast.acme.concurrency_limit)
    assert limits == (5, 0, None)
    event = newest()
    assert event.action == "team.limits_set"
    assert event.data["rpm_limit"] == {"old": None, "new": 5}
    assert event.data["reason"] == "They asked for it."
    text = desk.get(place(cast, "change")).text
    assert "this team’s own" in text
    assert "no limit" in text


@pytest.mark.parametrize("rpm", ["-1", "many", "99999999999"])
def test_a_limit_that_is_none_is_refused_at_its_field(desk, cast, rpm):
    answer = send(desk, place(cast, "limits"), rpm=rpm, reason="x")
    assert answer.context["form"].errors["rpm"]
    cast.acme.refresh_from_db()
    assert cast.acme.rpm_limit is None


def test_the_list_suspends_several_for_one_reason(desk, cast):
    chosen = {"action": "suspend", "_selected_action": [cast.acme.pk, cast.cleos.pk]}
    asked = desk.post(url(Team), chosen)
    page = asked["Location"]
    assert not Team.objects.exclude(suspended_at=None).exists()
    text = desk.get(page).text
    assert "Acme" in text
    assert "Suspend 2 teams" in text
    ids = {"team": [cast.acme.pk, cast.cleos.pk]}
    send(desk, page, reason=WHY, **ids)
    assert set(Team.objects.values_list("suspended_reason", flat=True)) == {WHY}
    assert AuditEvent.objects.filter(action="team.suspended").count() == 2


def test_too_many_teams_at_once_are_refused(desk, cast, monkeypatch):
    monkeypatch.setattr("accounts.admin.team_acts.TEAMS_AT_ONCE_MAX", 1)
    chosen = {"action": "suspend", "_selected_action": [cast.acme.pk, cast.cleos.pk]}
    assert "Choose at most 1 teams" in desk.post(url(Team), chosen, follow=True).text


def test_nobody_chosen_is_back_at_the_list(desk, cast):
    page = reverse("admin:accounts_team_suspend_many")
    assert desk.get(page)["Location"] == url(Team)
    assert desk.get(page, {"team": "team_none"})["Location"] == url(Team)


def test_notes_are_added_and_read_by_operators_only(desk, cast):
    answer = desk.post(place(cast, "note"), {"text": "  Called on Monday.\nSecond line. "})
    assert answer["Location"] == place(cast, "change")
    assert "Called on Monday." in desk.get(place(cast, "change")).text
    assert TeamNote.objects.get().author_label == "boss@aurous.example"
    shown = browser_of(cast.ada).get(reverse("audit", args=[cast.acme.id])).text
    assert "Called on Monday." not in shown


@pytest.mark.parametrize("text", ["", "   ", "x" * 2_001, "a\0b"])
def test_a_note_that_is_none_is_not_written(desk, cast, text):
    desk.post(place(cast, "note"), {"text": text})
    assert not TeamNote.objects.exists()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE accounts_teamnote SET text = 'other'", "DELETE FROM accounts_teamnote"],
)
def test_the_database_keeps_notes_as_they_are(desk, cast, statement):
    desk.post(place(cast, "note"), {"text": "as it was"})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
    assert TeamNote.objects.get().text == "as it was"


def test_a_long_list_of_people_is_cut_and_says_so(desk, cast, monkeypatch):
    monkeypatch.setattr("embeddings.admin.team.sheet.MEMBERS_MAX", 1)
    monkeypatch.setattr("embeddings.admin.team.sheet.KEYS_MAX", 1)
    for _ in range(2):
        cast.new_key()
    text = desk.get(place(cast, "change")).text
    assert "Everybody" in text
    assert "Every key" in text
    assert Membership.objects.filter(team=cast.acme).count() == 2
