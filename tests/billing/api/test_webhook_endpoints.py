"""``/v1/webhook_endpoints``: making, reading, changing, rolling and deleting."""

import re

import pytest

from accounts.models import AuditEvent
from billing.models import WebhookEndpoint, WebhookSecret

URL = "https://hooks.acme.example/aurous"
BODY = {"url": URL, "events": ["usage.balance_low"], "description": "Alerts"}
SECRET = re.compile(r"whsec_[0-9a-f]{64}")
PATH = "webhook_endpoints"
UNKNOWN = "we_01JD0000000000000000000000"


def made(api, **fields):
    """A new endpoint as it was answered."""
    answer = api.post(PATH, {**BODY, **fields})
    assert answer.status == 201, answer.content
    return answer.json


def test_a_new_endpoint_is_answered_with_its_secret_once(asker):
    new = made(asker)
    secret = new.pop("secret")
    assert SECRET.fullmatch(secret)
    assert re.fullmatch(r"we_[0-9A-HJKMNP-TV-Z]{26}", new["id"])
    created_at = new["created_at"]
    assert new == {
        "id": new["id"],
        "object": "webhook_endpoint",
        "url": URL,
        "events": ["usage.balance_low"],
        "description": "Alerts",
        "status": "enabled",
        "disabled_reason": None,
        "disabled_at": None,
        "created_at": created_at,
    }
    assert asker.get(f"{PATH}/{new['id']}").json == new
    assert asker.get(PATH).json["data"] == [new]


