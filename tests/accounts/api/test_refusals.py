"""Who may not, what is wrong in a body, and what belongs to another team."""

import pytest

from accounts.models import ApiKey
from tests.embeddings.api.stage import customer

ROUTES = [
    ("GET", "keys", None),
    ("POST", "keys", {"name": "k"}),
    ("GET", "keys/{id}", None),
    ("PATCH", "keys/{id}", {"name": "k"}),
    ("DELETE", "keys/{id}", None),
    ("POST", "keys/{id}/roll", {}),
]
OF_ONE = [route for route in ROUTES if "{id}" in route[1]]
NANO = "at most 9 digits behind the point"

# Field, what is sent, code, param, words of the message. The same for create and change.
BAD = [
    ("name", "", "value_out_of_range", "name", "1 to 128"),
    ("name", "   ", "value_out_of_range", "name", "1 to 128"),
    ("name", "n" * 129, "value_out_of_range", "name", "129 characters"),
    ("name", 7, "invalid_format", "name", "text"),
    ("name", "a\0b", "invalid_format", "name", "NUL"),
    ("scope", "admin", "invalid_format", "scope", "read, write, full"),
    ("scope", ["read"], "invalid_format", "scope", "read, write, full"),
    ("scope", "", "invalid_format", "scope", "read, write, full"),
    ("expires_at", "2020-01-01T00:00:00Z", "value_out_of_range", "expires_at", "future"),
    ("expires_at", "2090-01-01", "invalid_format", "expires_at", "RFC 3339"),
    ("expires_at", "2090-01-01T00:00:00", "invalid_format", "expires_at", "RFC 3339"),
    ("expires_at", "2090-02-30T00:00:00Z", "invalid_format", "expires_at", "RFC 3339"),
    ("expires_at", "2090-W05-3T00:00:00Z", "invalid_format", "expires_at", "RFC 3339"),
    ("expires_at", "0001-01-01T00:00:00+23:59", "invalid_format", "expires_at", "RFC 3339"),
    ("expires_at", "9999-12-31T23:59:59-00:01", "invalid_format", "expires_at", "RFC 3339"),
    ("expires_at", "tomorrow", "invalid_format", "expires_at", "RFC 3339"),
    ("expires_at", 3_784_000_000, "invalid_format", "expires_at", "RFC 3339"),
    ("models", [], "value_out_of_range", "models", "Leave it out"),
    ("models", "aurous-embed-text", "invalid_format", "models", "list"),
    ("models", {"a": 1}, "invalid_format", "models", "list"),
    ("models", ["ok", ""], "value_out_of_range", "models[1]", "1 to 128"),
    ("models", ["m" * 129], "value_out_of_range", "models[0]", "1 to 128"),
    ("models", [None], "invalid_format", "models[0]", "text"),
    ("models", ["m"] * 101, "value_out_of_range", "models", "101 items"),
    ("cidrs", [], "value_out_of_range", "cidrs", "Leave it out"),
    ("cidrs", ["10.0.0.1/8"], "invalid_format", "cidrs[0]", "did you mean 10.0.0.0/8"),
    ("cidrs", ["10.0.0.0/8", "home"], "invalid_format", "cidrs[1]", "no IP network"),
    ("limit_day", -1, "value_out_of_range", "limit_day", NANO),
    ("limit_day", -0.000000001, "value_out_of_range", "limit_day", NANO),
    ("limit_month", 1e-10, "value_out_of_range", "limit_month", NANO),
    ("limit_total", 9_223_372_037, "value_out_of_range", "limit_total", NANO),
    ("limit_total", 1e300, "value_out_of_range", "limit_total", NANO),
    ("limit_day", "5", "invalid_format", "limit_day", "number"),
    ("limit_day", True, "invalid_format", "limit_day", "number"),
    ("limit_day", [5], "invalid_format", "limit_day", "number"),
    ("rpm", 0, "value_out_of_range", "rpm", "1 to"),
    ("rpm", -5, "value_out_of_range", "rpm", "1 to"),
    ("rpm", 2**31, "value_out_of_range", "rpm", "1 to"),
    ("rpm", 1e300, "value_out_of_range", "rpm", "1 to"),
    ("rpm", 1.5, "invalid_format", "rpm", "whole"),
    ("rpm", "60", "invalid_format", "rpm", "whole"),
    ("rpm", False, "invalid_format", "rpm", "whole"),
    ("api_key", "x", "unknown_field", "api_key", "Known ones"),
    ("id", "key_x", "unknown_field", "id", "Known ones"),
    ("limit_day_nano", 5, "unknown_field", "limit_day_nano", "Known ones"),
    ("n" * 100, 5, "unknown_field", "n" * 64, "Known ones"),
]
IDS = [f"{index}-{case[0][:12]}" for index, case in enumerate(BAD)]


