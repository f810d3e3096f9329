"""The audit log in a browser and as a file: complete, in words, and without a secret."""

import csv
import io
import json

from django.core import mail
from django.db import transaction

from accounts import api_keys, audit, invitations, people, teams
from accounts.access import audit_events_of
from accounts.actors import command_actor, key_actor
from accounts.models import ApiKeySecret, AuditEvent, Role
from accounts.pages.audit_log import COLUMNS
from accounts.pages.audit_words import changes_of, words_of
from accounts.roles import May, roles_that
from aurous.http.caller import Caller
from tests.billing.stage import CREDIT
from tests.cast import NOBODY
from tests.pages.people import browsers, queries_of, words


def url(team, rest=""):
    return f"/t/{team.id}/audit{rest}"


def lines(answer):
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def fill(team, number):
    with transaction.atomic():
        for n in range(number):
            audit.record("team.renamed", team=team, actor=NOBODY, target=team.id, data={"n": n})


def test_an_event_is_told_in_words(ada, cast):
    people.set_role(cast.acme.id, cast.ben.pk, "viewer", by=cast.ada)
    text = words(ada.get(url(cast.acme)))
    assert "ada@acme.example Changed the role of ben@acme.example" in text
    assert "role developer → became viewer" in text


def test_amounts_lists_and_moments_are_read_as_people_read_them():
    told = changes_of(
        {
            "limit_day_nano": {"old": None, "new": 5 * CREDIT // 2},
            "cidrs": ["10.0.0.0/8", "10.1.0.0/16"],
            "old_valid_until": "2026-12-01T09:43:52.267Z",
            "models": None,
            "is_on": True,
        }
    )
    assert [(one.label, one.old, one.new) for one in told] == [
        ("limit day", "none", "2.5 credits"),
        ("networks", None, "10.0.0.0/8, 10.1.0.0/16"),
        ("old valid until", None, "2026-12-01 09:43 UTC"),
        ("is on", None, "yes"),
    ]


def test_an_action_of_another_app_reads_as_its_name_says():
    assert words_of("topup.auto_recharge_set") == "Topup: auto recharge set"


def test_what_happened_to_a_key_leads_to_the_key(ada, cast):
    key = cast.new_key(name="ingest").api_key
    page = ada.get(url(cast.acme))
    assert "Made the API key ingest" in words(page)
    link = f"/t/{cast.acme.id}/find?q={key.id}"
    assert link in page.text
    assert ada.get(link)["Location"] == f"/t/{cast.acme.id}/keys/{key.id}"


def test_programs_and_operators_are_told_apart(ada, cast):
    made = cast.new_key(name="robot").api_key
    caller = Caller(
        team_id=cast.acme.id,
        team_name="Acme",
        api_key_id=made.id,
        scope="full",
        models=None,
        version_pin="2026-05-15",
        billing_mode="metered",
    )
    teams.rename(cast.acme.id, "Acme 2", actor=key_actor(caller))
    teams.rename(cast.acme.id, "Acme 3", actor=command_actor("set_team"))
    text = words(ada.get(url(cast.acme)))
    assert f"{made.id} through the API Renamed the team name Acme → became Acme 2" in text
    assert "operator, set_team Renamed the team" in text


def test_no_secret_is_in_it(ada, cast):
    made = cast.new_key(name="ingest")
    rolled = api_keys.roll(cast.acme.id, made.api_key.id, actor=NOBODY)
    invitations.invite(cast.acme.id, "dora@acme.example", "viewer", by=cast.ada)
    link = mail.outbox[0].body.split("/invitations/")[1].split()[0]
    file = b"".join(ada.get(url(cast.acme, ".csv")).streaming_content).decode()
    for text in (ada.get(url(cast.acme)).text, file):
        for secret in (made.text, rolled.text, link):
            assert secret not in text
        assert not any(one.digest in text for one in ApiKeySecret.objects.all())


# --- filters and pages ------------------------------------------------------------------------


def shown(client, team, **query):
    return [row.event.action for row in client.get(url(team), query).context["rows"]]


def test_filters_choose_by_group_actor_and_day(ada, cast):
    key = cast.new_key(name="ingest").api_key
    api_keys.revoke(cast.acme.id, key.id, actor=command_actor("revoke_key"))
    assert set(shown(ada, cast.acme, group="keys")) == {"key.created", "key.revoked"}
    assert set(shown(ada, cast.acme, group="people")) == {"member.added"}
    assert set(shown(ada, cast.acme, group="team")) == {"team.created"}
    assert shown(ada, cast.acme, group="webhooks") == []
    assert shown(ada, cast.acme, who="revoke_key") == ["key.revoked"]
    assert len(shown(ada, cast.acme, who="aurous")) == 4
    today = f"{AuditEvent.objects.latest('id').created_at:%Y-%m-%d}"
    everything = len(shown(ada, cast.acme))
    assert len(shown(ada, cast.acme, since=today, until=today)) == everything == 5
    assert shown(ada, cast.acme, until="2020-01-01") == []
    assert "Nothing fits these filters" in words(ada.get(url(cast.acme), {"who": "zz"}))


def test_a_filter_that_is_not_understood_lets_all_through_and_says_so(ada, cast):
    page = ada.get(url(cast.acme), {"since": "yesterday", "group": "x", "who": "\0"})
    assert page.status_code == 200
    assert "Enter a valid date." in page.text
    assert len(page.context["rows"]) == 3


def test_pages_have_no_gap_and_no_double(ada, cast):
    fill(cast.acme, 110)
    seen, cursor = [], None
    for _ in range(3):
        query = {"group": "team"} | ({"cursor": cursor} if cursor else {})
        page = ada.get(url(cast.acme), query).context["page"]
        seen += [event.pk for event in page.rows]
        cursor = page.next_cursor
    assert cursor is None
    wanted = audit_events_of(cast.acme.id).filter(action__startswith="team.")
    assert seen == list(wanted.values_list("pk", flat=True))


def test_a_page_needs_as_many_queries_for_thirty_events_as_for_three(ada, cast):
    ada.get(url(cast.acme))
    for_three = queries_of(ada, url(cast.acme))
    fill(cast.acme, 10)
    for number in range(17):
        cast.new_key(name=f"k{number}")
    assert queries_of(ada, url(cast.acme)) == for_three <= 12


# --- the file ---------------------------------------------------------------------------------


def test_the_file_has_every_event_and_an_end(ada, cast, monkeypatch):
    monkeypatch.setattr("accounts.pages.audit_log.CHUNK_ROWS", 7)
    fill(cast.acme, 30)
    answer = ada.get(url(cast.acme, ".csv"))
    assert answer["Content-Disposition"] == f'attachment; filename="audit-{cast.acme.id}.csv"'
    *rows, end = lines(answer)
    assert end["record"] == "end"
    assert list(rows[0]) == list(COLUMNS)
    events = list(audit_events_of(cast.acme.id))
    assert len(rows) == len(events) == 33
    assert [row["target"] for row in rows] == [event.target for event in events]
    assert [json.loads(row["data"]) for row in rows] == [event.data for event in events]


def test_the_file_ends_where_moments_are_written_with_fewer_digits(ada, cast, monkeypatch):
    monkeypatch.setattr("accounts.pages.audit_log.CHUNK_ROWS", 1)
    for _ in range(2):  # the column's own default, as older releases wrote it
        AuditEvent.objects.create(
            action="team.renamed",
            team=cast.acme,
            actor_kind="system",
            actor_id="x",
            actor_label="x",
            target="x",
        )
    assert len(lines(ada.get(url(cast.acme, ".csv")))) == 3 + 2 + 1


def test_the_file_takes_the_filters_of_the_page(ada, cast):
    cast.new_key(name="ingest")
    page = ada.get(url(cast.acme), {"group": "keys", "who": "aurous"})
    assert f"{url(cast.acme, '.csv')}?group=keys&amp;who=aurous" in page.text
    rows = lines(ada.get(url(cast.acme, ".csv"), {"group": "keys", "who": "aurous"}))
    assert [row["action"] for row in rows] == ["key.created", ""]


def test_no_cell_is_a_formula(ada, cast):
    cast.ada.email = "+1@acme.example"
    cast.ada.save()
    teams.rename(cast.acme.id, "New", actor=NOBODY)
    with transaction.atomic():
        audit.record("team.renamed", team=cast.acme, actor=NOBODY, target="=1+1")
    assert lines(ada.get(url(cast.acme, ".csv")))[0]["target"] == "'=1+1"


# --- who --------------------------------------------------------------------------------------


def test_only_those_who_may_read_it(cast):
    for role, client in browsers(cast).items():
        can = role in roles_that(May.AUDIT)
        for rest in ("", ".csv"):
            assert client.get(url(cast.acme, rest)).status_code == (200 if can else 403), role
        assert client.post(url(cast.acme)).status_code == 405
    assert {Role.OWNER, Role.ADMIN} == set(roles_that(May.AUDIT))


def test_another_teams_log_does_not_exist(ada, cast):
    teams.rename(cast.cleos.id, "Secret plan", actor=NOBODY)
    for rest in ("", ".csv"):
        assert ada.get(url(cast.cleos, rest)).status_code == 404
    assert "Secret plan" not in ada.get(url(cast.acme)).text