def test_only_the_url_and_the_events_are_required(asker):
    answer = asker.post(PATH, {"url": URL, "events": ["*"], "description": None})
    assert (answer.status, answer.json["description"]) == (201, "")


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        (["*", "topup.failed"], ["*"]),
        (
            ["topup.failed", "usage.balance_low", "topup.failed"],
            ["usage.balance_low", "topup.failed"],
        ),
    ],
)
def test_events_are_kept_once_each(asker, events, kept):
    assert made(asker, events=events)["events"] == kept


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"url": None}, "missing_field", "url"),
        ({"url": 7}, "invalid_format", "url"),
        ({"url": ""}, "value_out_of_range", "url"),
        ({"url": "hooks"}, "invalid_format", "url"),
        ({"url": "http://hooks.acme.example/"}, "value_out_of_range", "url"),
        ({"url": "ftp://hooks.acme.example/"}, "value_out_of_range", "url"),
        ({"url": "https://hooks.acme.example:8443/"}, "value_out_of_range", "url"),
        ({"url": "https://ada:secret@hooks.acme.example/"}, "value_out_of_range", "url"),
        ({"url": "https://localhost/"}, "value_out_of_range", "url"),
        ({"url": "https://127.0.0.1/"}, "value_out_of_range", "url"),
        ({"url": "https://0x7f000001/"}, "value_out_of_range", "url"),
        ({"url": "https://[::1]/"}, "value_out_of_range", "url"),
        ({"url": "https://169.254.169.254/latest"}, "value_out_of_range", "url"),
        ({"url": "https://metadata.internal/"}, "value_out_of_range", "url"),
        ({"url": "https://hooks.acme.example/" + "x" * 2_048}, "value_out_of_range", "url"),
        ({"url": "https://hooks.acme.example/\u0000"}, "invalid_format", "url"),
        ({"events": None}, "missing_field", "events"),
        ({"events": "*"}, "invalid_format", "events"),
        ({"events": []}, "value_out_of_range", "events"),
        ({"events": ["*"] * 33}, "value_out_of_range", "events"),
        ({"events": ["*", "usage.balance_high"]}, "invalid_format", "events[1]"),
        ({"events": [{}]}, "invalid_format", "events[0]"),
        ({"events": ["webhook.test"]}, "invalid_format", "events[0]"),
        ({"description": 7}, "invalid_format", "description"),
        ({"description": "x" * 257}, "value_out_of_range", "description"),
        ({"secret": "whsec_mine"}, "unknown_field", "secret"),
        ({"disabled": True}, "unknown_field", "disabled"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named(asker, changes, code, param):
    answer = asker.post(PATH, {**BODY, **changes})
    assert (answer.status, answer.code, answer.error["param"]) == (400, code, param)
    assert not WebhookEndpoint.objects.exists()


def test_a_host_of_the_setting_may_be_local_and_plain(asker, settings):
    settings.AUROUS_WEBHOOK_DEV_HOSTS = ["127.0.0.1:9000"]
    assert made(asker, url="http://127.0.0.1:9000/in")["url"] == "http://127.0.0.1:9000/in"
    other = asker.post(PATH, {**BODY, "url": "http://127.0.0.1:9001/in"})
    assert other.code == "value_out_of_range"


def test_a_team_has_at_most_so_many(asker, cleo, settings):
    settings.WEBHOOK_ENDPOINTS_MAX = 2
    first = made(asker)
    made(asker)
    made(cleo)
    answer = asker.post(PATH, BODY)
    assert (answer.status, answer.code) == (400, "value_out_of_range")
    assert "2 webhook endpoints" in answer.error["message"]
    assert asker.call("DELETE", f"{PATH}/{first['id']}").status == 200
    made(asker)


def test_the_list_is_newest_first_and_comes_in_pages(asker):
    ids = [made(asker)["id"] for _ in range(3)]
    first = asker.get(f"{PATH}?limit=2").json
    second = asker.get(f"{PATH}?limit=2&cursor={first['next_cursor']}").json
    assert [row["id"] for row in first["data"] + second["data"]] == ids[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)


def test_what_is_named_changes_and_the_rest_stays(asker):
    new = made(asker)
    changed = asker.call("PATCH", f"{PATH}/{new['id']}", {"events": ["*"]})
    assert changed.status == 200
    new.pop("secret")
    assert changed.json == {**new, "events": ["*"]}
    both = {"url": "https://other.acme.example/", "description": None}
    changed = asker.call("PATCH", f"{PATH}/{new['id']}", both).json
    assert (changed["url"], changed["description"]) == (both["url"], "")


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"url": "http://x"}, "value_out_of_range", "url"),
        ({"url": None}, "invalid_format", "url"),
        ({"events": []}, "value_out_of_range", "events"),
        ({"events": None}, "invalid_format", "events"),
        ({"disabled": 1}, "invalid_format", "disabled"),
        ({"disabled": None}, "invalid_format", "disabled"),
        ({"status": "disabled"}, "unknown_field", "status"),
    ],
    ids=str,
)
def test_a_change_that_is_wrong_changes_nothing(asker, changes, code, param):
    new = made(asker)
    answer = asker.call("PATCH", f"{PATH}/{new['id']}", {"description": "New", **changes})
    assert (answer.status, answer.code, answer.error["param"]) == (400, code, param)
    assert asker.get(f"{PATH}/{new['id']}").json["description"] == "Alerts"


def test_it_can_be_disabled_and_enabled(asker):
    path = f"{PATH}/{made(asker)['id']}"
    off = asker.call("PATCH", path, {"disabled": True}).json
    assert (off["status"], off["disabled_reason"]) == ("disabled", "requested")
    assert off["disabled_at"]
    on = asker.call("PATCH", path, {"disabled": False}).json
    assert (on["status"], on["disabled_reason"], on["disabled_at"]) == ("enabled", None, None)


def test_rolling_answers_a_second_secret_and_when_the_first_ends(asker):
    new = made(asker)
    answer = asker.post(f"{PATH}/{new['id']}/roll", {"overlap_hours": 1})
    assert answer.status == 200
    rolled = answer.json
    assert SECRET.fullmatch(rolled["secret"])
    assert rolled["secret"] != new["secret"]
    assert rolled["old_secret_valid_until"] > new["created_at"]
    assert WebhookSecret.objects.count() == 2


