"""Every route of the admin × everybody × GET and POST, made from the site itself.

``rights.py`` has the rows. A route, a table or an action without one fails here.
"""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from accounts.models import AuditEvent, Membership, Role, User
from billing.models import Proof
from tests.admin.rights import ACTIONS, MONEY, ROUTES, TABLES, WAYS
from tests.cast import PASSWORD, person

VIEWS = ("changelist", "add", "history", "delete", "change")
LOGIN = "/admin/login/"


def patterns(found=None) -> Iterator[URLPattern]:
    for one in admin.site.get_urls() if found is None else found:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns)
        else:
            yield one


def label(model) -> str:
    return model._meta.label_lower


def usual_names() -> dict[str, tuple[str, str]]:
    return {
        f"{model._meta.app_label}_{model._meta.model_name}_{view}": (label(model), view)
        for model in admin.site._registry
        for view in VIEWS
    }


def test_every_table_and_every_route_has_a_row():
    assert {label(model) for model in admin.site._registry} == set(TABLES)
    names = {one.name for one in patterns() if one.name}
    assert names - set(usual_names()) == set(ROUTES) | WAYS
    # Without a name: old addresses of a row, and what leads to a missing slash.
    assert {str(one.pattern) for one in patterns() if not one.name} == {
        "<path:object_id>/",
        "(?P<url>.*)$",
    }


def actions_of(page) -> set[str]:
    listed = {
        getattr(action, "__name__", action)
        for place in ("actions", "actions_list", "actions_detail", "actions_row")
        for action in getattr(page, place, None) or ()
    }
    # A page on which nothing is deleted does not offer to delete several.
    deletes = page.actions is not None and TABLES[label(page.model)].delete
    return listed | ({"delete_selected"} if deletes else set())


def test_every_action_has_a_row():
    found = {label(model): actions_of(page) for model, page in admin.site._registry.items()}
    rows = {table: set(actions) for table, actions in ACTIONS.items()}
    assert {table: actions for table, actions in found.items() if actions} == rows


@pytest.fixture
def visitors(happened, boss):
    """Everybody who may come by, at a browser of their own."""
    staff = {
        name: person(f"{name}@aurous.example", is_staff=True)
        for name in ("bare", "looker", "changer")
    }
    view = Permission.objects.filter(codename__startswith="view_")
    change = Permission.objects.filter(codename__startswith="change_")
    staff["looker"].user_permissions.set(view)
    staff["changer"].user_permissions.set(view | change)
    Group.objects.create(name="Night shift")
    everybody = {**staff, "boss": boss, "person": happened.cast.ada, "anonymous": None}
    browsers = {}
    for name, user in everybody.items():
        browsers[name] = Client()
        if user is not None:
            browsers[name].force_login(user)
    return {name: (everybody[name], browser) for name, browser in browsers.items()}


def row_of(table):
    model = apps.get_model(table)
    rows = model.objects.order_by("-pk")
    if model is Membership:
        rows = rows.exclude(role=Role.OWNER)
    if model is User:
        rows = rows.filter(email="ada@acme.example")
    return rows.first()


def address(table, view):
    names = [name for name, value in usual_names().items() if value == (table, view)]
    row = row_of(table)
    assert row is not None, f"let tests/admin/conftest.py make a {table}"
    args = [] if view in {"changelist", "add"} else [quote(row.pk)]
    return reverse(f"admin:{names[0]}", args=args)


def may(user, permission: str) -> bool:
    return user is not None and user.is_active and user.has_perm(permission)


def usual_cases(user):
    """Method, address, what is sent, and which answers are right."""
    for table, rights in TABLES.items():
        app, model = table.split(".")
        looks = may(user, f"{app}.view_{model}") or may(user, f"{app}.change_{model}")

        def has(right, app=app, model=model):
            return right is not None and may(user, f"{app}.{right}_{model}")

        seen = {200} if looks else {403}
        yield "get", address(table, "changelist"), {}, seen
        yield "post", address(table, "changelist"), {}, {200, 302} if looks else {403}
        for view, right in (("add", rights.add), ("delete", rights.delete)):
            allowed = has(right)
            yield "get", address(table, view), {}, {200} if allowed else {403}
            # Sent in earnest by who may not; who may gets the form again.
            sent = {} if allowed else {"post": "yes", "name": "x", "amount": "1"}
            yield "post", address(table, view), sent, {200} if allowed else {403}
        yield "get", address(table, "history"), {}, seen
        yield "get", address(table, "change"), {}, seen
        allowed = has(rights.change)
        yield "post", address(table, "change"), {"_save": "Save"}, {200} if allowed else {403}


def other_cases(user, happened):
    for name, route in ROUTES.items():
        url = reverse(f"admin:{name}", args=route.args(happened))
        allowed = not route.needs or may(user, route.needs)
        yield "get", url, route.query, {route.get if allowed else route.denied}
        denied = {route.denied, 405} if route.post == 405 else {route.denied}
        allowed = allowed and (not route.post_needs or may(user, route.post_needs))
        yield "post", url, {}, {route.post} if allowed else denied


