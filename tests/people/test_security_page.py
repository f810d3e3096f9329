"""One page with everything about how one gets in, and the pages behind it."""

import re

import pytest
from django.urls import get_resolver

from tests.pages.routes import routes
from tests.people.acts import add_app, confirm, words

SECURITY = "/security"
NEVER_SHOWN = {
    "mfa/index.html",  # a redirect stands in front of it
    "account/confirm_login_code.html",  # codes instead of passwords are switched off
}


def test_a_newcomer_sees_each_way_with_its_state_and_its_next_act(ada, cast):
    page = ada.get(SECURITY)
    text = words(page)
    for told in (
        "Password Set",
        f"E-mail address Verified {cast.ada.email}",
        "Passkeys None",
        "Authenticator app Off",
        "Recovery codes None",
        "Sessions 1",
        "Add a passkey.",
    ):
        assert told in text
    links = set(re.findall(r'href="(/account/[^"]*)"', page.text))
    assert links == {
        "/account/password/change/",
        "/account/email/",
        "/account/2fa/webauthn/add/",
        "/account/2fa/totp/activate/",
        "/account/sessions/",
    }


def test_it_takes_the_same_number_of_queries_however_much_there_is(
    ada, django_assert_max_num_queries
):
    add_app(ada)
    ada.get(SECURITY)
    with django_assert_max_num_queries(6):
        ada.get(SECURITY)


def test_pages_of_allauth_are_in_our_look_and_lead_back(ada):
    add_app(ada)
    shown = 0
    for route in routes():
        if not route.path.startswith("account/") or "<" in route.path or "(" in route.path:
            continue
        page = ada.get(f"/{route.path}")
        if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
            continue
        shown += 1
        text = page.text
        assert 'class="centred"' in text or f'href="{SECURITY}"' in text, route.path
        assert text.count("<h1") == 1, route.path
        scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", text)
        assert all('type="application/json"' in one for one in scripts), route.path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), route.path
    assert shown >= 8


@pytest.mark.parametrize("path", ["login/", "signup/", "password/reset/", "inactive/"])
def test_so_are_those_for_who_is_not_in(browser, db, path):
    text = browser.get(f"/account/{path}").text
    assert 'class="centred"' in text
    assert text.count("<h1") == 1
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)


def test_no_page_falls_back_to_allauths_own_look(settings):
    from django.template.loader import get_template

    for route in routes():
        view = getattr(route.view, "view_class", None)
        name = getattr(view, "template_name", None)
        if not route.path.startswith("account/") or name is None:
            continue
        if not str(name).endswith(".html") or name in NEVER_SHOWN:
            continue
        origin = str(get_template(name).origin.name)
        assert origin.startswith(str(settings.BASE_DIR / "templates")), name
    assert get_resolver().resolve("/account/2fa/").func.view_class.__name__ == "RedirectView"


def test_the_password_is_asked_for_before_the_dangerous_ones(ada):
    for path in ("2fa/totp/activate/", "2fa/webauthn/add/", "2fa/recovery-codes/generate/"):
        answer = ada.get(f"/account/{path}")
        assert answer["Location"].startswith("/account/reauthenticate/"), path
    confirm(ada)
    assert ada.get("/account/2fa/totp/activate/").status_code == 200
