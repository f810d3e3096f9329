"""API keys: listed with what they spent, made, changed, rolled and revoked in a browser."""

import json
import re
import shlex
from datetime import timedelta

import pytest

from accounts import api_keys
from accounts.access import api_key_for
from accounts.models import ApiKey, ApiKeySecret, AuditEvent, Role
from accounts.roles import May, roles_that
from billing.key_limits import used_by
from billing.models import UsageRollup
from embeddings.catalog import served
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import NOBODY, bearer
from tests.pages.people import browser, browsers, member, queries_of, show_password_now, words

KEY = re.compile(r"al_live_[0-9a-f]{64}")
PARTS = ("", "/edit", "/roll", "/revoke")


def url(team, rest=""):
    return f"/t/{team.id}/keys{rest}"


def form(**changes):
    """The form as a browser sends it."""
    return {
        "name": "ingest",
        "scope": "write",
        "expires_at": "",
        "limit_day": "",
        "limit_month": "",
        "limit_total": "",
        "rpm": "",
        "cidrs": "",
    } | changes


def refusals(page):
    return {name: " ".join(errors) for name, errors in page.context["form"].errors.items()}


# --- the list ---------------------------------------------------------------------------------


def test_without_keys_the_next_step_is_said(ada, cast):
    text = words(ada.get(url(cast.acme)))
    assert "No key yet Make one, put it into your program" in text
    viewer = browser(member(cast, Role.VIEWER))
    assert "An owner, admin or developer of the team can make one." in words(
        viewer.get(url(cast.acme))
    )


def test_a_row_says_what_a_key_is_and_what_it_spent(ada, cast):
    stage.grant(cast.acme, 50 * CREDIT)
    key = cast.new_key(
        name="ingest",
        scope="write",
        created_by=cast.ada,
        limit_day_nano=5 * CREDIT,
        limit_month_nano=10 * CREDIT,
    )
    stage.spent(cast.acme, 2_500_000, api_key_id=key.api_key.id)
    text = words(ada.get(url(cast.acme)))
    assert f"ingest …{key.text[-4:]} Write ada@acme.example never" in text
    assert re.search(r"2 \.5 of 5 2 \.5 of 10 Active", text)


def test_what_is_shown_is_what_usage_says(ada, cast):
    stage.grant(cast.acme, 50 * CREDIT)
    key = cast.new_key(name="ingest").api_key
    for tokens in (7, 1_000, 123_456):
        stage.spent(cast.acme, tokens, api_key_id=key.id)
    (row,) = ada.get(url(cast.acme)).context["rows"]
    days = UsageRollup.objects.filter(team=cast.acme, api_key_id=key.id, width="day")
    charged = sum(one.charged_text + one.charged_visual + one.charged_video for one in days)
    assert [limit.used for limit in row.limits] == [charged] * 3
    assert charged == 124_463 * stage.PRICE


def test_keys_that_do_not_work_are_listed_under_all(ada, cast):
    cast.new_key(name="works")
    gone = cast.new_key(name="gone").api_key
    api_keys.revoke(cast.acme.id, gone.id, actor=NOBODY)
    past = cast.new_key(name="past").api_key
    ApiKey.objects.filter(pk=past.pk).update(expires_at=stage.now() - timedelta(days=1))
    names = [row.key.name for row in ada.get(url(cast.acme)).context["rows"]]
    assert names == ["works"]
    rows = ada.get(url(cast.acme), {"show": "all"}).context["rows"]
    assert [(row.key.name, row.state) for row in rows] == [
        ("past", "expired"),
        ("gone", "revoked"),
        ("works", "active"),
    ]


def test_where_no_key_works_any_more_it_is_said(ada, cast):
    api_keys.revoke(cast.acme.id, cast.new_key().api_key.id, actor=NOBODY)
    assert "No key works now" in words(ada.get(url(cast.acme)))


def test_a_limit_that_is_reached_is_said(ada, cast):
    stage.grant(cast.acme, 50 * CREDIT)
    key = cast.new_key(limit_day_nano=7 * stage.PRICE).api_key
    stage.spent(cast.acme, 7, api_key_id=key.id)
    assert "Limit reached" in words(ada.get(url(cast.acme)))
    assert "The limit “today” is reached" in words(ada.get(url(cast.acme, f"/{key.id}")))


