import pytest

from accounts import teams
from accounts.authentication import caller_for
from accounts.models import AuditEvent, Membership, Team, User
from aurous.kernel.errors import AurousError
from tests.cast import NOBODY


def events_since(count):
    return list(AuditEvent.objects.order_by("id")[count:])


def test_a_new_team_is_pinned_to_the_installations_version(db, settings):
    team = teams.create_team("  Acme ", actor=NOBODY)
    team.refresh_from_db()
    assert team.id.startswith("team_")
    assert len(team.id) == len("team_") + 26
    assert (team.name, team.default_api_version) == ("Acme", settings.API_DEFAULT_VERSION)
    assert (team.billing_mode, team.is_suspended) == ("metered", False)
    assert team.created_at is not None
    assert AuditEvent.objects.get().action == "team.created"


def test_an_owner_who_is_new_gets_a_login_without_a_password(db):
    team = teams.create_team("Acme", "New@Acme.example", actor=NOBODY)
    membership = Membership.objects.get(team=team)
    assert (membership.user.email, membership.role) == ("new@acme.example", "owner")
    assert not membership.user.has_usable_password()


def test_an_owner_who_is_known_stays_one_person(cast):
    teams.create_team("Second", "ADA@acme.example ", actor=NOBODY)
    assert User.objects.filter(email="ada@acme.example").count() == 1
    assert cast.ada.memberships.count() == 2


@pytest.mark.parametrize(
    ("name", "owner", "code", "param"),
    [
        ("", None, "value_out_of_range", "name"),
        ("x" * 129, None, "value_out_of_range", "name"),
        ("a\x00", None, "invalid_format", "name"),
        ("Acme", "", "invalid_format", "owner"),
        ("Acme", "ada", "invalid_format", "owner"),
    ],
)
def test_a_team_that_makes_no_sense_is_refused_and_leaves_nothing(db, name, owner, code, param):
    with pytest.raises(AurousError) as caught:
        teams.create_team(name, owner, actor=NOBODY)
    assert (caught.value.code, caught.value.param) == (code, param)


@pytest.mark.django_db(transaction=True)
def test_a_refused_owner_takes_the_team_back():
    with pytest.raises(AurousError):
        teams.create_team("Acme", "nobody", actor=NOBODY)
    assert not Team.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("operation", "argument", "action", "column", "old", "new"),
    [
        (teams.rename, "Other", "team.renamed", "name", "Acme", "Other"),
        (
            teams.set_billing_mode,
            "exempt",
            "team.billing_mode_set",
            "billing_mode",
            "metered",
            "exempt",
        ),
        (
            teams.set_version,
            "2026-11-01",
            "team.version_set",
            "default_api_version",
            "2026-05-15",
            "2026-11-01",
        ),
    ],
)
def test_each_change_says_who_what_old_and_new(
    cast, monkeypatch, operation, argument, action, column, old, new
):
    monkeypatch.setattr(
        "aurous.http.versions.registry.versions", lambda: ("2026-05-15", "2026-11-01")
    )
    count = AuditEvent.objects.count()
    operation(cast.acme.id, argument, actor=NOBODY)
    cast.acme.refresh_from_db()
    assert getattr(cast.acme, column) == new
    (event,) = events_since(count)
    assert (event.action, event.target, event.actor_id) == (action, cast.acme.id, "tests")
    assert event.data == {column: {"old": old, "new": new}}


def test_limits_are_one_event_and_none_goes_back_to_the_default(cast):
    count = AuditEvent.objects.count()
    teams.set_limits(cast.acme.id, actor=NOBODY, rpm=5, concurrency=0)
    teams.set_limits(cast.acme.id, actor=NOBODY, rpm=None)
    cast.acme.refresh_from_db()
    assert (cast.acme.rpm_limit, cast.acme.tpm_limit, cast.acme.concurrency_limit) == (
        None,
        None,
        0,
    )
    first, second = events_since(count)
    assert first.action == second.action == "team.limits_set"
    assert first.data == {
        "rpm_limit": {"old": None, "new": 5},
        "concurrency_limit": {"old": None, "new": 0},
    }
    assert second.data == {"rpm_limit": {"old": 5, "new": None}}


def test_suspending_and_resuming_twice_is_once(cast):
    count = AuditEvent.objects.count()
    first = teams.suspend(cast.acme.id, actor=NOBODY).suspended_at
    assert teams.suspend(cast.acme.id, actor=NOBODY).suspended_at == first
    assert not teams.resume(cast.acme.id, actor=NOBODY).is_suspended
    teams.resume(cast.acme.id, actor=NOBODY)
    assert [event.action for event in events_since(count)] == ["team.suspended", "team.resumed"]


def test_what_is_the_same_already_is_no_change(cast):
    count = AuditEvent.objects.count()
    teams.change(cast.acme.id, actor=NOBODY, name="Acme", billing_mode="metered", suspended=False)
    assert events_since(count) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "value_out_of_range"),
        ({"default_api_version": "2020-01-01"}, "unknown_version"),
        ({"billing_mode": "free"}, "invalid_format"),
        ({"rpm_limit": -1}, "value_out_of_range"),
        ({"tpm_limit": 2**31}, "value_out_of_range"),
        ({"concurrency_limit": "7"}, "invalid_format"),
    ],
)
def test_one_refused_change_undoes_the_others(cast, changes, code):
    count = AuditEvent.objects.count()
    wanted = {"suspended": True, **changes}
    with pytest.raises(AurousError) as caught:
        teams.change(cast.acme.id, actor=NOBODY, **wanted)
    assert caught.value.code == code
    cast.acme.refresh_from_db()
    assert not cast.acme.is_suspended
    assert events_since(count) == []


def test_the_message_about_an_unknown_version_lists_the_known_ones(cast):
    with pytest.raises(AurousError, match="2026-05-15"):
        teams.set_version(cast.acme.id, "2020-01-01", actor=NOBODY)


def test_a_team_that_is_not_there_is_not_found(db):
    with pytest.raises(AurousError) as caught:
        teams.suspend("team_x", actor=NOBODY)
    assert caught.value.code == "resource_not_found"


def test_a_change_is_felt_at_once_in_this_process(cast):
    text = cast.key()
    caller_for(text)
    teams.set_billing_mode(cast.acme.id, "exempt", actor=NOBODY)
    teams.rename(cast.acme.id, "Other", actor=NOBODY)
    caller = caller_for(text)
    assert (caller.billing_mode, caller.team_name) == ("exempt", "Other")
