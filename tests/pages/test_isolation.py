"""Every route × everybody: what is another team's does not exist, and a role is a limit.

The table is made from the routes themselves, so that a new one cannot be forgotten.
"""

from copy import deepcopy

import pytest
from django.test import Client
from django.urls import reverse

from accounts import teams, visits
from accounts.models import Role, User
from accounts.pages.visiting import VISIT, VISITOR
from accounts.roles import May, allowed
from tests.cast import NOBODY, PASSWORD
from tests.kept import kept_rows
from tests.pages.conftest import staged
from tests.pages.routes import OBJECTS, OF_A_PERSON, PUBLIC, PUBLIC_PREFIXES, WITH_A_TOKEN, routes
from tests.pages.rows import former_member, rows_of

ROUTES = list(routes())
OF_A_TEAM = [route for route in ROUTES if route.of_a_team]
NAMES = [route.name for route in OF_A_TEAM]
LOGIN = "/account/login/"
FILES = ("-csv", "-export")
DENIED = (403, 404, 405)


@pytest.fixture(scope="module")
def acme_and_all(django_db_setup, django_db_blocker):
    """The teams and the people, made once for the hundreds of tests of this file."""
    with kept_rows(django_db_blocker):
        yield rows_of(staged())


@pytest.fixture
def rows(acme_and_all, db):
    """Copies, for a test may change them, without what other tests were about."""
    made = deepcopy(acme_and_all)
    made.ids.clear()
    return made


@pytest.fixture
def cast(rows):
    return rows.cast


def url_of(route, rows, team_id=None):
    more = OBJECTS[route.name](rows) if route.name in OBJECTS else {}
    return reverse(route.name, kwargs={"team_id": team_id or rows.team_id, **more})


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


def test_every_route_has_a_row():
    unknown = [
        f"{route.name} ({route.path})"
        for route in ROUTES
        if not route.of_a_team
        and route.name not in PUBLIC | OF_A_PERSON | WITH_A_TOKEN
        and not route.path.lstrip("^").startswith(PUBLIC_PREFIXES)
    ]
    assert unknown == []
    nameless = [route.path for route in OF_A_TEAM if route.name == route.path]
    assert nameless == []
    asks_for_more = {route.name for route in OF_A_TEAM if route.path.count("<") > 1}
    assert asks_for_more == set(OBJECTS)


def test_every_route_of_a_team_goes_through_the_door():
    assert [
        route.name for route in OF_A_TEAM if not isinstance(getattr(route.view, "may", None), May)
    ] == []


@pytest.mark.parametrize("route", OF_A_TEAM, ids=NAMES)
def test_who_is_not_logged_in_is_sent_to_log_in(route, rows):
    for send in (Client().get, Client().post):
        answer = send(url_of(route, rows))
        assert answer.status_code == 302
        assert answer["Location"].startswith(LOGIN)


@pytest.mark.parametrize("route", OF_A_TEAM, ids=NAMES)
def test_another_team_does_not_exist(route, rows, cast):
    stranger = browser_of(cast.cleo)
    for send in (stranger.get, stranger.post):
        found = send(url_of(route, rows))
        absent = send(url_of(route, rows, team_id="team_00000000000000000000000000"))
        allowed_methods = (404, 405)
        assert found.status_code in allowed_methods
        assert (found.status_code, found.content[:200]) == (
            absent.status_code,
            absent.content[:200],
        )


@pytest.mark.parametrize("route", [r for r in OF_A_TEAM if r.name in OBJECTS], ids=lambda r: r.name)
def test_another_teams_object_does_not_exist_in_ones_own_team(route, rows, cast):
    cleo, url = browser_of(cast.cleo), url_of(route, rows, team_id=cast.cleos.id)
    assert cleo.post(url).status_code in (404, 405)
    shown = cleo.get(url)
    # Where there is nothing to see, a GET leads back to the list whatever the id is.
    assert shown.status_code in (302, 404, 405)
    assert b"Acme" not in shown.content


@pytest.mark.parametrize("route", OF_A_TEAM, ids=NAMES)
def test_who_has_left_is_a_stranger(route, rows, cast):
    gone = browser_of(former_member(cast))
    assert gone.get(url_of(route, rows)).status_code in (404, 405)
    assert gone.post(url_of(route, rows)).status_code in (404, 405)


@pytest.mark.parametrize("route", OF_A_TEAM, ids=NAMES)
def test_a_role_may_what_the_matrix_says(route, rows):
    for role in Role.values:
        rows.ids.clear()  # what may act ends the row it is about
        url = url_of(route, rows)
        member, can = browser_of(rows.people[role]), allowed(role)
        shown = member.get(url)
        if route.view.may in can:
            assert shown.status_code not in (403, 404), role
            assert shown.status_code < 500, role
        else:
            assert shown.status_code == 403, role
        acted = member.post(url)
        if route.view.post is None:
            assert acted.status_code == 405, role
        elif route.view.post in can:
            assert acted.status_code not in DENIED, role
            assert acted.status_code < 500, role
        else:
            assert acted.status_code == 403, role


@pytest.mark.parametrize("by_name", [True, False], ids=["one host", "a host of its own"])
@pytest.mark.parametrize("route", OF_A_TEAM, ids=NAMES)
def test_an_operator_who_looks_sees_pages_and_nothing_else(route, rows, by_name):
    operator = User.objects.create_superuser("operator@aurous.example", PASSWORD)
    visitor = browser_of(operator) if by_name else Client()
    session = visitor.session
    session[VISIT] = visits.begin(visits.ask(rows.team_id, "it looks broken", by=operator)).pk
    session.save()
    if not by_name:
        visitor.cookies["sessionid"] = session.session_key
    url = url_of(route, rows)
    for send in (visitor.post, visitor.put, visitor.delete):
        assert send(url).status_code == 403
    shown = visitor.get(url)
    if route.view.may in VISITOR and not route.name.endswith(FILES):
        assert shown.status_code in (200, 302), route
        assert shown.status_code == 302 or (b"as operator" in shown.content) != shown.has_header(
            "HX-Request"
        )
    else:
        assert shown.status_code == 403
    # Elsewhere they are who they were.
    elsewhere = visitor.get(url_of(route, rows, team_id="team_00000000000000000000000000"))
    assert elsewhere.status_code in ((404, 405) if by_name else (302,))


@pytest.mark.parametrize("route", OF_A_TEAM, ids=NAMES)
def test_a_suspended_team_can_still_look(route, rows):
    teams.suspend(rows.team_id, actor=NOBODY)
    shown = browser_of(rows.people[Role.OWNER]).get(url_of(route, rows))
    assert shown.status_code < 400 or shown.status_code == 405


@pytest.mark.parametrize("name", sorted(OF_A_PERSON))
def test_a_persons_page_asks_who_it_is(name, db):
    answer = Client().get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith(LOGIN)