def rows():
    return list(ApiKey.objects.order_by("id").values())


@pytest.mark.parametrize(("name", "value", "code", "param", "words"), BAD, ids=IDS)
def test_a_bad_field_is_refused_by_name_and_nothing_is_changed(
    asker, name, value, code, param, words
):
    asker.get("team")  # notes the use of the key
    before = rows()
    for answer in (
        asker.post("keys", {"name": "k", name: value}),
        asker.call("PATCH", f"keys/{asker.key_id}", {"rpm": 9, name: value}),
    ):
        assert (answer.status, answer.code, answer.error["param"]) == (400, code, param)
        assert words in answer.error["message"]
    assert rows() == before


@pytest.mark.parametrize("body", [{}, {"scope": "read"}, {"name": None}])
def test_a_new_key_needs_a_name(asker, body):
    answer = asker.post("keys", body)
    assert (answer.code, answer.error["param"]) == ("missing_field", "name")


@pytest.mark.parametrize("name", ["name", "scope"])
def test_name_and_scope_cannot_be_taken_away(asker, name):
    answer = asker.call("PATCH", f"keys/{asker.key_id}", {name: None})
    assert (answer.code, answer.error["param"]) == ("missing_field", name)


def test_an_amount_with_a_tenth_digit_is_refused_although_a_float_would_hide_it(asker):
    body = b'{"name": "k", "limit_day": 9000000000.0000000001}'
    assert asker.post("keys", body).code == "value_out_of_range"


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        (2, "invalid_format"),
        (-1, "invalid_format"),
        (0.5, "invalid_format"),
        ("24", "invalid_format"),
        (True, "invalid_format"),
        ([], "invalid_format"),
        (1e300, "invalid_format"),
    ],
)
def test_an_overlap_that_is_not_offered_is_refused(asker, hours, code):
    answer = asker.post(f"keys/{asker.key_id}/roll", {"overlap_hours": hours})
    assert (answer.status, answer.code, answer.error["param"]) == (400, code, "overlap_hours")


def test_a_roll_knows_one_field(asker):
    answer = asker.post(f"keys/{asker.key_id}/roll", {"hours": 1})
    assert (answer.code, answer.error["param"]) == ("unknown_field", "hours")


@pytest.mark.parametrize("scope", ["read", "write"])
@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_only_a_full_key_comes_to_the_keys_even_to_read_them(asker, scope, method, path, body):
    key = asker.key_with(scope=scope)
    before = rows()
    answer = key.call(method, path.format(id=key.key_id), body, Idempotency_Key="k")
    assert (answer.status, answer.code) == (403, "missing_scope")
    assert [row["revoked_at"] for row in rows()] == [row["revoked_at"] for row in before]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_without_a_key_nobody_comes_to_them(asker, method, path, body):
    answer = asker.call(method, path.format(id=asker.key_id), body, Authorization="")
    assert (answer.status, answer.code) == (401, "missing_api_key")


@pytest.mark.parametrize("whose", ["foreign", "unknown"])
@pytest.mark.parametrize(("method", "path", "body"), OF_ONE)
def test_another_teams_key_is_not_there_and_neither_is_one_that_never_was(
    asker, whose, method, path, body
):
    key_id = customer(name="Other").key_id if whose == "foreign" else "key_nobody"
    answer = asker.call(method, path.format(id=key_id), body)
    assert (answer.status, answer.code) == (404, "resource_not_found")
    assert ApiKey.objects.filter(revoked_at__isnull=False).count() == 0


def test_a_cursor_of_another_list_is_refused(asker):
    asker.grant("1")
    cursor = asker.get("ledger/entries?limit=1").json["next_cursor"]
    assert asker.get(f"keys?cursor={cursor}").code == "invalid_page_token"
    assert asker.get("keys?limit=501").code == "value_out_of_range"
    assert asker.get("keys?state=active").code == "unknown_field"


@pytest.mark.parametrize(("method", "path", "body"), ROUTES[1:])
def test_what_is_no_list_takes_no_parameters(asker, method, path, body):
    answer = asker.call(method, path.format(id=asker.key_id) + "?expand=all", body)
    assert answer.code == "unknown_field"


def test_an_id_that_is_a_key_is_not_said_back(asker):
    answer = asker.get(f"keys/{asker.key}")
    assert answer.status == 404
    assert asker.key.encode() not in answer.content


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "keys"),
        ("DELETE", "keys"),
        ("POST", "keys/key_1"),
        ("GET", "keys/key_1/roll"),
        ("PATCH", "keys/key_1/roll"),
    ],
)
def test_other_methods_are_405(asker, method, path):
    assert asker.call(method, path).code == "method_not_allowed"
