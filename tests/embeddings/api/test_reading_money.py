"""``GET /v1/balance``, ``/v1/team`` and ``/v1/ledger/entries``: right to the moment and digit."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from tests.embeddings.api.stage import TEN_TOKENS, VERSION, credits_of, customer

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
TEN = credits_of(10)


def pages_of(someone, path, limit):
    """Every row of a list, followed page by page."""
    rows, cursor = [], ""
    while True:
        page = someone.get(f"{path}?limit={limit}{cursor}").json
        assert set(page) == {"object", "data", "has_more", "next_cursor"}
        assert page["object"] == "list"
        assert len(page["data"]) <= limit
        rows += page["data"]
        if not page["has_more"]:
            assert page["next_cursor"] is None
            return rows
        cursor = f"&cursor={page['next_cursor']}"


# --- balance ---------------------------------------------------------------------------------


def test_the_balance_has_exactly_the_documented_fields(asker):
    balance = asker.balance
    (grant,) = balance.pop("grants")
    assert balance == {
        "object": "balance",
        "credits": 1,
        "held_credits": 0,
        "available_credits": 1,
        "currency": "credit",
        "billing_mode": "metered",
    }
    assert re.fullmatch(r"grant_[0-9A-Z]{26}", grant.pop("id"))
    assert grant == {"kind": "promotional", "remaining": 1, "expires_at": None}


def test_amounts_are_exact_however_large(transactional_db):
    rich = customer("9000000000.000000001")
    assert rich.balance["credits"] == Decimal("9000000000.000000001")
    assert rich.embed("x").status == 200
    assert rich.balance["credits"] == Decimal("9000000000.000000001") - credits_of(1)


def test_grants_come_in_the_order_of_spending_and_add_up(acme):
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    acme.grant("2", expires_at=soon + timedelta(days=1))
    acme.grant("3", expires_at=soon)
    acme.embed(TEN_TOKENS)
    balance = acme.balance
    grants = [(grant["remaining"], grant["expires_at"]) for grant in balance["grants"]]
    assert grants[0] == (3 - TEN, soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert [remaining for remaining, _ in grants[1:]] == [2, 1]
    assert sum(remaining for remaining, _ in grants) == balance["credits"] == 6 - TEN


def test_a_team_without_credit_has_a_balance_of_0(db):
    balance = customer("0").balance
    assert (balance["credits"], balance["available_credits"], balance["grants"]) == (0, 0, [])


# --- team ------------------------------------------------------------------------------------


def test_the_team_has_exactly_the_documented_fields(asker):
    team = asker.get("team").json
    assert MOMENT.fullmatch(team.pop("created_at"))
    assert team == {
        "id": asker.team.id,
        "name": "Acme",
        "default_api_version": VERSION,
        "credits": 1,
        "billing_mode": "metered",
    }
    assert re.fullmatch(r"team_[0-9A-HJKMNP-TV-Z]{26}", asker.team.id)


def test_a_full_key_changes_the_name(asker):
    answer = asker.call("PATCH", "team", {"name": "  New Acme "})
    assert (answer.status, answer.json["name"]) == (200, "New Acme")
    assert answer.json == asker.get("team").json
    event = AuditEvent.objects.get(team=asker.team, action="team.renamed")
    assert asker.key_id in str(vars(event))


def test_a_version_is_pinned_and_answers_say_so(asker):
    body = {"name": "Acme 2", "default_api_version": VERSION}
    assert asker.call("PATCH", "team", body).json["default_api_version"] == VERSION
    assert asker.get("team").headers["Aurous-Version"] == VERSION


def test_an_empty_change_changes_nothing(asker):
    before = asker.get("team").json
    assert asker.call("PATCH", "team", {}).json == before


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"name": ""}, "value_out_of_range", "name"),
        ({"name": "  "}, "value_out_of_range", "name"),
        ({"name": "n" * 201}, "value_out_of_range", "name"),
        ({"name": 7}, "invalid_format", "name"),
        ({"name": "a\0b"}, "invalid_format", "name"),
        ({"default_api_version": "2026-05-16"}, "unknown_version", "default_api_version"),
        ({"default_api_version": "soon"}, "unknown_version", "default_api_version"),
        ({"default_api_version": 2026}, "invalid_format", "default_api_version"),
        ({"credits": 5}, "unknown_field", "credits"),
        ({"billing_mode": "exempt"}, "unknown_field", "billing_mode"),
        ({"name": "Fine", "id": "team_x"}, "unknown_field", "id"),
    ],
)
def test_a_bad_change_is_refused_whole(asker, body, code, param):
    answer = asker.call("PATCH", "team", body)
    assert (answer.status, answer.code, answer.error["param"]) == (400, code, param)
    assert asker.get("team").json["name"] == "Acme"


@pytest.mark.parametrize("scope", ["read", "write"])
def test_only_a_full_key_changes_the_team(asker, scope):
    key = asker.key_with(scope=scope)
    assert key.get("team").status == 200
    answer = key.call("PATCH", "team", {"name": "Mine"})
    assert (answer.status, answer.code) == (403, "missing_scope")


# --- statement -------------------------------------------------------------------------------


def test_a_line_has_exactly_the_documented_fields(acme):
    answer = acme.embed(TEN_TOKENS)
    usage, credit = acme.lines()
    (event,) = acme.events()
    for line in (usage, credit):
        assert re.fullmatch(r"tr_[0-9A-Z]{26}", line.pop("id"))
        assert MOMENT.fullmatch(line.pop("created_at"))
    assert usage == {
        "kind": "usage",
        "amount": -TEN,
        "balance_after": 1 - TEN,
        "sequence": 2,
        "request_id": answer.headers["Aurous-Request-Id"],
        "reference": f"inference:{event['id']}",
    }
    assert credit == {
        "kind": "grant",
        "amount": 1,
        "balance_after": 1,
        "sequence": 1,
        "request_id": None,
        "reference": f"opening:{acme.team.id}",
    }


def test_opening_balance_and_lines_are_the_closing_balance_at_every_line(acme):
    for text in ("one", TEN_TOKENS, "two three"):
        acme.embed(text)
        acme.grant("0.5")
    lines = acme.lines()[::-1]
    assert [line["sequence"] for line in lines] == list(range(1, 8))
    standing = Decimal(0)
    for line in lines:
        standing += line["amount"]
        assert line["balance_after"] == standing
    assert standing == acme.credits == Decimal("2.5") - credits_of(1 + 10 + 2)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 500])
def test_pages_are_the_whole_list_newest_first(asker, limit):
    for _ in range(6):
        asker.grant("0.1")
    rows = pages_of(asker, "ledger/entries", limit)
    assert [row["sequence"] for row in rows] == [7, 6, 5, 4, 3, 2, 1]


def test_rows_that_arrive_between_two_pages_neither_repeat_nor_hide_any(asker):
    for _ in range(3):
        asker.grant("0.1")
    first = asker.get("ledger/entries?limit=2").json
    asker.grant("0.1")
    second = asker.get(f"ledger/entries?limit=2&cursor={first['next_cursor']}").json
    assert [row["sequence"] for row in first["data"] + second["data"]] == [4, 3, 2, 1]


@pytest.mark.parametrize("path", ["ledger/entries", "usage/events"])
@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("limit=0", "value_out_of_range", "limit"),
        ("limit=501", "value_out_of_range", "limit"),
        ("limit=-1", "value_out_of_range", "limit"),
        ("limit=" + "9" * 40, "value_out_of_range", "limit"),
        ("limit=abc", "invalid_format", "limit"),
        ("limit=", "invalid_format", "limit"),
        ("limit=1.0", "invalid_format", "limit"),
        ("limit=%C2%B2", "invalid_format", "limit"),
        ("limit=1&limit=2", "invalid_format", "limit"),
        ("cursor=", "invalid_page_token", "cursor"),
        ("cursor=abc", "invalid_page_token", "cursor"),
        ("cursor=%00", "invalid_format", "cursor"),
        ("offset=3", "unknown_field", "offset"),
    ],
)
def test_a_bad_query_is_refused(asker, path, query, code, param):
    answer = asker.get(f"{path}?{query}")
    assert (answer.status, answer.code, answer.error["param"]) == (400, code, param)


def test_a_cursor_is_good_for_its_team_and_list_alone(asker):
    other = customer()
    asker.grant("1")
    other.grant("1")
    cursor = asker.get("ledger/entries?limit=1").json["next_cursor"]
    assert asker.get(f"ledger/entries?cursor={cursor}").status == 200
    assert asker.key_with(scope="read").get(f"ledger/entries?cursor={cursor}").status == 200
    for refused in (
        other.get(f"ledger/entries?cursor={cursor}"),
        asker.get(f"usage/events?cursor={cursor}"),
        asker.get(f"ledger/entries?cursor={cursor}x"),
        asker.get(f"ledger/entries?cursor=x{cursor}"),
    ):
        assert (refused.status, refused.code) == (400, "invalid_page_token")


@pytest.mark.parametrize("path", ["balance", "team", "ledger/entries", "usage/events"])
def test_a_read_key_reads_and_no_key_does_not(asker, path):
    assert asker.key_with(scope="read").get(path).status == 200
    answer = asker.get(path, Authorization="")
    assert (answer.status, answer.code) == (401, "missing_api_key")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["balance", "team"])
def test_single_objects_take_no_parameters(asker, path):
    assert asker.get(f"{path}?expand=all").code == "unknown_field"


def test_each_team_sees_its_own_money(asker):
    other = customer("7", name="Other")
    assert other.credits == 7
    assert asker.credits == 1
    assert len(other.lines()) == len(asker.lines()) == 1
    assert other.lines()[0]["id"] != asker.lines()[0]["id"]


def test_an_unknown_object_and_an_unknown_route_are_both_404(asker):
    for path in ("ledger/entries/tr_1", "teams", "team/", "balances", "", "models/"):
        answer = asker.get(path)
        assert (answer.status, answer.code) == (404, "resource_not_found"), path


def test_errors_name_a_page_of_this_installation(asker, settings):
    settings.AUROUS_PUBLIC_URL = "https://api.aurous.example"
    url = asker.get("nowhere").error["doc_url"]
    assert url == "https://api.aurous.example/errors#resource_not_found"
