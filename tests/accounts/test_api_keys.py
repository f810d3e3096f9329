from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts import access, api_keys
from accounts.authentication import caller_for
from accounts.models import ApiKey, ApiKeySecret, AuditEvent
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from tests.cast import NOBODY


def secrets_of(key):
    return list(ApiKeySecret.objects.filter(api_key=key).order_by("id"))


def works(text):
    try:
        caller_for(text)
    except AurousError:
        return False
    return True


def last_event():
    return AuditEvent.objects.latest("id")


# --- create -----------------------------------------------------------------------------------


def test_the_text_of_a_key_is_stored_nowhere(cast):
    made = cast.new_key()
    (secret,) = secrets_of(made.api_key)
    assert (secret.head, secret.tail) == (made.text[:14], made.text[-4:])
    assert secret.hint == f"{made.text[:14]}…{made.text[-4:]}"
    with connection.cursor() as cursor:
        for table in ("accounts_apikey", "accounts_apikeysecret", "accounts_auditevent"):
            cursor.execute(f"SELECT * FROM {table}")
            assert made.text not in repr(cursor.fetchall())
    assert made.text not in repr(made)


def test_making_a_key_is_audited_with_who_and_what(cast):
    made = cast.new_key(scope="read", name="nightly", cidrs=["10.0.0.0/8"], limit_day_nano=5)
    event = last_event()
    assert (event.action, event.target) == ("key.created", made.api_key.id)
    assert (event.actor_kind, event.actor_id) == ("system", "tests")
    assert event.team_id == cast.acme.id
    assert event.data == {
        "name": "nightly",
        "scope": "read",
        "cidrs": ["10.0.0.0/8"],
        "limit_day_nano": 5,
    }


def test_lists_are_kept_once_each_in_order(cast):
    key = cast.new_key(models=["b", "a", "b"], cidrs=["::ffff:10.0.0.0/104"]).api_key
    key.refresh_from_db()
    assert key.models == ["b", "a"]
    assert key.cidrs == ["10.0.0.0/8"]


