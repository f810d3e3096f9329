import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from accounts import access, audit, teams
from accounts.actors import command_actor, key_actor, user_actor
from accounts.authentication import caller_for
from accounts.models import AuditEvent, Team
from tests.cast import NOBODY

TABLE = "accounts_auditevent"


def raw(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE {TABLE} SET action = 'x'",
        f"UPDATE {TABLE} SET data = '{{}}' WHERE action = 'team.created'",
        f"DELETE FROM {TABLE}",
        f"DELETE FROM {TABLE} WHERE action = 'team.created'",
    ],
)
def test_the_database_itself_refuses_to_change_or_remove_an_event(cast, sql):
    before = list(AuditEvent.objects.values())
    with pytest.raises(IntegrityError, match="append-only"):
        raw(sql)
    assert list(AuditEvent.objects.values()) == before


def test_an_event_cannot_be_replaced_either(cast):
    event = AuditEvent.objects.first()
    values = (
        f"INTO {TABLE} (id, action, actor_kind, actor_id, actor_label, target, data) "
        f"VALUES ({event.id}, 'x', 'user', '', '', '', '{{}}')"
    )
    sql = (
        f"INSERT OR REPLACE {values}"
        if connection.vendor == "sqlite"
        else f"INSERT {values} ON CONFLICT (id) DO UPDATE SET action = 'x'"
    )
    with pytest.raises(IntegrityError, match="append-only"):
        raw(sql)


def test_a_team_with_a_history_cannot_be_deleted(cast):
    with pytest.raises(ProtectedError):
        Team.objects.filter(pk=cast.acme.pk).delete()


def test_a_person_who_leaves_for_good_keeps_their_name_in_the_log(cast):
    teams.rename(cast.acme.id, "Acme 2", actor=user_actor(cast.ben))
    cast.ben.delete()
    event = access.audit_events_of(cast.acme.id).first()
    assert (event.actor_kind, event.actor_label) == ("user", "ben@acme.example")


@pytest.mark.parametrize(
    "column",
    ["action = ''", "actor_kind = 'ghost'"],
)
def test_an_event_without_an_action_or_of_an_unknown_actor_is_refused(cast, column):
    values = {"action": "'a'", "actor_kind": "'user'"}
    name, value = column.split(" = ")
    values[name] = value
    with pytest.raises(IntegrityError):
        raw(
            f"INSERT INTO {TABLE} (action, actor_kind, actor_id, actor_label, target, data) "
            f"VALUES ({values['action']}, {values['actor_kind']}, '', '', '', '{{}}')"
        )


@pytest.mark.django_db(transaction=True)
def test_an_event_is_only_recorded_in_the_transaction_that_makes_the_change():
    with pytest.raises(RuntimeError, match=r"team\.renamed"):
        audit.record("team.renamed", team=None, actor=NOBODY, target="x")


@pytest.mark.django_db(transaction=True)
def test_a_change_that_fails_leaves_no_event(monkeypatch):
    team = teams.create_team("Acme", actor=NOBODY)

    def fail(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr("accounts.audit.AuditEvent.objects.create", fail)
    with pytest.raises(ConnectionError):
        teams.rename(team.id, "Other", actor=NOBODY)
    team.refresh_from_db()
    assert team.name == "Acme"


def test_the_log_of_a_team_is_its_own_newest_first(cast):
    teams.rename(cast.acme.id, "Acme 2", actor=NOBODY)
    teams.rename(cast.cleos.id, "Cleo's 2", actor=NOBODY)
    actions = [event.action for event in access.audit_events_of(cast.acme.id)]
    assert actions == ["team.renamed", "member.added", "member.added", "team.created"]


def test_programs_and_operators_are_named_too(cast):
    caller = caller_for(cast.key())
    assert key_actor(caller).id == caller.api_key_id
    assert command_actor("set_team").id == "set_team"
    assert command_actor("set_team").label


def test_a_login_without_a_name_is_unknown(monkeypatch):
    def nameless():
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert command_actor("set_team").label == "unknown"
