"""The admin's own host: the admin is there and nowhere else, and little else is there."""

import pytest
from django.test import Client

from accounts.models import User
from aurous.operators.host import policy
from tests.cast import PASSWORD
from tests.people.acts import log_in

ADMIN, PAGES = "admin.aurous.example", "aurous.example"


@pytest.fixture
def own(settings):
    settings.ADMIN_HOST = ADMIN
    settings.ALLOWED_HOSTS = [ADMIN, PAGES]
    settings.AUROUS_PUBLIC_URL = f"https://{PAGES}"


@pytest.fixture
def at_admin(own, db):
    return Client(headers={"host": ADMIN})


@pytest.fixture
def at_pages(own, db):
    return Client(headers={"host": PAGES})


@pytest.fixture
def boss(db):
    return User.objects.create_superuser("boss@aurous.example", PASSWORD)


@pytest.mark.parametrize(
    "path",
    [
        "/admin",
        "/admin/",
        "/admin/login/",
        "/admin/accounts/team/",
        "/admin/find",
        "/admin/nothing",
    ],
)
def test_elsewhere_there_is_no_admin_not_even_a_way_to_it(at_pages, boss, path):
    assert at_pages.get(path).status_code == at_pages.post(path).status_code == 404
    at_pages.force_login(boss)
    assert at_pages.get(path).status_code == at_pages.post(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models",
        "/v1/embeddings",
        "/metrics",
        "/errors",
        "/docs",
        "/stripe/webhook",
        "/verify_statement.py",
        "/account/signup/",
        "/t/team_x/",
        "/invitations/x",
        "/administration",
        "/securityx",
    ],
)
def test_there_is_nothing_of_the_product_there(at_admin, boss, path):
    assert at_admin.get(path).status_code == at_admin.post(path).status_code == 404
    at_admin.force_login(boss)
    assert at_admin.get(path).status_code == at_admin.post(path).status_code == 404


def test_an_operator_signs_in_there_and_lands_in_the_admin(at_admin, boss):
    wanted = at_admin.get("/admin/accounts/team/", follow=True).redirect_chain[-1][0]
    assert wanted.startswith("/account/login/?next=")
    sent = log_in(at_admin, boss.email, next="/admin/accounts/team/")
    assert sent["Location"] == "/admin/accounts/team/"
    assert at_admin.get(sent["Location"]).status_code == 200
    assert at_admin.get("/security").status_code == 200
    assert at_admin.get("/")["Location"] == "/admin/"


def test_without_a_wish_signing_in_ends_in_the_admin_too(at_admin, boss):
    assert at_admin.get(log_in(at_admin, boss.email)["Location"])["Location"] == "/admin/"


def test_probes_and_files_are_everywhere(own, db):
    for host in (ADMIN, PAGES):
        for path in ("/health/live", "/static/aurous/admin.css"):
            assert Client(headers={"host": host}).get(path).status_code == 200


def test_cookies_are_of_one_host_alone(at_admin, boss):
    at_admin.get("/account/login/")
    log_in(at_admin, boss.email)
    assert set(at_admin.cookies) >= {"sessionid", "csrftoken"}
    assert {cookie["domain"] for cookie in at_admin.cookies.values()} == {""}


def test_a_session_of_the_pages_does_not_matter_there(at_admin, at_pages, boss):
    log_in(at_pages, boss.email)
    assert at_admin.get("/admin/").status_code == 302


@pytest.mark.parametrize("host", [ADMIN.upper(), f"{ADMIN}:443", f"{ADMIN}."])
def test_the_same_host_in_other_words(own, db, host):
    browser = Client(headers={"host": host})
    assert browser.get("/v1/models").status_code == 404
    assert browser.get("/admin/").status_code == 302


def test_a_host_with_a_port_is_that_port_only(own, db, settings):
    settings.ADMIN_HOST = f"{PAGES}:8443"
    assert Client(headers={"host": f"{PAGES}:8443"}).get("/admin/").status_code == 302
    assert Client(headers={"host": PAGES}).get("/admin/").status_code == 404


def test_who_pretends_to_be_another_host_gets_no_admin(own, db):
    for host in ("evil.example", f"{ADMIN}@evil.example", "", f"{ADMIN}, {PAGES}"):
        browser = Client(headers={"host": host, "x-forwarded-host": ADMIN})
        assert browser.get("/admin/").status_code in {400, 404}


def test_the_policy_of_the_admin_is_its_own_and_the_pages_is_strict(at_admin, at_pages, boss):
    at_admin.force_login(boss)
    of_admin = at_admin.get("/admin/")["Content-Security-Policy"]
    assert of_admin == policy()
    assert "script-src 'self' 'unsafe-eval';" in of_admin
    assert of_admin.endswith(f"form-action 'self' https://{PAGES}")
    for page in (at_admin.get("/account/login/"), at_pages.get("/account/login/")):
        assert "unsafe" not in page["Content-Security-Policy"]


def test_without_the_setting_everything_is_where_it_was(client, boss):
    client.force_login(boss)
    page = client.get("/admin/")
    assert page.status_code == 200
    assert page["Content-Security-Policy"].endswith("form-action 'self'")
    assert client.get("/").status_code in {200, 302}
    assert client.get("/v1/models").status_code == 401


def test_the_way_out_of_the_admin_leads_to_the_pages_host(at_admin, boss):
    at_admin.force_login(boss)
    assert f'href="https://{PAGES}/"' in at_admin.get("/admin/").text