def wrong(browser, cases) -> list[str]:
    found = []
    for method, url, sent, right in cases:
        status = getattr(browser, method)(url, sent).status_code
        if status not in right:
            found.append(f"{method} {url}: {status}, not {sorted(right)}")
    return found


OPERATORS = ("bare", "looker", "changer", "boss")


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_gets_what_the_rows_say(visitors, happened, name):
    user, browser = visitors[name]
    assert wrong(browser, usual_cases(user)) == []
    assert wrong(browser, other_cases(user, happened)) == []


def every_url(happened):
    yield from (address(table, view) for table in TABLES for view in VIEWS)
    yield from (reverse(f"admin:{name}", args=ROUTES[name].args(happened)) for name in ROUTES)


def not_led_away(browser, happened, to) -> list[str]:
    found = []
    for url in every_url(happened):
        for send in (browser.get, browser.post):
            answer = send(url)
            if answer.status_code != 302 or not answer["Location"].startswith(to):
                found.append(f"{url}: {answer.status_code}")
    return found


@pytest.mark.parametrize("name", ["anonymous", "person"])
def test_who_is_no_operator_is_led_to_the_way_in(visitors, happened, name):
    _, browser = visitors[name]
    assert not_led_away(browser, happened, LOGIN) == []


def test_an_operator_who_is_switched_off_is_nobody(visitors, happened):
    user, browser = visitors["boss"]
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not_led_away(browser, happened, LOGIN) == []


def test_without_a_second_factor_every_route_leads_to_the_way_in(visitors, happened, settings):
    settings.ADMIN_MFA = True
    for name in OPERATORS:
        _, browser = visitors[name]
        assert not_led_away(browser, happened, LOGIN) == []


def fingerprint(table):
    model = apps.get_model(table)
    return [model_to_dict(row) | {"pk": row.pk} for row in model.objects.order_by("pk")]


def test_who_may_only_look_starts_no_action(visitors):
    _, browser = visitors["looker"]
    for table, actions in ACTIONS.items():
        row, before = row_of(table), fingerprint(table)
        said = AuditEvent.objects.count()
        for action in actions:
            sent = {"action": action, ACTION_CHECKBOX_NAME: [row.pk], "post": "yes"}
            browser.post(address(table, "changelist"), sent)
            assert f'value="{action}"' not in browser.get(address(table, "changelist")).text
        assert fingerprint(table) == before
        assert AuditEvent.objects.count() == said


@pytest.mark.parametrize("name", ["changer", "boss"])
def test_no_route_writes_a_table_of_money(visitors, name):
    """Add, change, delete, several at once, and cells of a list: sent with every column's name."""
    _, browser = visitors[name]
    assert not [one for one in MONEY if TABLES[one] != TABLES["billing.transfer"]]
    for table in MONEY:
        row, before = row_of(table), fingerprint(table)
        columns = {column.name: "1" for column in row._meta.fields} | {"_save": "Save"}
        cells = {f"form-0-{column}": value for column, value in columns.items()}
        formset = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": row.pk}
        gone = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [row.pk], "post": "yes"}
        for view, sent in (
            ("add", columns),
            ("change", columns),
            ("delete", {"post": "yes"}),
            ("history", columns),
            ("changelist", {**cells, **formset, "_save": "Save"}),
            ("changelist", gone),
        ):
            browser.post(address(table, view), sent)
        assert fingerprint(table) == before, table


def test_no_list_of_money_can_be_edited_in_place():
    for model, page in admin.site._registry.items():
        if label(model) in MONEY:
            assert not page.list_editable
            assert not [inline for inline in page.inlines if label(inline.model) in MONEY]


# --- the ways in and out, and what stands in WAYS --------------------------------------------


def test_the_admin_has_no_form_to_log_in(client, boss, happened):
    sent = {"username": boss.email, "password": PASSWORD, "next": "/admin/"}
    for browser in (client, Client()):
        answer = browser.post(LOGIN, sent)
        assert answer["Location"].startswith("/account/login/")
        assert "_auth_user_id" not in browser.session
    client.force_login(happened.cast.ada)
    assert client.get(LOGIN).status_code == client.post(LOGIN, sent).status_code == 403
    assert client.get("/admin/second-factor/").status_code == 403


def test_an_operator_leaves_by_the_button(desk):
    assert desk.get("/admin/logout/").status_code == 405
    assert "_auth_user_id" in desk.session
    desk.post("/admin/logout/")
    assert "_auth_user_id" not in desk.session


def test_a_check_is_asked_for_once(desk):
    for _ in range(2):
        assert desk.post(reverse("admin:billing_proof_run")).status_code == 302
    assert Proof.objects.count() == 1
