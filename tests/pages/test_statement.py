"""The statement as a page and as files."""

import csv
import io
import json
import re
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.urls import reverse

from aurous.kernel.money import parse_credits
from billing.models import Account, Grant, Transfer
from tests.architecture.source import ROOT
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.pages.browsers import browsers_of, queries_of, words


@pytest.fixture
def page(cast):
    return reverse("billing-statement", args=[cast.acme.id])


@pytest.fixture
def file(cast):
    return reverse("billing-statement-export", args=[cast.acme.id])


@pytest.fixture
def moved(cast):
    """Two grants, one of which lapses, and three requests."""
    stage.grant(cast.acme, 5 * CREDIT, note="Welcome")
    stage.grant(cast.acme, CREDIT, expires_at=stage.now() + timedelta(days=1))
    past = stage.now() - timedelta(seconds=1)
    Grant.objects.filter(expires_at__isnull=False).update(expires_at=past)
    Account.objects.filter(pk=cast.acme.pk).update(next_expiry_at=past)
    for tokens in (7, 8, 9):
        stage.spent(cast.acme, tokens)
    stage.grant(cast.cleos, 77 * CREDIT)
    return cast.acme


def shown(browser, url, **query):
    return [row for row, *_ in browser.get(url, query).context["lines"]]


def content(answer):
    return b"".join(answer.streaming_content).decode()


def test_nothing_has_moved(ada, page):
    assert "No credit has moved yet" in words(ada.get(page))


def test_every_line_says_why_and_the_balance_runs(ada, moved, page):
    rows = shown(ada, page)
    assert len(rows) == Transfer.objects.filter(account=moved.id).count()
    assert rows[0].balance_after == stage.account(moved).posted
    for newer, older in pairwise(rows):
        assert newer.balance_after == older.balance_after + newer.signed_nano
    text = words(ada.get(page))
    assert "Grant Welcome" in text
    assert "9 text tokens aurous-stub" in text
    assert "Expiry What was left of a grant expired grant_" in text
    assert "+ 5 5 " in text


def test_kinds_and_days_narrow_it(ada, moved, page):
    today, day = stage.now().date(), timedelta(days=1)
    assert {row.kind for row in shown(ada, page, kind=["grant", "expiry"])} == {"grant", "expiry"}
    assert len(shown(ada, page, since=today, until=today)) == len(shown(ada, page))
    assert shown(ada, page, until=today - day) == []
    assert shown(ada, page, since=today + day) == []
    none = ada.get(page, {"kind": "dispute"})
    assert "No line fits these filters" in words(none)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "soon"}, "since"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "until"),
        ({"since": "0001-01-01"}, "since"),
        ({"kind": "nonsense"}, "kind"),
    ],
)
def test_what_is_no_filter_is_said(ada, moved, page, file, query, field):
    answer = ada.get(page, query)
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {field}
    assert ada.get(file, query)["Location"] == page


def test_pages_have_no_hole(ada, cast, page):
    stage.grant(cast.acme, CREDIT)
    for _ in range(60):
        stage.spent(cast.acme, 1)
    found, url = [], f"{page}?kind=usage&kind=grant"
    while url:
        answer = ada.get(url)
        found += [row.sequence for row, *_ in answer.context["lines"]]
        more = re.search(r'rel="next" href="(\?[^"]*)"', answer.text)
        url = page + more[1].replace("&amp;", "&") if more else None
    assert found == list(range(61, 0, -1))


def test_many_lines_take_as_many_queries(ada, cast, page):
    stage.grant(cast.acme, CREDIT)
    stage.spent(cast.acme, 1)
    ada.get(page)
    before = queries_of(ada, page)
    for _ in range(10):
        stage.spent(cast.acme, 1)
    assert queries_of(ada, page) == before <= 13


def test_the_lines_as_csv_are_the_lines_of_the_page(ada, moved, page, file):
    for query in ({}, {"kind": "usage"}, {"kind": ["grant", "usage"], "since": stage.now().date()}):
        answer = ada.get(file, {"what": "lines", "format": "csv", **query})
        assert "statement-" in answer["Content-Disposition"]
        *lines, end = csv.DictReader(io.StringIO(content(answer)))
        rows = shown(ada, page, **query)
        assert [line["id"] for line in lines] == [row.id for row in reversed(rows)]
        amounts = [parse_credits(line["amount"]) for line in lines]
        assert sum(amounts) == sum(row.signed_nano for row in rows)
        assert end["record"] == "end"
        assert int(end["total_rows"]) == len(rows)
        assert Decimal(end["total_credits"]) == sum(Decimal(line["amount"]) for line in lines)
        assert all(line["why"] for line in lines)


def test_long_files_go_on_chunk_by_chunk(ada, moved, file, monkeypatch):
    monkeypatch.setattr("billing.statement.lines_export.CHUNK_ROWS", 2)
    for query in ({}, {"since": stage.now().date()}):
        lines = content(ada.get(file, {"format": "jsonl", **query})).splitlines()
        *records, end = map(json.loads, lines)
        assert [one["sequence"] for one in records] == list(range(1, end["total_rows"] + 1))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_checkable_statement_passes_its_verifier(ada, moved, file, form, tmp_path):
    whole = tmp_path / f"statement.{form}"
    query = {"what": "checkable", "format": form, "kind": "usage"}  # kinds would break the chain
    whole.write_text(content(ada.get(file, query)))
    command = [sys.executable, ROOT / "docs/verify_statement.py", whole]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    whole.write_text(whole.read_text().replace("Welcome", "welcome"))
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1


def test_an_unknown_format_goes_back(ada, page, file):
    assert ada.get(file, {"format": "pdf"})["Location"] == page


def test_everybody_of_the_team_may_read_it_and_nobody_else(ada, cast, moved, page, file):
    for browser in browsers_of(cast).values():
        assert browser.get(page).status_code == 200
        assert content(browser.get(file)).count("\n") == 8
    for name in ("billing-statement", "billing-statement-export"):
        assert ada.get(reverse(name, args=[cast.cleos.id])).status_code == 404