def test_many_keys_come_in_pages_of_fifty_without_gap_or_double(ada, cast):
    made = [cast.new_key(name=f"k{number}").api_key.id for number in range(53)]
    first = ada.get(url(cast.acme)).context["page"]
    rest = ada.get(url(cast.acme), {"cursor": first.next_cursor}).context["page"]
    assert [key.id for key in (*first.rows, *rest.rows)] == list(reversed(made))
    assert (first.first, rest.first, rest.next_cursor) == (True, False, None)


def test_a_cursor_of_another_list_shows_the_first_page(ada, cast):
    for number in range(51):
        cast.new_key(name=f"k{number}")
    cursor = ada.get(url(cast.acme)).context["page"].next_cursor
    for query in ({"cursor": "nonsense"}, {"cursor": cursor, "show": "all"}):
        assert ada.get(url(cast.acme), query).context["page"].first


def test_a_page_needs_as_many_queries_for_thirty_keys_as_for_one(ada, cast):
    cast.new_key(name="first", created_by=cast.ada)
    ada.get(url(cast.acme))
    for_one = queries_of(ada, url(cast.acme))
    for number in range(29):
        cast.new_key(name=f"k{number}", created_by=cast.ada)
    assert queries_of(ada, url(cast.acme)) == for_one <= 13


# --- making one -------------------------------------------------------------------------------


def test_a_new_key_is_shown_once_and_works(ada, cast, client):
    page = ada.post(url(cast.acme, "/new"), form())
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    (text,) = set(KEY.findall(page.text))
    assert "I have saved it" in words(page)
    key = ApiKey.objects.get(name="ingest")
    assert (key.scope, key.created_by, key.models, key.rpm) == ("write", cast.ada, None, None)
    for path in ("", f"/{key.id}", f"/{key.id}/edit", f"/{key.id}/roll"):
        assert text not in ada.get(url(cast.acme, path)).text
    assert text not in json.dumps(dict(ada.session))
    assert client.get("/v1/models", **bearer(text)).status_code == 200


def test_the_line_to_paste_is_answered(ada, cast, client, settings):
    settings.AUROUS_PUBLIC_URL = "https://embed.example"
    page = ada.post(url(cast.acme, "/new"), form())
    command, address, *options = shlex.split(page.context["curl"].replace("\\\n", ""))
    assert (command, address) == ("curl", "https://embed.example/v1/embeddings")
    headers = [options[n + 1] for n, one in enumerate(options) if one == "-H"]
    key = headers[0].removeprefix("Authorization: Bearer ")
    body = options[options.index("-d") + 1]
    answer = client.post(
        "/v1/embeddings/estimate", body, content_type="application/json", **bearer(key)
    )
    assert answer.status_code == 200, answer.text


def test_a_read_key_is_tried_with_a_request_that_it_may_send(ada, cast):
    line = ada.post(url(cast.acme, "/new"), form(scope="read")).context["curl"]
    assert "/v1/models" in line
    assert "/v1/embeddings" not in line


def test_a_key_for_no_served_model_has_no_line_to_paste(ada, cast):
    made = cast.new_key(models=["gone"])
    page = ada.post(url(cast.acme, f"/{made.api_key.id}/roll"), {"overlap_hours": 0})
    assert page.context["curl"] is None


