"""Looking things up, in each of the ways: spend, requests, the statement, and search."""

import csv
import io
import re

import pytest

from billing.access import transfers_of
from embeddings.access import inferences_of
from tests.browser.stage import northwind

__all__ = ["northwind"]


@pytest.fixture
def at(northwind, begin):
    return begin(northwind.people["owner"])


def test_spend_is_narrowed_and_taken_home(northwind, at):
    at.go(f"/t/{northwind.team_id}/usage")
    at.hands.follow("90 days")
    at.page.wait_for_url("**range=90d**")
    at.hands.choose("Group by", "Status")
    at.hands.press("Apply")
    at.page.wait_for_url("**status**")
    at.hands.open("Export")
    with at.page.expect_download() as download:
        at.hands.follow("What is shown, as CSV")
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    buckets = [row for row in rows if row["record"] == "bucket"]
    since = min(row["start"] for row in buckets)
    booked = inferences_of(northwind.team_id).filter(created_at__gte=since).count()
    assert sum(int(row["requests"]) for row in buckets) == booked
    assert {row["group"] for row in buckets} >= {"settled"}


def test_from_a_request_to_its_line_in_the_ledger(northwind, at):
    newest = inferences_of(northwind.team_id).filter(status="settled").latest("created_at", "id")
    at.go(f"/t/{northwind.team_id}/requests?status=settled&range=90d")
    first = at.page.locator("main tbody tr").first.get_by_role("link").first
    first.click()
    at.page.wait_for_url("**/requests/emb_**")
    at.sees(newest.id)
    line = transfers_of(northwind.team_id).get(reference=f"inference:{newest.id}")
    at.sees(line.id)


def test_search_by_the_id_of_a_request(northwind, at):
    newest = inferences_of(northwind.team_id).latest("created_at", "id")
    at.go(f"/t/{northwind.team_id}/find")
    at.hands.fill("A page, a key, a person", newest.request_id)
    at.hands.press("Search")
    at.page.wait_for_url(f"**/requests/{newest.id}")


def test_the_statement_by_kind_and_as_a_file(northwind, at):
    at.go(f"/t/{northwind.team_id}/billing")
    at.hands.follow("Open the statement")
    at.page.wait_for_url("**/billing/statement**")
    with at.page.expect_download() as download:
        at.hands.follow("Lines as CSV")
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    lines = [row for row in rows if row["record"] == "line"]
    assert len(lines) == transfers_of(northwind.team_id).count()


def test_a_chart_speaks_to_the_keyboard(northwind, visit):
    window = visit(northwind.people["viewer"])
    assert window.go(f"/t/{northwind.team_id}/usage?range=30d") == 200
    columns = window.page.locator("[data-chart] .column")
    columns.first.focus()
    window.page.keyboard.press("ArrowRight")
    tip = window.page.locator(".tip")
    tip.wait_for()
    assert re.search(r"\d", tip.text_content())
    assert window.page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_the_palette_opens_finds_and_leads(northwind, visit):
    window = visit(northwind.people["owner"])
    assert window.go(f"/t/{northwind.team_id}/") == 200
    window.page.keyboard.press("Control+k")
    window.page.locator("dialog#palette[open]").wait_for()
    window.page.keyboard.type("webh")
    window.page.locator("#palette-places li:visible a").first.click()
    window.page.wait_for_url(f"**/t/{northwind.team_id}/webhooks")


def test_theme_and_times_are_chosen_and_kept(northwind, visit):
    window = visit(northwind.people["owner"], scheme="light")
    window.go(f"/t/{northwind.team_id}/")
    shown = window.page.evaluate("getComputedStyle(document.body).backgroundColor")
    window.page.locator("summary[aria-label^='You']").click()
    window.page.get_by_role("button", name="Dark").click()
    window.page.locator("html[data-theme=dark]").wait_for()
    assert window.page.evaluate("getComputedStyle(document.body).backgroundColor") != shown
    window.page.locator("summary[aria-label^='You']").click()
    window.page.get_by_role("button", name="UTC").click()
    window.page.locator("html[data-times=utc]").wait_for()
    assert "UTC" in window.page.locator("main time").first.text_content()
