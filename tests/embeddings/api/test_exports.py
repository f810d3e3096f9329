"""Exports: the whole, exact, safe to open, and openly broken when they break."""

import csv
import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.actors import system_actor
from aurous.http import download as download_module
from aurous.kernel.records import safe_text
from billing.statement import export as statement_export
from embeddings import history, usage_export
from tests.billing.statement.verifier import verifier
from tests.embeddings.api.stage import customer
from tests.embeddings.api.test_narrowing import all_of
from tests.embeddings.api.test_usage import wanted

ROWS = 60
EXPORTS = ("usage/events/export", "ledger/entries/export")


@pytest.fixture(scope="module")
def past(platform):
    """A customer with some history, its requests and its lines."""
    made = customer()
    history.fill(made.team, ROWS, seed=9, actor=system_actor("tests"), report=lambda _: None)
    return made, made.events(), made.lines()


@pytest.fixture(autouse=True)
def _database(transactional_db):
    pass


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """So that few rows are many chunks."""
    monkeypatch.setattr(usage_export, "CHUNK_ROWS", 7)
    monkeypatch.setattr(statement_export, "CHUNK_ROWS", 7)


def fetched(someone, path):
    """Status, headers and all the bytes."""
    response = Client().get(f"/v1/{path}", headers={"Authorization": f"Bearer {someone.key}"})
    content = b"".join(response) if response.streaming else response.content
    return response, content


def records(content, form):
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    return [json.loads(line, parse_float=Decimal) for line in content.splitlines()]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_export_has_every_request_oldest_first_and_its_sum_is_the_ledgers(past, form):
    someone, events, lines = past
    response, content = fetched(someone, f"usage/events/export?format={form}")
    assert response.status_code == 200
    *rows, end = records(content, form)
    assert [row["id"] for row in rows] == [event["id"] for event in events][::-1]
    charged = sum(Decimal(row["credits_charged"]) for row in rows)
    assert charged == -sum(line["amount"] for line in lines if line["kind"] == "usage")
    assert (end["record"], int(end["total_rows"])) == ("end", ROWS)
    assert Decimal(end["total_credits"]) == charged
    for row in rows:
        parts = [Decimal(row[f"credits_{name}"]) for name in ("text", "visual", "video")]
        assert sum(parts) == Decimal(row["credits_charged"])


def test_the_same_filters_narrow_the_export(past):
    someone, events, _ = past
    _, content = fetched(someone, "usage/events/export?users[]=amara&statuses[]=settled")
    *rows, end = records(content, "csv")
    expected = wanted(events, {"users__": "amara", "statuses__": "settled"})
    assert [row["id"] for row in rows] == [event["id"] for event in expected][::-1]
    assert int(end["total_rows"]) == len(expected) > 0


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_statement_is_every_line_and_the_verifier_agrees(past, form, tmp_path):
    someone, _, lines = past
    _, content = fetched(someone, f"ledger/entries/export?format={form}")
    start, *rows, end = records(content, form)
    assert [row["id"] for row in rows] == [line["id"] for line in lines][::-1]
    assert Decimal(start["balance_after"]) + Decimal(end["total"]) == someone.credits
    path = tmp_path / "statement"
    path.write_bytes(content)
    result = verifier.verify(str(path))
    assert (result.problems, result.lines) == ([], len(lines))


def test_a_statement_of_a_period_of_lines_that_are_not_in_order_of_time_is_right(past, tmp_path):
    someone, _, lines = past
    since = sorted(line["created_at"] for line in lines)[10]
    _, content = fetched(someone, f"ledger/entries/export?start_time={since}")
    path = tmp_path / "statement"
    path.write_bytes(content)
    assert verifier.verify(str(path)).problems == []
    in_period = all_of(someone, "ledger/entries", start_time=since)
    assert {row["id"] for row in records(content, "csv")} >= {line["id"] for line in in_period}


def test_a_file_says_what_it_is(past):
    someone, _, _ = past
    for path, name in zip(EXPORTS, ("usage", "statement"), strict=True):
        response, _ = fetched(someone, f"{path}?format=csv")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        disposition = f'attachment; filename="{name}-{someone.team.id}.csv"'
        assert response["Content-Disposition"] == disposition
        assert response["Aurous-Request-Id"].startswith("req_")
        response, content = fetched(someone, f"{path}?format=jsonl")
        assert response["Content-Type"] == "application/jsonl"
        assert content.endswith(b"}\n")


