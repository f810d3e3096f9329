"""Pages of a list, on a model that every installation has."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import RequestFactory

from aurous.http.exchange import ApiRequest, begin
from aurous.http.pagination import list_body, page
from aurous.kernel.errors import AurousError
from tests.http.fakes import ADA

pytestmark = pytest.mark.django_db
ORDER = ("expire_date", "session_key")
START = datetime(2026, 11, 1, tzinfo=UTC)


def request_for(query="", caller=ADA):
    plain = RequestFactory().get(f"/v1/things?{query}")
    request = ApiRequest(plain, begin(plain))
    request.auth = caller
    return request


def ask(query="", *, caller=ADA, scope="things", filters=("kind", "tag[]"), rows=None):
    queryset = Session.objects.all() if rows is None else rows
    found, has_more, cursor = page(
        queryset, request=request_for(query, caller), scope=scope, order=ORDER, filters=filters
    )
    return [row.session_key for row in found], has_more, cursor


def fill(count, same_moment=3):
    """Rows in groups that share their moment, so that the second column decides."""
    Session.objects.bulk_create(
        Session(
            session_key=f"s{index:04d}",
            session_data="",
            expire_date=START + timedelta(microseconds=index // same_moment),
        )
        for index in range(count)
    )
    return [f"s{index:04d}" for index in reversed(range(count))]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 11, 500])
def test_pages_put_together_are_the_whole_list_newest_first(limit):
    newest_first = fill(10)
    seen, cursor = [], None
    while True:
        query = f"limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        keys, has_more, cursor = ask(query)
        seen += keys
        assert has_more is (cursor is not None)
        assert len(keys) == limit or not has_more
        if not has_more:
            break
    assert seen == newest_first


def test_rows_that_come_or_go_between_two_pages_do_not_move_the_others():
    fill(6)
    keys, _, cursor = ask("limit=2")
    Session.objects.create(
        session_key="new", session_data="", expire_date=START + timedelta(days=1)
    )
    Session.objects.filter(session_key__in=keys).delete()
    assert ask(f"limit=2&cursor={cursor}")[0] == ["s0003", "s0002"]


def test_fifty_rows_without_a_limit_and_an_exact_end_has_no_more():
    fill(50)
    keys, has_more, cursor = ask()
    assert (len(keys), has_more, cursor) == (50, False, None)
    fill_one_more = Session(session_key="x", session_data="", expire_date=START)
    fill_one_more.save()
    keys, has_more, cursor = ask()
    assert (len(keys), has_more, cursor is None) == (50, True, False)


def test_an_empty_list_is_a_page():
    assert ask() == ([], False, None)
    assert list_body([], False, None) == {
        "object": "list",
        "data": [],
        "has_more": False,
        "next_cursor": None,
    }


def test_rows_may_be_dictionaries():
    newest_first = fill(3)
    request = request_for("limit=2")
    rows, _, cursor = page(Session.objects.values(*ORDER), request=request, scope="t", order=ORDER)
    assert [row["session_key"] for row in rows] == newest_first[:2]
    assert cursor


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("limit=abc", "invalid_format", "limit"),
        ("limit=", "invalid_format", "limit"),
        ("limit=1.0", "invalid_format", "limit"),
        ("limit=%2B5", "invalid_format", "limit"),
        ("limit=5%20", "invalid_format", "limit"),
        ("limit=%D9%A3", "invalid_format", "limit"),
        ("limit=null", "invalid_format", "limit"),
        ("limit=5&limit=6", "invalid_format", "limit"),
        ("kind=a%00", "invalid_format", "kind"),
        ("limit=0", "value_out_of_range", "limit"),
        ("limit=-1", "value_out_of_range", "limit"),
        ("limit=501", "value_out_of_range", "limit"),
        ("limit=" + "9" * 5_000, "value_out_of_range", "limit"),
        ("offset=1", "unknown_field", "offset"),
        ("Limit=1", "unknown_field", "Limit"),
        ("limit=1&x", "unknown_field", "x"),
    ],
)
def test_a_wrong_query_is_refused(query, code, param):
    with pytest.raises(AurousError) as caught:
        ask(query)
    assert (caught.value.code, caught.value.param) == (code, param)


def refused(query, **more):
    with pytest.raises(AurousError) as caught:
        ask(query, **more)
    assert (caught.value.code, caught.value.param) == ("invalid_page_token", "cursor")


def first_cursor(query="limit=1", **more):
    cursor = ask(query, **more)[2]
    assert cursor
    return cursor


def test_a_cursor_is_good_for_its_own_team_list_and_filters_only():
    fill(3)
    cursor = first_cursor("limit=1&kind=a&tag[]=x&tag[]=y")
    same = f"cursor={cursor}&tag[]=x&tag[]=y&kind=a"
    assert ask(f"{same}&limit=2")[0] == ["s0001", "s0000"]  # another limit is the same list
    refused(same, caller=replace(ADA, team_id="team_ben"))
    refused(same, scope="others")
    refused(f"cursor={cursor}")
    refused(f"cursor={cursor}&kind=b&tag[]=x&tag[]=y")
    refused(f"cursor={cursor}&kind=a&tag[]=y&tag[]=x")
    refused(f"cursor={cursor}&kind=a&tag[]=x")


def test_a_key_of_the_same_team_may_go_on():
    fill(3)
    other_key = replace(ADA, api_key_id="key_other")
    assert ask(f"cursor={first_cursor()}", caller=other_key)[0] == ["s0001", "s0000"]


def test_a_cursor_changed_anywhere_is_refused():
    fill(3)
    cursor = first_cursor()
    for at in range(len(cursor)):
        changed = "A" if cursor[at] != "A" else "B"
        refused(f"cursor={cursor[:at]}{changed}{cursor[at + 1 :]}")
    for broken in ("", "x", ":", cursor[:-1], cursor + "A", cursor.partition(":")[0], "é%FF"):
        refused(f"cursor={broken}")


def test_a_cursor_that_somebody_else_made_is_refused():
    fill(3)
    content = first_cursor().rpartition(":")[0]
    values = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    for foreign in (
        signing.dumps(values),
        signing.dumps(values, salt="aurous.http.pagination"),
        signing.Signer(salt="aurous.http.pagination", key="guessed").sign_object(values),
    ):
        refused(f"cursor={foreign}")


def test_a_filter_that_was_used_keeps_its_rows():
    fill(9)
    rows = Session.objects.filter(session_key__lt="s0005")
    assert ask("limit=9", rows=rows)[0] == ["s0004", "s0003", "s0002", "s0001", "s0000"]
    cursor = first_cursor("limit=2", rows=rows)
    assert ask(f"cursor={cursor}", rows=rows)[0] == ["s0002", "s0001", "s0000"]
