"""What a team sees of itself, and that it sees nothing of anybody else."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import api_keys, members, teams
from accounts.models import ApiKeySecret, BillingMode, Role, User
from billing.models import UsageBucket
from embeddings.pages.security import CONTENT_SECURITY_POLICY
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import NOBODY, PASSWORD, person

ISSUE = "manage.py issue_key"
DAY_TOKENS = 1_000_000  # one credit at the stage's price


def words(page):
    """The page as a reader sees it."""
    body = re.sub(r"<[^>]*>", "", page.text.split("<main")[1])
    return " ".join(body.split())


def move_usage(team, **ago):
    """Let what was spent so far have been spent earlier."""
    for bucket in UsageBucket.objects.filter(team=team):
        UsageBucket.objects.filter(pk=bucket.pk).update(minute=bucket.minute - timedelta(**ago))


# --- whose page -------------------------------------------------------------------------------


def test_another_teams_page_does_not_exist(ada, cast):
    assert ada.get("/", {"team": cast.cleos.id}).status_code == 404
    assert ada.get("/", {"team": "team_nobody"}).status_code == 404


def test_not_even_for_operators(client, cast):
    client.force_login(User.objects.create_superuser("boss@aurous.example", PASSWORD))
    assert client.get("/", {"team": cast.acme.id}).status_code == 404


def test_nothing_of_another_team_is_on_the_page(ada, cast):
    stage.grant(cast.cleos, 77 * CREDIT)
    theirs = cast.new_key(cast.cleos, name="Cleo's secret plan").api_key
    taken = stage.spent(cast.cleos, 7, api_key_id=theirs.id)
    page = ada.get("/")
    for foreign in (cast.cleos.id, theirs.id, "secret plan", taken.id, "77"):
        assert foreign not in words(page)


def test_several_teams_can_be_switched_without_script(ada, cast):
    assert '<select id="team"' not in ada.get("/").text
    members.add(cast.cleos, cast.ada, Role.VIEWER, actor=NOBODY)
    assert "<h1>Acme</h1>" in ada.get("/").text
    page = ada.get("/", {"team": cast.cleos.id})
    assert "<h1>Cleo&#x27;s</h1>" in page.text
    assert f'<option value="{cast.cleos.id}" selected>' in page.text


def test_without_a_team_there_is_a_sentence_and_a_next_step(client, db):
    client.force_login(person("new@acme.example"))
    page = client.get("/")
    assert "Ask the owner of a team to add new@acme.example" in words(page)
    assert "create_team" not in page.text
    assert client.get("/", {"team": "team_x"}).status_code == 404

    client.force_login(User.objects.create_superuser("boss@aurous.example", PASSWORD))
    assert "create_team" in client.get("/").text


def test_only_operators_see_the_way_to_the_admin(ada, cast):
    assert "/admin/" not in ada.get("/").text
    User.objects.filter(pk=cast.ada.pk).update(is_staff=True, is_superuser=True)
    assert 'href="/admin/"' in ada.get("/").text


# --- figures ----------------------------------------------------------------------------------


def test_credit_is_exact_with_dollars_and_what_is_held(ada, cast):
    stage.grant(cast.acme, 1_234_567 * CREDIT + 500_000_000)
    stage.held(cast.acme, tokens=2_250_000)
    text = words(ada.get("/"))
    assert "Available credit 1,234,565.25 $12,345.65" in text
    assert "Held 2.25" in text


def test_spending_of_today_and_of_seven_days(ada, cast):
    stage.grant(cast.acme, 100 * CREDIT)
    stage.spent(cast.acme, 5 * DAY_TOKENS)
    move_usage(cast.acme, days=7)
    stage.spent(cast.acme, 12 * DAY_TOKENS)
    move_usage(cast.acme, days=6)
    stage.spent(cast.acme, 2 * DAY_TOKENS)
    figures = ada.get("/").context["figures"]
    assert (figures.today.whole, figures.week.whole, figures.a_day.whole) == ("2", "14", "2")
    assert figures.requests == "2 requests, all answered."
    assert figures.outlook == "Lasts about 40 days at this pace."


def test_a_request_that_failed_is_counted_and_was_free(ada, cast):
    stage.grant(cast.acme, CREDIT)
    stage.release(stage.running(cast.acme, 7), cast.acme)
    stage.spent(cast.acme, 7)
    page = ada.get("/")
    assert "2 requests, 1 of them not answered and not charged." in words(page)
    assert "provider_timeout" in words(page)


def test_what_needs_attention_is_said(ada, cast):
    assert "No credit is available" in words(ada.get("/"))
    stage.grant(cast.acme, 10 * CREDIT, expires_at=stage.now() + timedelta(days=3))
    assert "10 credits expire on" in words(ada.get("/"))
    stage.spent(cast.acme, 9 * DAY_TOKENS)
    assert "Less than 3 days of credit are left" in words(ada.get("/"))
    teams.suspend(cast.acme.id, actor=NOBODY)
    assert "This team is suspended" in words(ada.get("/"))


def test_a_quiet_team_needs_no_attention(ada, cast):
    stage.grant(cast.acme, 10 * CREDIT)
    page = ada.get("/")
    assert "Needs attention" not in page.text
    assert "Nothing was spent in the last 7 days." in words(page)


def test_an_exempt_team_is_told_so(ada, cast):
    type(cast.acme).objects.filter(pk=cast.acme.pk).update(billing_mode=BillingMode.EXEMPT)
    text = words(ada.get("/"))
    assert "Requests of this team are not charged." in text
    assert "No credit is available" not in text


# --- lists ------------------------------------------------------------------------------------


def test_empty_lists_say_what_comes_next(ada, cast):
    text = words(ada.get("/"))
    assert f"There is no key yet. The operator of this installation makes one with {ISSUE}" in text
    assert f"{ISSUE} {cast.acme.id}" in text
    assert "Nothing has been sent yet. Send a first request" in text
    assert "No credit has moved yet." in text


def test_keys_are_recognised_and_never_shown(ada, cast):
    made = cast.new_key(name="ingest", scope="write")
    old = cast.new_key(name="old").api_key
    api_keys.revoke(cast.acme.id, old.id, actor=NOBODY)
    past = cast.new_key(name="past").api_key
    type(past).objects.filter(pk=past.pk).update(expires_at=stage.now() - timedelta(days=1))
    page = ada.get("/")
    text = words(page)
    assert f"ingest {made.text[:14]}…{made.text[-4:]} write never active" in text
    assert re.search(r"old al_live_\w{6}…\w{4} full never revoked", text)
    assert re.search(r"past al_live_\w{6}…\w{4} full never expired", text)
    assert made.text not in page.text
    for secret in ApiKeySecret.objects.all():
        assert secret.digest not in page.text


def test_a_rolled_key_shows_its_new_secret(ada, cast):
    made = cast.new_key(name="rolling")
    rolled = api_keys.roll(cast.acme.id, made.api_key.id, actor=NOBODY)
    text = words(ada.get("/"))
    assert rolled.text[-4:] in text
    assert f"…{made.text[-4:]}" not in text


def test_requests_and_statement_are_the_newest_twenty(ada, cast):
    stage.grant(cast.acme, CREDIT)
    taken = [stage.spent(cast.acme, number + 1, user="amara") for number in range(21)]
    page = ada.get("/")
    figures = page.context["figures"]
    assert [line.id for line in figures.inferences] == [one.id for one in reversed(taken[1:])]
    newest = figures.inferences[0]
    assert (newest.tokens, newest.credits, newest.status) == ("21", "0.000021", "settled")
    assert newest.duration.endswith(" ms")
    lines = figures.statement
    assert len(lines) == 20
    assert (lines[0].kind, lines[0].why, lines[0].credits) == ("Usage", taken[-1].id, "-0.000021")
    assert "amara" not in page.text


def test_the_statement_says_why(ada, cast):
    stage.grant(cast.acme, 5 * CREDIT, note="Welcome")
    text = words(ada.get("/"))
    assert "Grant Welcome +5 5" in text


def test_a_request_that_runs_has_no_duration_yet(ada, cast):
    stage.grant(cast.acme, CREDIT)
    stage.running(cast.acme, 7)
    (line,) = ada.get("/").context["figures"].inferences
    assert (line.duration, line.status, line.tone) == ("", "running", "open")


def test_a_long_list_of_keys_is_cut_and_says_so(ada, cast, monkeypatch):
    monkeypatch.setattr("embeddings.pages.lists.KEYS_MAX", 2)
    for number in range(3):
        cast.new_key(name=f"k{number}")
    text = words(ada.get("/"))
    assert "k2" in text
    assert "k0" not in text
    assert "Older keys are not shown." in text


def test_the_page_takes_as_many_queries_for_a_full_team_as_for_an_empty_one(ada, cast):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert ada.get("/").status_code == 200
        return len(captured)

    cast.new_key()
    stage.grant(cast.acme, CREDIT)
    ada.get("/")  # fills the catalog's cache
    before = queries()
    for _ in range(5):
        stage.spent(cast.acme, 7, api_key_id=cast.new_key().api_key.id)
        stage.grant(cast.acme, 1)
    assert queries() == before
    assert before <= 12


# --- what goes with the page ------------------------------------------------------------------


def test_the_page_is_private_and_under_a_strict_policy(ada, client):
    page = ada.get("/")
    assert page["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "no-store" in page["Cache-Control"]
    assert "private" in page["Cache-Control"]
    client.logout()
    assert client.get("/")["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", ["/", "/login"])
def test_pages_need_no_script_and_no_inline_style(client, cast, path):
    if path == "/":
        client.force_login(cast.ada)
    text = client.get(path).text
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", text)


@pytest.mark.parametrize("path", ["/", "/login"])
def test_pages_have_a_skip_link_a_language_and_one_heading(client, cast, path):
    if path == "/":
        client.force_login(cast.ada)
    text = client.get(path).text
    assert '<html lang="en">' in text
    assert text.index('href="#main"') < text.index('<main id="main"')
    assert text.count("<h1") == 1
    assert len(re.findall(r'\sid="([^"]+)"', text)) == len(set(re.findall(r'\sid="([^"]+)"', text)))


def test_only_looking_is_possible(ada):
    assert ada.post("/").status_code == 405
    assert ada.head("/").status_code == 200