def test_csv_is_rfc_4180_in_utf_8(past):
    someone, _, _ = past
    _, content = fetched(someone, "usage/events/export")
    assert content.count(b"\r\n") == content.count(b"\n") == ROWS + 2
    assert not content.startswith(b"\xef\xbb\xbf")
    widths = {len(row) for row in csv.reader(io.StringIO(content.decode(), newline=""))}
    assert widths == {len(usage_export.COLUMNS)}


NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\ttab", "'=1", 'a "b", c\r\nd', "＝1", "ünïcode ☃"]


def test_what_a_spreadsheet_takes_for_a_formula_is_text(acme):
    for user in NASTY:
        assert acme.embed(user=user).status == 200
    _, content = fetched(acme, "usage/events/export")
    users = [row["user"] for row in records(content, "csv")][:-1]
    assert users == [safe_text(user) for user in NASTY]
    assert not any(user[0] in "=+-@\t＝" for user in users)
    back = [user[1:] if user.startswith("'") else user for user in users]
    assert back == NASTY
    _, content = fetched(acme, "usage/events/export?format=jsonl")
    assert [row["user"] for row in records(content, "jsonl")][:-1] == NASTY


def test_an_export_of_nothing_has_its_end(acme):
    _, content = fetched(acme, "usage/events/export?format=jsonl")
    (end,) = records(content, "jsonl")
    assert (end["record"], end["total_rows"], end["total_credits"]) == ("end", 0, 0)


@pytest.mark.parametrize("path", EXPORTS)
def test_what_is_wrong_is_an_ordinary_error(acme, path):
    for query, code in {
        "format=xml": "invalid_format",
        "limit=5": "unknown_field",
        "start_time=x": "invalid_format",
    }.items():
        answer = acme.get(f"{path}?{query}")
        assert (answer.status, answer.code) == (400, code)
    assert Client().get(f"/v1/{path}").status_code == 401


@pytest.mark.parametrize("path", EXPORTS)
def test_a_head_request_has_no_body(acme, path):
    response = Client().head(f"/v1/{path}", headers={"Authorization": f"Bearer {acme.key}"})
    assert (response.status_code, b"".join(response)) == (200, b"")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_breaks_in_the_middle_is_told_in_the_last_line_and_to_the_server(
    past, form, monkeypatch
):
    someone, _, _ = past
    whole, calls = usage_export._record, []

    def breaking(row):
        calls.append(row)
        if len(calls) > 20:
            raise RuntimeError("the disk is gone")
        return whole(row)

    monkeypatch.setattr(usage_export, "_record", breaking)
    response = Client().get(
        f"/v1/usage/events/export?format={form}", headers={"Authorization": f"Bearer {someone.key}"}
    )
    content = b""
    with pytest.raises(RuntimeError, match="disk"):
        for part in response:
            content += part
    last = records(content, form)[-1]
    assert (last["record"], last["id"]) == ("error", "internal_error")
    assert b"disk" not in content


def test_no_connection_is_kept_while_the_customer_reads(past, monkeypatch):
    someone, _, _ = past
    given_back = []
    monkeypatch.setattr(download_module, "_let_go", lambda: given_back.append(1))
    _, content = fetched(someone, "usage/events/export")
    assert len(given_back) > ROWS // 7
    assert len(records(content, "csv")) == ROWS + 1


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_commands_write_the_same_as_the_routes(past, form, tmp_path):
    someone, _, _ = past
    for command, path in zip(("export_usage", "export_statement"), EXPORTS, strict=True):
        file = tmp_path / command
        call_command(command, someone.team.id, format=form, output=str(file))
        assert file.read_bytes() == fetched(someone, f"{path}?format={form}")[1]


def test_the_commands_take_a_period_and_print(past, capfdbinary):
    someone, events, _ = past
    day = events[30]["created_at"][:10]
    call_command("export_usage", someone.team.id, "--from", day, "--format", "jsonl")
    *rows, _ = records(capfdbinary.readouterr().out, "jsonl")
    assert [row["id"] for row in rows] == [
        event["id"] for event in events if event["created_at"][:10] >= day
    ][::-1]
    with pytest.raises(CommandError, match="no date"):
        call_command("export_usage", someone.team.id, "--to", "soon")
    with pytest.raises(CommandError):
        call_command("export_statement", "team_none")
