from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from accounts import api_keys, teams
from accounts.authentication import ApiKeyAuthentication, caller_for, offered_key
from accounts.key_text import new_text
from accounts.models import ApiKey, ApiKeySecret, Team
from aurous.kernel.errors import AurousError
from tests.cast import NOBODY

KEY = new_text()
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def refused(text):
    with pytest.raises(AurousError) as caught:
        caller_for(text)
    assert text not in caught.value.message
    return caught.value.code


# --- which key is offered ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_AUTHORIZATION": f"Bearer {KEY}"},
        {"HTTP_AUTHORIZATION": f"bEARER {KEY}"},
        {"HTTP_AUTHORIZATION": f"  Bearer \t {KEY} "},
        {"HTTP_X_API_KEY": KEY},
        {"HTTP_X_API_KEY": f" {KEY} "},
        {"HTTP_AUTHORIZATION": f"Bearer {KEY}", "HTTP_X_API_KEY": KEY},
        {"HTTP_AUTHORIZATION": f"Bearer {KEY}", "HTTP_X_API_KEY": ""},
        {"HTTP_AUTHORIZATION": "Basic QWRhOnNlY3JldA==", "HTTP_X_API_KEY": KEY},
    ],
)
def test_a_key_is_read_from_either_header(headers):
    assert offered_key(headers) == KEY


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HTTP_AUTHORIZATION": ""},
        {"HTTP_AUTHORIZATION": "Bearer"},
        {"HTTP_AUTHORIZATION": "Bearer  "},
        {"HTTP_AUTHORIZATION": "Basic QWRhOnNlY3JldA=="},
        {"HTTP_AUTHORIZATION": KEY},
        {"HTTP_X_API_KEY": " "},
    ],
)
def test_no_header_an_empty_one_or_another_scheme_is_a_missing_key(headers):
    with pytest.raises(AurousError) as caught:
        offered_key(headers)
    assert caught.value.code == "missing_api_key"
    assert caught.value.status == 401


def test_two_different_keys_are_invalid():
    with pytest.raises(AurousError) as caught:
        offered_key({"HTTP_AUTHORIZATION": f"Bearer {KEY}", "HTTP_X_API_KEY": new_text()})
    assert caught.value.code == "invalid_api_key"


# --- whose key it is --------------------------------------------------------------------------


def test_the_caller_carries_everything_that_the_key_and_its_team_say(cast):
    teams.set_limits(cast.acme.id, actor=NOBODY, rpm=10, tpm=20, concurrency=0)
    made = cast.new_key(
        scope="write",
        models=["a", "b"],
        cidrs=["203.0.113.0/24"],
        limit_day_nano=1,
        limit_month_nano=2,
        limit_total_nano=3,
        rpm=4,
    )
    caller = caller_for(made.text)
    assert (caller.team_id, caller.team_name) == (cast.acme.id, "Acme")
    assert (caller.api_key_id, caller.scope) == (made.api_key.id, "write")
    assert caller.models == {"a", "b"}
    assert (caller.version_pin, caller.billing_mode) == ("2026-05-15", "metered")
    assert (caller.team_rpm, caller.team_tpm, caller.team_concurrency) == (10, 20, 0)
    limits = (caller.limit_day_nano, caller.limit_month_nano, caller.limit_total_nano)
    assert (*limits, caller.key_rpm) == (1, 2, 3, 4)
    assert [str(network) for network in caller.networks] == ["203.0.113.0/24"]


def test_a_key_without_rules_is_free_of_them(cast):
    caller = caller_for(cast.key())
    assert caller.models is None
    assert caller.networks == ()
    assert caller.key_rpm is caller.limit_total_nano is caller.team_rpm is None


def test_drf_gets_the_caller_and_no_user(cast):
    request = Request(RequestFactory().get("/", HTTP_X_API_KEY=cast.key()))
    user, caller = ApiKeyAuthentication().authenticate(request)
    assert user is None
    assert caller.team_id == cast.acme.id
    assert ApiKeyAuthentication().authenticate_header(request) == 'Bearer realm="api"'


@pytest.mark.parametrize(
    "text",
    ["", "x", KEY[:-1] + "!", KEY.upper(), "sk-proj-123", "ключ"],
    ids=["empty", "short", "bad character", "upper case", "another prefix", "not ASCII"],
)
def test_a_text_whose_checksum_fails_is_refused_before_any_database_is_asked(
    db, django_assert_num_queries, text
):
    with django_assert_num_queries(0):
        assert refused(text + "!") == "invalid_api_key"