@pytest.mark.parametrize("body", [None, {}, {"overlap_hours": None}, {"overlap_hours": 24.0}])
def test_rolling_without_a_word_leaves_the_old_one_a_day(asker, body):
    answer = asker.call("POST", f"{PATH}/{made(asker)['id']}/roll", body)
    assert answer.status == 200
    hours = AuditEvent.objects.get(action="webhook_endpoint.rolled").data["overlap_hours"]
    assert hours == 24


@pytest.mark.parametrize("hours", [2, -1, "24", True, [], 0.5])
def test_other_overlaps_are_refused(asker, hours):
    answer = asker.post(f"{PATH}/{made(asker)['id']}/roll", {"overlap_hours": hours})
    assert (answer.status, answer.code) == (400, "invalid_format")
    assert answer.error["param"] == "overlap_hours"


def test_a_deleted_one_is_gone(asker):
    new = made(asker)
    answer = asker.call("DELETE", f"{PATH}/{new['id']}")
    assert (answer.status, answer.json) == (200, {"id": new["id"], "deleted": True})
    assert asker.get(f"{PATH}/{new['id']}").code == "resource_not_found"
    assert asker.call("DELETE", f"{PATH}/{new['id']}").status == 404
    assert not WebhookSecret.objects.exists()


CALLS = [
    ("GET", "", None),
    ("PATCH", "", {}),
    ("DELETE", "", None),
    ("POST", "/roll", {}),
    ("POST", "/test", {}),
    ("GET", "/deliveries", None),
    ("GET", "/deliveries/dlv_1", None),
    ("POST", "/deliveries/dlv_1/resend", {}),
]


@pytest.mark.parametrize(("method", "rest", "body"), CALLS)
def test_another_teams_endpoint_does_not_exist(asker, cleo, method, rest, body):
    theirs = made(cleo)["id"]
    for id_ in (theirs, UNKNOWN, "x"):
        answer = asker.call(method, f"{PATH}/{id_}{rest}", body)
        assert (answer.status, answer.code) == (404, "resource_not_found")
    assert cleo.get(f"{PATH}/{theirs}").status == 200
    assert asker.get(PATH).json["data"] == []


@pytest.mark.parametrize(
    ("scope", "method", "rest", "status"),
    [
        ("read", "GET", "", 200),
        ("read", "GET", "/deliveries", 200),
        ("read", "POST", "/roll", 403),
        ("read", "POST", "/test", 403),
        ("read", "DELETE", "", 403),
        ("write", "POST", "/roll", 200),
        ("write", "POST", "/test", 200),
        ("write", "PATCH", "", 403),
        ("write", "DELETE", "", 403),
        ("full", "PATCH", "", 200),
    ],
)
def test_scopes(asker, scope, method, rest, status):
    id_ = made(asker)["id"]
    body = {} if method in {"POST", "PATCH"} else None
    answer = asker.key_with(scope).call(method, f"{PATH}/{id_}{rest}", body)
    assert answer.status == status
    assert answer.code == ("missing_scope" if status == 403 else None)


def test_a_write_key_makes_endpoints_and_a_read_key_does_not(asker):
    assert asker.key_with("read").post(PATH, BODY).code == "missing_scope"
    assert asker.key_with("write").post(PATH, BODY).status == 201


def test_each_change_is_in_the_audit_log_without_what_may_be_secret(asker):
    new = made(asker, url=f"{URL}?token=t-1#f-1")
    path = f"{PATH}/{new['id']}"
    asker.call("PATCH", path, {"url": f"{URL}/two?token=t-2", "disabled": True})
    rolled = asker.post(f"{path}/roll", {}).json
    asker.call("DELETE", path)
    events = AuditEvent.objects.filter(target=new["id"]).order_by("id")
    assert [event.action.partition(".")[2] for event in events] == [
        "created",
        "changed",
        "disabled",
        "rolled",
        "deleted",
    ]
    assert {(e.team_id, e.actor_kind) for e in events} == {(asker.team.id, "key")}
    stored = repr([event.data for event in events])
    for hidden in ("t-1", "t-2", "f-1", new["secret"], rolled["secret"]):
        assert hidden not in stored