def test_every_rule_is_kept(ada, cast):
    slug = served()[0].slug
    ada.post(
        url(cast.acme, "/new"),
        form(
            expires_at="2031-05-01T12:30",
            limit_day="2.5",
            limit_month="100",
            limit_total="0",
            rpm="60",
            models=[slug],
            cidrs="203.0.113.0/24\n198.51.100.7",
        ),
    )
    key = ApiKey.objects.get(name="ingest")
    assert f"{key.expires_at:%Y-%m-%d %H:%M %Z}" == "2031-05-01 12:30 UTC"
    assert (key.limit_day_nano, key.limit_month_nano, key.limit_total_nano) == (
        2_500_000_000,
        100 * CREDIT,
        0,
    )
    assert (key.rpm, key.models) == (60, [slug])
    assert key.cidrs == ["203.0.113.0/24", "198.51.100.7/32"]


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "", "required"),
        ("name", "x" * 129, "at most 128"),
        ("scope", "king", "valid choice"),
        ("limit_day", "much", "Type a number of credits"),
        ("limit_day", "-1", "Type a number of credits"),
        ("limit_day", "1,000", "Type a number of credits"),
        ("limit_total", "0.0000000001", "at most 9 digits"),
        ("rpm", "0", "greater than or equal to 1"),
        ("expires_at", "2020-01-01T00:00", "must lie in the future"),
        ("expires_at", "tomorrow", "Choose a date and a time"),
        ("models", ["nobody/has-it"], "not one of the available choices"),
        ("cidrs", "home", "home"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(ada, cast, field, value, why):
    page = ada.post(url(cast.acme, "/new"), form(**{field: value}))
    assert why in refusals(page)[field]
    assert not ApiKey.objects.exists()


def test_what_was_folded_is_open_where_something_in_it_is_wrong(ada, cast):
    assert '<details class="fold" open>' in ada.post(url(cast.acme, "/new"), form(rpm="0")).text
    assert '<details class="fold">' in ada.get(url(cast.acme, "/new")).text


def test_that_a_full_key_manages_keys_is_said(ada, cast):
    assert "makes, changes and revokes keys" in words(ada.get(url(cast.acme, "/new")))
    page = ada.post(url(cast.acme, "/new"), form(scope="full"))
    assert "A full key can make, change and revoke other keys." in words(page)


# --- one key ----------------------------------------------------------------------------------


def test_everything_about_a_key_is_on_its_page(ada, cast):
    made = cast.new_key(
        name="ingest", scope="write", rpm=1_200, models=["a", "b"], cidrs=["10.0.0.0/8"]
    )
    text = words(ada.get(url(cast.acme, f"/{made.api_key.id}")))
    for one in ("1,200", "a , b", "10.0.0.0/8", made.api_key.id, made.text[:14], made.text[-4:]):
        assert one in text
    assert made.text not in text
    digests = ApiKeySecret.objects.values_list("digest", flat=True)
    assert not any(digest in text for digest in digests)


def test_only_what_was_touched_is_changed(ada, cast):
    odd = stage.now() + timedelta(days=9, seconds=7)
    made = cast.new_key(
        name="ingest", scope="write", expires_at=odd, models=["gone"], limit_day_nano=CREDIT
    )
    path = url(cast.acme, f"/{made.api_key.id}/edit")
    shown = ada.get(path).context["form"]
    data = {name: shown[name].value() or "" for name in shown.fields}
    data["expires_at"] = f"{odd:%Y-%m-%dT%H:%M}"
    assert ada.post(path, data | {"name": "renamed", "limit_day": "1.0"}).status_code == 302
    key = api_key_for(cast.acme.id, made.api_key.id)
    assert (key.name, key.expires_at, key.models) == ("renamed", odd, ["gone"])
    event = AuditEvent.objects.get(action="key.changed")
    assert event.data == {"name": {"old": "ingest", "new": "renamed"}}
    assert event.actor_label == cast.ada.email


def test_a_rule_that_is_emptied_is_taken_away(ada, cast):
    made = cast.new_key(name="ingest", limit_day_nano=CREDIT, cidrs=["10.0.0.0/8"], models=["x"])
    ada.post(url(cast.acme, f"/{made.api_key.id}/edit"), form(scope="full"))
    key = api_key_for(cast.acme.id, made.api_key.id)
    assert (key.limit_day_nano, key.cidrs, key.models) == (None, None, None)


def test_a_refused_change_changes_nothing(ada, cast):
    key = cast.new_key(name="ingest").api_key
    page = ada.post(url(cast.acme, f"/{key.id}/edit"), form(name="other", cidrs="nowhere"))
    assert "cidrs" in refusals(page)
    assert api_key_for(cast.acme.id, key.id).name == "ingest"


@pytest.mark.parametrize("hours", [0, 1, 24, 168])
def test_rolling_shows_a_new_secret_and_ends_the_old_one_when_chosen(ada, cast, client, hours):
    made = cast.new_key(name="ingest")
    path = url(cast.acme, f"/{made.api_key.id}/roll")
    page = ada.post(path, {"overlap_hours": hours})
    assert "no-store" in page["Cache-Control"]
    (text,) = set(KEY.findall(page.text))
    assert client.get("/v1/models", **bearer(text)).status_code == 200
    old = client.get("/v1/models", **bearer(made.text)).status_code
    assert old == (200 if hours else 401)
    ends = ApiKeySecret.objects.get(tail=made.text[-4:]).expires_at - stage.now()
    assert abs(ends - timedelta(hours=hours)) < timedelta(minutes=1)


def test_when_the_old_secret_was_used_and_how_long_it_lives_is_shown(ada, cast):
    made = cast.new_key(name="ingest")
    used = stage.now() - timedelta(hours=3)
    ApiKeySecret.objects.update(last_used_at=used)
    assert f"{used:%Y-%m-%d %H:%M} UTC" in words(
        ada.get(url(cast.acme, f"/{made.api_key.id}/roll"))
    )
    api_keys.roll(cast.acme.id, made.api_key.id, actor=NOBODY, overlap_hours=1)
    ends = ApiKeySecret.objects.exclude(expires_at=None).get().expires_at
    text = words(ada.get(url(cast.acme, f"/{made.api_key.id}")))
    assert "Old secrets that still work" in text
    assert f"{used:%Y-%m-%d %H:%M} UTC {ends:%Y-%m-%d %H:%M} UTC" in text


def test_another_overlap_is_refused(ada, cast):
    made = cast.new_key()
    page = ada.post(url(cast.acme, f"/{made.api_key.id}/roll"), {"overlap_hours": "2"})
    assert "overlap_hours" in refusals(page)
    assert ApiKeySecret.objects.count() == 1


def test_revoking_asks_for_the_password_and_then_revokes(ada, cast, client):
    made = cast.new_key(name="ingest")
    path = url(cast.acme, f"/{made.api_key.id}/revoke")
    assert "This cannot be undone." in words(ada.get(path))
    asked = ada.post(path, {"typed": " Ingest "})
    assert asked.status_code == 302
    assert "reauthenticate" in asked["Location"]
    assert api_key_for(cast.acme.id, made.api_key.id).revoked_at is None
    assert show_password_now(ada, path)["Location"] == url(cast.acme, f"/{made.api_key.id}")
    answer = client.get("/v1/models", **bearer(made.text))
    assert answer.json()["error"]["code"] == "revoked_api_key"
    for part in PARTS[1:]:
        assert ada.get(url(cast.acme, f"/{made.api_key.id}{part}")).status_code == 404
    assert "for good" in words(ada.get(url(cast.acme, f"/{made.api_key.id}")))


def test_revoking_asks_for_the_name(ada, cast):
    made = cast.new_key(name="ingest")
    for typed in ("other", ""):
        page = ada.post(url(cast.acme, f"/{made.api_key.id}/revoke"), {"typed": typed})
        assert "typed" in refusals(page)
    assert api_key_for(cast.acme.id, made.api_key.id).revoked_at is None


# --- who --------------------------------------------------------------------------------------


def test_only_those_who_may_see_and_do_the_acts(cast):
    made = cast.new_key(name="ingest")
    one = url(cast.acme, f"/{made.api_key.id}")
    posts = {
        url(cast.acme, "/new"): form(),
        f"{one}/edit": form(name="x"),
        f"{one}/roll": {"overlap_hours": 1},
        f"{one}/revoke": {"typed": "no"},
    }
    for role, client in browsers(cast).items():
        can = role in roles_that(May.KEYS)
        assert ("New key" in client.get(url(cast.acme)).text) is can, role
        assert ("Revoke" in client.get(one).text) is can, role
        for path, data in posts.items():
            assert client.get(path).status_code == (200 if can else 403), (role, path)
            status = client.post(path, data).status_code
            assert (status == 403) is not can, (role, path)


def test_another_teams_keys_do_not_exist(ada, cast):
    theirs = cast.new_key(cast.cleos, name="secret plan").api_key
    for part in PARTS:
        assert ada.get(url(cast.acme, f"/{theirs.id}{part}")).status_code == 404
        assert ada.get(url(cast.cleos, f"/{theirs.id}{part}")).status_code == 404
    assert ada.get(url(cast.cleos)).status_code == 404
    show_password_now(ada)
    assert (
        ada.post(url(cast.acme, f"/{theirs.id}/revoke"), {"typed": "secret plan"}).status_code
        == 404
    )
    assert used_by({theirs.id}, stage.now())[theirs.id].total == 0
    assert api_key_for(cast.cleos.id, theirs.id).revoked_at is None