@pytest.mark.parametrize(
    ("options", "code", "param"),
    [
        ({"name": ""}, "value_out_of_range", "name"),
        ({"name": "   "}, "value_out_of_range", "name"),
        ({"name": "x" * 129}, "value_out_of_range", "name"),
        ({"name": "a\x00b"}, "invalid_format", "name"),
        ({"scope": "admin"}, "invalid_format", "scope"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "value_out_of_range", "expires_at"),
        ({"expires_at": datetime(2090, 1, 1)}, "invalid_format", "expires_at"),  # noqa: DTZ001
        ({"models": []}, "value_out_of_range", "models"),
        ({"models": "abc"}, "invalid_format", "models"),
        ({"models": ["ok", ""]}, "value_out_of_range", "models[1]"),
        ({"models": ["ok", 7]}, "invalid_format", "models[1]"),
        ({"models": [["nested"]]}, "invalid_format", "models[0]"),
        ({"cidrs": []}, "value_out_of_range", "cidrs"),
        ({"cidrs": ["10.0.0.1/8"]}, "invalid_format", "cidrs[0]"),
        ({"cidrs": ["10.0.0.0/8", "home"]}, "invalid_format", "cidrs[1]"),
        ({"cidrs": ["10.0.0.0/8"] * 101}, "value_out_of_range", "cidrs"),
        ({"limit_day_nano": -1}, "value_out_of_range", "limit_day"),
        ({"limit_month_nano": 1.5}, "invalid_format", "limit_month"),
        ({"limit_total_nano": 2**63}, "value_out_of_range", "limit_total"),
        ({"rpm": 0}, "value_out_of_range", "rpm"),
        ({"rpm": True}, "invalid_format", "rpm"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_name_and_leaves_nothing(
    cast, options, code, param
):
    with pytest.raises(AurousError) as caught:
        cast.key(**options)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert not ApiKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_operation_refuses_to_be_part_of_somebody_elses_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        api_keys.create("team_x", name="k", scope="read", actor=NOBODY)


# --- change -----------------------------------------------------------------------------------


def test_a_change_is_written_and_audited_old_and_new(cast):
    key = cast.new_key(scope="read", name="old", rpm=5).api_key
    api_keys.change(cast.acme.id, key.id, actor=NOBODY, name="new", rpm=None, scope="read")
    key.refresh_from_db()
    assert (key.name, key.rpm, key.scope) == ("new", None, "read")
    event = last_event()
    assert event.action == "key.changed"
    assert event.data == {"name": {"old": "old", "new": "new"}, "rpm": {"old": 5, "new": None}}


def test_a_change_of_nothing_leaves_no_event(cast):
    key = cast.new_key(name="same").api_key
    events = AuditEvent.objects.count()
    api_keys.change(cast.acme.id, key.id, actor=NOBODY, name="same")
    assert AuditEvent.objects.count() == events


def test_a_changed_rule_is_felt_at_once_in_this_process(cast):
    made = cast.new_key(scope="read")
    assert caller_for(made.text).scope == "read"
    api_keys.change(cast.acme.id, made.api_key.id, actor=NOBODY, scope="write")
    assert caller_for(made.text).scope == "write"


def test_a_revoked_key_cannot_be_changed_or_rolled(cast):
    key = cast.new_key().api_key
    api_keys.revoke(cast.acme.id, key.id, actor=NOBODY)
    for operation in (api_keys.change, api_keys.roll):
        with pytest.raises(AurousError, match="was revoked"):
            operation(cast.acme.id, key.id, actor=NOBODY)


# --- roll -------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [1, 24, 168])
def test_during_the_overlap_both_secrets_open_the_same_key(cast, hours):
    old = cast.new_key()
    now = database_now(connection)
    new = api_keys.roll(cast.acme.id, old.api_key.id, actor=NOBODY, overlap_hours=hours)
    assert new.text != old.text
    assert caller_for(old.text) == caller_for(new.text)
    first, second = secrets_of(old.api_key)
    wanted = timedelta(hours=hours)
    assert wanted <= first.expires_at - now < wanted + timedelta(minutes=1)
    assert second.expires_at is None


def test_the_overlap_is_a_day_unless_told_otherwise(cast):
    key = cast.new_key().api_key
    api_keys.roll(cast.acme.id, key.id, actor=NOBODY)
    left = secrets_of(key)[0].expires_at - database_now(connection)
    assert timedelta(hours=23) < left <= timedelta(hours=24)


def test_without_an_overlap_the_old_secret_is_dead_at_once(cast):
    old = cast.new_key()
    assert works(old.text)
    new = api_keys.roll(cast.acme.id, old.api_key.id, actor=NOBODY, overlap_hours=0)
    assert not works(old.text)
    assert works(new.text)


def test_an_old_secret_past_its_overlap_is_invalid(cast):
    old = cast.new_key()
    api_keys.roll(cast.acme.id, old.api_key.id, actor=NOBODY)
    past = datetime(2026, 1, 1, tzinfo=UTC)
    ApiKeySecret.objects.filter(expires_at__isnull=False).update(expires_at=past)
    with pytest.raises(AurousError) as caught:
        caller_for(old.text)
    assert caught.value.code == "invalid_api_key"


def test_rolling_twice_never_makes_an_older_secret_live_longer(cast):
    key = cast.new_key().api_key
    api_keys.roll(cast.acme.id, key.id, actor=NOBODY, overlap_hours=1)
    soon = secrets_of(key)[0].expires_at
    api_keys.roll(cast.acme.id, key.id, actor=NOBODY, overlap_hours=168)
    assert secrets_of(key)[0].expires_at == soon
    api_keys.roll(cast.acme.id, key.id, actor=NOBODY, overlap_hours=0)
    now = database_now(connection)
    *old, current = secrets_of(key)
    assert current.expires_at is None
    assert len(old) == 3
    assert all(secret.expires_at <= now for secret in old)


@pytest.mark.parametrize("hours", [2, -1, 169])
def test_other_overlaps_are_refused(cast, hours):
    key = cast.new_key().api_key
    with pytest.raises(AurousError) as caught:
        api_keys.roll(cast.acme.id, key.id, actor=NOBODY, overlap_hours=hours)
    assert (caught.value.code, caught.value.param) == ("invalid_format", "overlap_hours")


def test_rolling_is_audited_without_a_secret(cast):
    key = cast.new_key().api_key
    new = api_keys.roll(cast.acme.id, key.id, actor=NOBODY)
    event = last_event()
    assert (event.action, event.target) == ("key.rolled", key.id)
    assert event.data["overlap_hours"] == 24
    assert new.text not in repr(event.data)


# --- revoke -----------------------------------------------------------------------------------


def test_revoking_ends_every_secret_of_the_key(cast):
    old = cast.new_key()
    new = api_keys.roll(cast.acme.id, old.api_key.id, actor=NOBODY)
    api_keys.revoke(cast.acme.id, old.api_key.id, actor=NOBODY)
    assert not works(old.text)
    assert not works(new.text)
    assert last_event().action == "key.revoked"


def test_revoking_twice_is_once(cast):
    key = cast.new_key().api_key
    first = api_keys.revoke(cast.acme.id, key.id, actor=NOBODY).revoked_at
    assert api_keys.revoke(cast.acme.id, key.id, actor=NOBODY).revoked_at == first
    assert AuditEvent.objects.filter(action="key.revoked").count() == 1


# --- whose key --------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [api_keys.change, api_keys.roll, api_keys.revoke])
def test_another_teams_key_does_not_exist(cast, operation):
    key = cast.new_key(cast.cleos).api_key
    with pytest.raises(AurousError) as foreign:
        operation(cast.acme.id, key.id, actor=NOBODY)
    with pytest.raises(AurousError) as absent:
        operation(cast.acme.id, key.id[:-1] + "X", actor=NOBODY)
    assert foreign.value.code == absent.value.code == "resource_not_found"
    assert access.api_key_for(cast.cleos.id, key.id).revoked_at is None
