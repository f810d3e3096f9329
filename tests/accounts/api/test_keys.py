"""``/v1/keys`` and ``/v1/keys/{id}``: made, listed, read, changed, revoked."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import ApiKey, AuditEvent
from aurous.kernel.clock import database_now
from tests.embeddings.api.stage import Api, customer

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
EVERYTHING = {
    "name": "nightly",
    "scope": "read",
    "expires_at": "2090-01-31T12:00:00+02:00",
    "models": ["aurous-embed-text", "not-yet-there"],
    "cidrs": ["127.0.0.0/8", "::ffff:10.0.0.0/104"],
    "limit_day": 1.5,
    "limit_month": 20,
    "limit_total": 0.000000001,
    "rpm": 7,
}


def made_by(someone, **fields):
    """A new key: what the API answered."""
    answer = someone.post("keys", {"name": "made", **fields})
    assert answer.status == 201, answer.content
    return answer.json


def patched(someone, key_id, body):
    return someone.call("PATCH", f"keys/{key_id}", body)


def event(someone):
    return AuditEvent.objects.filter(team=someone.team).latest("id")


# --- create ----------------------------------------------------------------------------------


def test_a_new_key_is_shown_with_its_text_and_exactly_the_documented_fields(asker):
    made = made_by(asker)
    assert re.fullmatch(r"key_[0-9A-HJKMNP-TV-Z]{26}", made.pop("id"))
    text = made.pop("api_key")
    assert re.fullmatch(r"al_live_[0-9a-f]{64}", text)
    assert MOMENT.fullmatch(made.pop("created_at"))
    assert made == {
        "name": "made",
        "scope": "write",
        "state": "active",
        "head": text[:14],
        "tail": text[-4:],
        "last_used_at": None,
        "revoked_at": None,
        "overlap_ends_at": None,
        "expires_at": None,
        "models": None,
        "cidrs": None,
        "limit_day": None,
        "limit_month": None,
        "limit_total": None,
        "rpm": None,
    }


def test_a_new_key_takes_every_rule_and_shows_it_as_it_is_kept(asker):
    made = made_by(asker, **EVERYTHING)
    assert {name: made[name] for name in EVERYTHING} == EVERYTHING | {
        "expires_at": "2090-01-31T10:00:00Z",
        "cidrs": ["127.0.0.0/8", "10.0.0.0/8"],
        "limit_day": Decimal("1.5"),
        "limit_total": Decimal("0.000000001"),
    }
    key = ApiKey.objects.get(pk=made["id"])
    assert (key.limit_day_nano, key.limit_month_nano, key.limit_total_nano) == (
        1_500_000_000,
        20_000_000_000,
        1,
    )


def test_a_new_key_works_at_once_with_its_scope(asker):
    other = Api(made_by(asker, scope="read")["api_key"])
    assert other.get("team").json["id"] == asker.team.id
    assert other.get("keys").code == "missing_scope"


def test_fields_that_are_null_count_as_absent(asker):
    made = made_by(asker, scope=None, **dict.fromkeys([n for n in EVERYTHING if n != "name"][1:]))
    assert (made["scope"], made["expires_at"], made["rpm"]) == ("write", None, None)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("9223372036.854775807", "9223372036.854775807"),
        ("9000000000.000000001", "9000000000.000000001"),
        ("0.1", "0.1"),
        ("1e-9", "0.000000001"),
        ("12.50", "12.5"),
        ("3E+2", "300"),
        ("0", "0"),
        ("-0.0", "0"),
    ],
)
def test_amounts_are_exact_to_the_ninth_digit_however_they_are_written(asker, sent, kept):
    body = f'{{"name": "k", "limit_day": {sent}}}'.encode()
    answer = asker.post("keys", body)
    assert answer.status == 201
    assert f'"limit_day":{kept},' in answer.content.decode()


@pytest.mark.parametrize("rpm", ["60", "60.0", "6e1", "600E-1"])
def test_a_whole_number_is_one_however_it_is_written(asker, rpm):
    answer = asker.post("keys", f'{{"name": "k", "rpm": {rpm}}}'.encode())
    assert answer.json["rpm"] == 60


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2090-01-31T12:00:00Z", "2090-01-31T12:00:00Z"),
        ("2090-01-31t12:00:00z", "2090-01-31T12:00:00Z"),
        ("2090-01-31 12:00:00-05:30", "2090-01-31T17:30:00Z"),
        ("2090-01-31T12:00:00.25+00:00", "2090-01-31T12:00:00.250000Z"),
        ("2090-01-31T12:00:00.123456789Z", "2090-01-31T12:00:00.123456Z"),
    ],
)
def test_an_expiry_is_read_as_rfc_3339_and_shown_in_utc(asker, sent, kept):
    assert made_by(asker, expires_at=sent)["expires_at"] == kept


def test_making_a_key_is_audited_with_the_key_that_did_it(asker):
    made = made_by(asker, limit_day=1)
    told = event(asker)
    assert (told.action, told.target) == ("key.created", made["id"])
    assert (told.actor_kind, told.actor_id) == ("key", asker.key_id)


# --- list and read ---------------------------------------------------------------------------


def test_the_list_has_all_keys_newest_first_page_by_page_and_never_a_text(asker):
    ids = [made_by(asker, name=f"k{n}")["id"] for n in range(4)]
    asker.call("DELETE", f"keys/{ids[1]}")
    seen, cursor = [], ""
    while True:
        answer = asker.get(f"keys?limit=2{cursor}")
        assert set(answer.json) == {"object", "data", "has_more", "next_cursor"}
        assert not re.search(rb"al_live_[0-9a-f]{7}", answer.content)
        seen += answer.json["data"]
        if not answer.json["has_more"]:
            break
        cursor = f"&cursor={answer.json['next_cursor']}"
    assert [key["id"] for key in seen] == [*reversed(ids), asker.key_id]
    assert [key["state"] for key in seen] == ["active", "active", "revoked", "active", "active"]
    assert seen[0] == asker.get(f"keys/{ids[-1]}").json


def test_a_list_takes_as_many_queries_for_many_keys_as_for_one(asker, django_assert_num_queries):
    asker.get("keys")
    for _ in range(5):
        made_by(asker)
    with django_assert_num_queries(3):  # keys, their secrets, the clock
        assert len(asker.get("keys").json["data"]) == 6


def test_a_used_key_shows_when_to_the_minute(asker):
    made = made_by(asker)
    Api(made["api_key"]).get("team")
    assert MOMENT.fullmatch(asker.get(f"keys/{made['id']}").json["last_used_at"])


def test_a_key_past_its_expiry_is_shown_as_expired_and_can_be_given_another(asker):
    made = made_by(asker)
    other = Api(made["api_key"])
    past = database_now(connection) - timedelta(seconds=1)
    ApiKey.objects.filter(pk=made["id"]).update(expires_at=past)
    assert asker.get(f"keys/{made['id']}").json["state"] == "expired"
    assert other.get("team").code == "invalid_api_key"
    assert patched(asker, made["id"], {"expires_at": None}).json["state"] == "active"
    assert other.get("team").status == 200


# --- change ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_field_can_be_changed_alone_and_the_rest_stays(asker, name):
    made = made_by(asker)
    del made["api_key"]
    answer = patched(asker, made["id"], {name: EVERYTHING[name]})
    assert answer.status == 200
    differing = {field for field in made if answer.json[field] != made[field]}
    assert differing == {name}
    assert answer.json == asker.get(f"keys/{made['id']}").json


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name not in {"name", "scope"}])
def test_null_takes_a_rule_away(asker, name):
    made = made_by(asker, **EVERYTHING)
    answer = patched(asker, made["id"], {name: None})
    assert (answer.status, answer.json[name]) == (200, None)


def test_a_change_is_felt_at_once_and_audited_old_and_new(asker):
    made = made_by(asker, rpm=100)
    other = Api(made["api_key"])
    assert other.get("team").status == 200
    assert patched(asker, made["id"], {"cidrs": ["10.0.0.0/8"], "rpm": 200}).status == 200
    assert other.get("team").code == "ip_not_allowed"
    told = event(asker)
    assert (told.action, told.actor_id) == ("key.changed", asker.key_id)
    assert told.data == {
        "cidrs": {"old": None, "new": ["10.0.0.0/8"]},
        "rpm": {"old": 100, "new": 200},
    }


def test_an_empty_change_changes_nothing_and_leaves_no_event(asker):
    made = made_by(asker)
    before = event(asker).pk
    assert patched(asker, made["id"], {}).status == 200
    assert event(asker).pk == before


def test_a_key_may_lower_its_own_scope_and_is_held_to_it(asker):
    assert patched(asker, asker.key_id, {"scope": "read"}).json["scope"] == "read"
    assert patched(asker, asker.key_id, {"scope": "full"}).code == "missing_scope"
    assert asker.get("team").status == 200


def test_a_limit_that_was_set_here_is_enforced(transactional_db):
    acme = customer()
    made = made_by(acme, limit_day=0)
    other = Api(made["api_key"])
    assert other.embed().code == "key_limit_reached"
    assert patched(acme, made["id"], {"limit_day": None}).status == 200
    assert other.embed().status == 200


# --- revoke ----------------------------------------------------------------------------------


def test_a_revoked_key_is_refused_at_once_and_stays_listed(asker):
    made = made_by(asker)
    other = Api(made["api_key"])
    assert other.get("team").status == 200
    answer = asker.call("DELETE", f"keys/{made['id']}")
    assert (answer.status, answer.json) == (200, {"id": made["id"], "deleted": True})
    assert other.get("team").code == "revoked_api_key"
    shown = asker.get(f"keys/{made['id']}").json
    assert shown["state"] == "revoked"
    assert MOMENT.fullmatch(shown["revoked_at"])


def test_revoking_twice_is_once(asker):
    made = made_by(asker)
    first = asker.call("DELETE", f"keys/{made['id']}")
    revoked_at = asker.get(f"keys/{made['id']}").json["revoked_at"]
    assert asker.call("DELETE", f"keys/{made['id']}").content == first.content
    assert asker.get(f"keys/{made['id']}").json["revoked_at"] == revoked_at
    assert AuditEvent.objects.filter(action="key.revoked", target=made["id"]).count() == 1


def test_a_revoked_key_can_be_neither_changed_nor_rolled(asker):
    made = made_by(asker)
    asker.call("DELETE", f"keys/{made['id']}")
    for answer in (
        patched(asker, made["id"], {"name": "new"}),
        asker.post(f"keys/{made['id']}/roll", {}),
    ):
        assert (answer.status, answer.code) == (404, "resource_not_found")


def test_a_key_may_revoke_itself(asker):
    assert asker.call("DELETE", f"keys/{asker.key_id}").status == 200
    assert asker.get("keys").code == "revoked_api_key"


def test_the_answer_to_a_head_request_has_the_headers_of_a_get(asker):
    answer = asker.call("HEAD", "keys")
    assert (answer.status, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(
        json.dumps(json.loads(asker.get("keys").content), separators=(",", ":"))
    )
