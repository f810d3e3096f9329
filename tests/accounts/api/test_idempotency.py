"""Create and roll with an ``Idempotency-Key``: one effect, the same bytes again."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from accounts import api_keys, claims, idempotency
from accounts.models import ApiKey, ApiKeySecret, AuditEvent, IdempotencyClaim
from aurous.http.versions import registry
from aurous.http.versions.registry import VersionChange
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from billing import reaper
from billing.idempotency import Claims
from tests.embeddings.api.stage import Api, complaints, customer, meanwhile, together

BODY = {"name": "k", "limit_day": 1.5, "scope": "read"}


@pytest.fixture
def first(asker):
    """A customer whose idempotency key ``i`` made a key, with the answer."""
    answer = asker.post("keys", BODY, Idempotency_Key="i")
    assert (answer.status, answer.replayed) == (201, False)
    return asker, answer


def claims_of(someone):
    return IdempotencyClaim.objects.filter(team=someone.team)


def age(someone, **time):
    """Let the claims of a team be older."""
    for claim in claims_of(someone):
        claim.created_at -= timedelta(**time)
        if claim.completed_at is not None:
            claim.completed_at -= timedelta(**time)
        claim.save(update_fields=["created_at", "completed_at"])


def keys_of(someone):
    return ApiKey.objects.filter(team=someone.team, name="k").count()


# --- the same request again ------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        b'{"scope":"read","limit_day":1.50,"name":"k"}',
        b'{ "limit_day": 15e-1, "name": "\\u006b", "scope": "read" }',
        json.dumps(BODY, indent=2).encode(),
    ],
)
def test_create_again_is_the_same_bytes_and_no_second_key(first, spelling):
    asker, answer = first
    again = asker.post("keys", spelling, Idempotency_Key='"i"')
    assert (again.status, again.replayed) == (201, True)
    assert again.content == answer.content
    assert again.headers["Content-Type"] == "application/json"
    assert keys_of(asker) == 1
    assert AuditEvent.objects.filter(action="key.created", actor_kind="key").count() == 1
    assert Api(again.json["api_key"]).get("team").status == 200


def test_roll_again_is_the_same_bytes_and_no_third_secret(asker):
    worker = asker.key_with()
    path = f"keys/{worker.key_id}/roll"
    answers = [asker.post(path, None, Idempotency_Key="r") for _ in range(3)]
    assert [answer.status for answer in answers] == [200] * 3
    assert [answer.replayed for answer in answers] == [False, True, True]
    assert len({answer.content for answer in answers}) == 1
    assert ApiKeySecret.objects.filter(api_key=worker.key_id).count() == 2


def test_a_replay_stands_although_the_key_has_changed_or_gone_since(first):
    asker, answer = first
    asker.call("PATCH", f"keys/{answer.json['id']}", {"name": "another"})
    asker.call("DELETE", f"keys/{answer.json['id']}")
    assert asker.post("keys", BODY, Idempotency_Key="i").content == answer.content


def test_an_expiry_that_has_come_meanwhile_does_not_spoil_the_replay(asker, monkeypatch):
    body = {"name": "k", "expires_at": "2090-01-01T00:00:00Z"}
    answer = asker.post("keys", body, Idempotency_Key="i")
    late = database_now(connection) + timedelta(days=365 * 100)
    monkeypatch.setattr(api_keys, "database_now", lambda _: late)
    assert asker.post("keys", body, Idempotency_Key="i").content == answer.content
    assert asker.post("keys", body, Idempotency_Key="j").code == "value_out_of_range"


def test_without_an_idempotency_key_the_same_body_makes_another_key(asker):
    texts = {asker.post("keys", BODY).json["api_key"] for _ in range(2)}
    assert len(texts) == keys_of(asker) == 2
    assert not IdempotencyClaim.objects.exists()


def test_the_answer_is_repeated_for_a_day_from_its_completion_and_then_the_key_is_free(first):
    asker, answer = first
    age(asker, hours=23, minutes=59)
    assert asker.post("keys", BODY, Idempotency_Key="i").content == answer.content
    age(asker, minutes=2)
    again = asker.post("keys", BODY, Idempotency_Key="i")
    assert (again.status, again.replayed) == (201, False)
    assert again.json["api_key"] != answer.json["api_key"]
    assert IdempotencyClaim.objects.count() == 1


def test_the_reaper_forgets_answers_after_a_day(first):
    age(first[0], hours=24, minutes=1)
    assert reaper.reap().claims == 1
    assert not IdempotencyClaim.objects.exists()


def test_another_team_may_use_the_same_key(first):
    assert customer().post("keys", BODY, Idempotency_Key="i").status == 201


# --- another request -------------------------------------------------------------------------


def conflict(answer, words):
    assert (answer.status, answer.code) == (409, "idempotency_key_in_use"), answer.content
    assert words in answer.error["message"]
    assert "Retry-After" not in answer.headers
    return True


def test_another_body_is_409(first):
    asker, _ = first
    for body in (BODY | {"name": "K"}, BODY | {"rpm": None}, BODY | {"limit_day": 1.6}):
        assert conflict(asker.post("keys", body, Idempotency_Key="i"), "with another body")
    assert keys_of(asker) == 1


def test_another_route_is_409_and_names_the_first(first):
    asker, _ = first
    answer = asker.post(f"keys/{asker.key_id}/roll", {}, Idempotency_Key="i")
    assert conflict(answer, "for another route (POST /v1/keys)")
    assert ApiKeySecret.objects.filter(api_key=asker.key_id).count() == 1


def test_two_keys_rolled_under_one_idempotency_key_are_two_routes(asker):
    one, other = asker.key_with(), asker.key_with()
    assert asker.post(f"keys/{one.key_id}/roll", {}, Idempotency_Key="r").status == 200
    answer = asker.post(f"keys/{other.key_id}/roll", {}, Idempotency_Key="r")
    assert conflict(answer, f"(POST /v1/keys/{one.key_id}/roll)")


def test_another_version_is_409_and_says_so(first, monkeypatch):
    class Later(VersionChange):
        date, title, why = "2027-02-01", "later", "to have another version"

    asker, _ = first
    monkeypatch.setattr(registry, "CHANGES", (*registry.CHANGES, Later()))
    answer = asker.post("keys", BODY, Idempotency_Key="i", Aurous_Version=Later.date)
    assert conflict(answer, f"under another API version (2026-05-15, now {Later.date})")


def test_embeddings_and_keys_share_the_keys_of_a_team(acme):
    assert acme.embed(Idempotency_Key="e").status == 200
    answer = acme.post("keys", BODY, Idempotency_Key="e")
    assert conflict(answer, "for another route (POST /v1/embeddings)")
    assert acme.post("keys", BODY, Idempotency_Key="i").status == 201
    assert conflict(acme.embed(Idempotency_Key="i"), "for another route (POST /v1/keys)")
    assert complaints() == {}


def test_after_a_day_either_may_take_over_the_others_key(acme):
    assert acme.embed(Idempotency_Key="e").status == 200
    assert acme.post("keys", BODY, Idempotency_Key="i").status == 201
    age(acme, hours=24)
    assert acme.post("keys", BODY, Idempotency_Key="e").status == 201
    assert acme.embed(Idempotency_Key="i").status == 200
    assert acme.embed(Idempotency_Key="i").replayed
    assert complaints() == {}


def test_an_answer_with_a_secret_is_for_the_api_key_that_asked(first):
    asker, answer = first
    other = asker.key_with(scope="full")
    assert conflict(other.post("keys", BODY, Idempotency_Key="i"), "with another API key")
    assert keys_of(asker) == 1
    assert asker.post("keys", BODY, Idempotency_Key="i").content == answer.content


# --- peppers ---------------------------------------------------------------------------------


def test_a_replay_outlives_the_rotation_of_the_pepper(settings, asker):
    settings.AUROUS_KEY_PEPPERS = "1:old"
    someone = customer()
    answer = someone.post("keys", BODY, Idempotency_Key="i")
    settings.AUROUS_KEY_PEPPERS = "2:new,1:old"
    again = someone.post("keys", BODY, Idempotency_Key="i")
    assert (again.content, again.replayed) == (answer.content, True)


def test_once_the_pepper_is_dropped_so_is_the_caller(settings, asker):
    """The pepper that closed the answer also let the caller in."""
    settings.AUROUS_KEY_PEPPERS = "1:old"
    someone = customer()
    someone.post("keys", BODY, Idempotency_Key="i")
    settings.AUROUS_KEY_PEPPERS = "2:new"
    assert someone.post("keys", BODY, Idempotency_Key="i").code == "invalid_api_key"


# --- what is not kept ------------------------------------------------------------------------


def test_what_was_refused_leaves_the_key_free(asker):
    for body in ({}, {"name": "k", "rpm": 0}, {"name": "k", "expires_at": "2020-01-01T00:00:00Z"}):
        assert asker.post("keys", body, Idempotency_Key="i").status == 400
    path = "keys/key_nobody/roll"
    assert asker.post(path, {}, Idempotency_Key="i").status == 404
    assert not IdempotencyClaim.objects.exists()
    assert asker.post("keys", BODY, Idempotency_Key="i").status == 201


def test_a_bad_field_is_told_before_the_key_is_looked_at(first):
    asker, _ = first
    answer = asker.post("keys", BODY | {"rpm": 0}, Idempotency_Key="i")
    assert answer.code == "value_out_of_range"


@pytest.mark.parametrize("header", ["", "a b", '"', "k" * 256, "é"])
def test_a_header_that_is_no_key_is_refused_before_the_body(asker, header):
    answer = asker.post("keys", {}, Idempotency_Key=header)
    assert (answer.status, answer.code) == (400, "invalid_idempotency_key")


def test_a_path_longer_than_its_column_is_only_a_key_that_is_not_there(asker):
    answer = asker.post(f"keys/{'k' * 3000}/roll", {}, Idempotency_Key="i")
    assert answer.code == "resource_not_found"


def test_a_failure_of_ours_makes_nothing_and_the_key_runs_again(asker, monkeypatch):
    with monkeypatch.context() as broken:

        def fail(*_):
            raise RuntimeError("broken")

        broken.setattr(claims, "complete", fail)  # after the key was made, before its answer
        assert asker.post("keys", BODY, Idempotency_Key="i").code == "internal_error"
    assert keys_of(asker) == 0
    assert not IdempotencyClaim.objects.exists()
    assert asker.post("keys", BODY, Idempotency_Key="i").status == 201


# --- at the same time, and when a process dies -----------------------------------------------


def leave_behind(someone):
    """A claim whose process died before it did anything."""
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(idempotency, "_release", lambda _: None)
        dying.setattr(api_keys, "add", lambda *_, **__: 1 / 0)
        assert someone.post("keys", BODY, Idempotency_Key="i").status == 500
    assert claims_of(someone).get().completed_at is None


def test_while_the_first_runs_its_twin_is_409_with_a_time_to_wait(asker):
    leave_behind(asker)
    answer = asker.post("keys", BODY, Idempotency_Key="i")
    assert (answer.status, answer.code) == (409, "idempotency_key_in_use")
    assert "still running" in answer.error["message"]
    assert answer.headers["Retry-After"] == "1"
    assert conflict(asker.post("keys", {"name": "x"}, Idempotency_Key="i"), "with another body")


def test_what_a_dead_process_left_is_taken_over_after_two_minutes(asker):
    leave_behind(asker)
    age(asker, seconds=claims.ABANDONED_AFTER_SECONDS + 1)
    answer = asker.post("keys", BODY, Idempotency_Key="i")
    assert (answer.status, answer.replayed) == (201, False)
    assert keys_of(asker) == 1


def test_an_embedding_takes_over_what_a_dead_process_left(acme):
    leave_behind(acme)
    assert acme.embed(Idempotency_Key="i").code == "idempotency_key_in_use"
    age(acme, seconds=claims.ABANDONED_AFTER_SECONDS + 1)
    assert acme.embed(Idempotency_Key="i").status == 200


def test_the_reaper_forgets_what_a_dead_process_left_before_anybody_calls_it_forgotten(asker):
    leave_behind(asker)
    age(asker, seconds=claims.ABANDONED_AFTER_SECONDS - 1)
    assert reaper.reap().claims == 0
    age(asker, seconds=2)
    assert complaints() == {}
    assert reaper.reap().claims == 1
    assert not IdempotencyClaim.objects.exists()


def test_one_that_comes_back_after_it_was_given_up_changes_nothing(asker, monkeypatch):
    add = api_keys.add

    def slow(*args, **more):
        made = add(*args, **more)
        IdempotencyClaim.objects.all().delete()  # the reaper was here
        return made

    monkeypatch.setattr(api_keys, "add", slow)
    answer = asker.post("keys", BODY, Idempotency_Key="i")
    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert keys_of(asker) == 0


def test_of_twenty_twins_one_makes_a_key_and_all_end_with_its_bytes(acme):
    answers = together(20, lambda _: acme.post("keys", BODY, Idempotency_Key="twins"))
    good = [answer for answer in answers if answer.status == 201]
    assert {answer.code for answer in answers} <= {None, "idempotency_key_in_use"}
    assert [answer.replayed for answer in good].count(False) == 1
    good += [acme.post("keys", BODY, Idempotency_Key="twins") for _ in range(3)]
    assert len({answer.content for answer in good}) == 1
    assert keys_of(acme) == 1
    assert complaints() == {}


def test_of_twenty_rolls_at_once_under_one_key_one_adds_a_secret(acme):
    worker = acme.key_with()
    path = f"keys/{worker.key_id}/roll"
    answers = together(20, lambda _: acme.post(path, {}, Idempotency_Key="twins"))
    assert {answer.code for answer in answers} <= {None, "idempotency_key_in_use"}
    assert ApiKeySecret.objects.filter(api_key=worker.key_id).count() == 2


def test_embeddings_and_new_keys_at_once_under_one_key_are_one_effect(acme):
    def call(index):
        if index % 2:
            return acme.embed(Idempotency_Key="both")
        return acme.post("keys", BODY, Idempotency_Key="both")

    answers = together(12, call)
    assert {answer.status for answer in answers} <= {200, 201, 409}
    done = [answer.status for answer in answers if not answer.replayed and answer.status < 300]
    assert len(done) == 1
    assert keys_of(acme) + len(acme.events()) == 1
    assert complaints() == {}


def test_a_hold_that_was_let_in_while_the_key_was_claimed_elsewhere_sees_it(acme, monkeypatch):
    """The look-up of the hold finds nothing; then another route claims the key."""
    write, raced = Claims.write, []

    def claimed_elsewhere(self):
        if not raced and connection.vendor == "postgresql":
            raced.append(meanwhile(lambda: acme.post("keys", BODY, Idempotency_Key="r")).result(20))
        write(self)

    monkeypatch.setattr(Claims, "write", claimed_elsewhere)
    answer = acme.embed(Idempotency_Key="r")
    if raced:  # SQLite has one writer at a time: nobody can come between
        assert raced[0].status == 201
        assert conflict(answer, "for another route (POST /v1/keys)")
    else:
        assert answer.status == 200
    assert complaints() == {}


# --- the door itself -------------------------------------------------------------------------


def test_an_answer_is_stored_only_in_the_transaction_of_its_effect(transactional_db):
    with pytest.raises(RuntimeError, match="transaction of its effect"):
        claims.complete(1, b"201{}")


def test_a_claim_refuses_to_be_part_of_somebody_elses_transaction(transactional_db):
    claim = claims.Claim("k", "f" * 64, "POST", "/v1/keys", "2026-05-15")
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        claims.begin("team_x", claim)


def test_a_claim_that_is_released_while_its_twin_looks_is_told_as_running(asker, monkeypatch):
    def in_the_way(*_, **__):
        raise IntegrityError

    monkeypatch.setattr(claims, "_claimed", in_the_way)
    answer = asker.post("keys", BODY, Idempotency_Key="i")
    assert (answer.code, answer.headers["Retry-After"]) == ("idempotency_key_in_use", "1")


def test_a_store_that_goes_away_before_the_release_does_not_hide_why_it_failed(asker, monkeypatch):
    def away(_):
        raise OperationalError("gone")

    def refuse(*_, **__):
        raise AurousError("value_out_of_range", "No.", param="name")

    monkeypatch.setattr(api_keys, "add", refuse)
    monkeypatch.setattr(claims, "release", away)
    assert asker.post("keys", BODY, Idempotency_Key="i").code == "value_out_of_range"