def test_a_well_formed_key_that_nobody_made_is_invalid(db):
    assert refused(new_text()) == "invalid_api_key"


def test_an_expired_key_is_invalid(cast):
    made = cast.new_key()
    ApiKey.objects.filter(pk=made.api_key.pk).update(expires_at=LONG_AGO)
    assert refused(made.text) == "invalid_api_key"


def test_a_revoked_key_says_so(cast):
    made = cast.new_key()
    api_keys.revoke(cast.acme.id, made.api_key.id, actor=NOBODY)
    assert refused(made.text) == "revoked_api_key"


def test_a_revoked_key_says_so_even_when_it_expired_and_its_team_is_suspended(cast):
    made = cast.new_key()
    ApiKey.objects.filter(pk=made.api_key.pk).update(expires_at=LONG_AGO)
    api_keys.revoke(cast.acme.id, made.api_key.id, actor=NOBODY)
    teams.suspend(cast.acme.id, actor=NOBODY)
    assert refused(made.text) == "revoked_api_key"


def test_a_suspended_team_is_refused_and_another_team_is_not(cast):
    acmes, cleos = cast.key(), cast.key(cast.cleos)
    teams.suspend(cast.acme.id, actor=NOBODY)
    assert refused(acmes) == "team_suspended"
    assert caller_for(cleos).team_id == cast.cleos.id
    teams.resume(cast.acme.id, actor=NOBODY)
    assert caller_for(acmes).team_id == cast.acme.id


# --- how soon a change is felt ----------------------------------------------------------------


def test_a_key_seen_a_moment_ago_costs_no_query(cast, clock, django_assert_num_queries):
    text = cast.key()
    caller = caller_for(text)
    clock.advance(3.9)
    with django_assert_num_queries(0):
        assert caller_for(text) is caller


def test_a_refusal_is_remembered_too_but_shorter(db, clock, django_assert_num_queries):
    text = new_text()
    refused(text)
    clock.advance(1.9)
    with django_assert_num_queries(0):
        refused(text)
    clock.advance(0.2)
    with django_assert_num_queries(1):
        refused(text)


def test_a_revocation_by_another_process_is_felt_within_five_seconds(cast, clock):
    made = cast.new_key()
    caller_for(made.text)
    ApiKey.objects.filter(pk=made.api_key.pk).update(revoked_at=LONG_AGO)
    clock.advance(1)
    caller_for(made.text)  # still remembered
    clock.advance(3.9)
    assert refused(made.text) == "revoked_api_key"


def test_a_suspension_by_another_process_is_felt_within_five_seconds(cast, clock):
    text = cast.key()
    caller_for(text)
    Team.objects.filter(pk=cast.acme.pk).update(suspended_at=LONG_AGO)
    clock.advance(4.9)
    assert refused(text) == "team_suspended"


def test_a_revocation_in_this_process_is_felt_at_once(cast, clock):
    made = cast.new_key()
    caller_for(made.text)
    api_keys.revoke(cast.acme.id, made.api_key.id, actor=NOBODY)
    assert refused(made.text) == "revoked_api_key"


def test_an_expiry_is_looked_at_on_every_use(cast, clock, django_assert_num_queries):
    soon = datetime.now(UTC) + timedelta(seconds=2)
    made = cast.new_key(expires_at=soon)
    caller_for(made.text)
    clock.advance(0.5)
    with django_assert_num_queries(0):
        caller_for(made.text)
    clock.advance(2)  # younger than the time to live, but past the key's end
    ApiKey.objects.filter(pk=made.api_key.pk).update(expires_at=LONG_AGO)
    assert refused(made.text) == "invalid_api_key"


def test_the_end_of_a_rolled_secret_is_looked_at_on_every_use(cast, clock):
    made = cast.new_key()
    api_keys.roll(cast.acme.id, made.api_key.id, actor=NOBODY, overlap_hours=1)
    old = ApiKeySecret.objects.filter(api_key=made.api_key, expires_at__isnull=False)
    old.update(expires_at=datetime.now(UTC) + timedelta(seconds=2))
    caller_for(made.text)
    clock.advance(2.5)
    old.update(expires_at=LONG_AGO)
    assert refused(made.text) == "invalid_api_key"
