"""The way in by password, and out."""

import pytest
from django.test import Client

from tests.cast import PASSWORD
from tests.people.acts import LOGIN, is_in, log_in


def test_who_is_not_logged_in_is_sent_to_the_login_page_and_back(browser, cast):
    wanted = f"/t/{cast.acme.id}/find?q=keys"
    answer = browser.get(wanted)
    assert answer.status_code == 302
    page = browser.get(answer["Location"])
    assert 'name="next"' in page.text
    sent = log_in(browser, "Ada@Acme.example", next=wanted)
    assert sent["Location"] == wanted
    assert browser.get(wanted).status_code == 200


@pytest.mark.parametrize("email", ["ada@acme.example", "nobody@acme.example"])
def test_a_wrong_password_and_an_unknown_address_read_the_same(browser, cast, email):
    page = log_in(browser, email, "wrong horse battery")
    assert page.status_code == 200
    assert "The e-mail address or the password is wrong." in page.text
    assert f'value="{email}"' in page.text
    assert "wrong horse" not in page.text
    assert not is_in(browser)


def test_empty_fields_are_refused_beside_them(browser, cast):
    page = browser.post(LOGIN, {})
    assert page.text.count("This field is required.") == 2
    assert page.text.count('aria-invalid="true"') == 2


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_another_sites_address_is_not_followed(browser, cast, elsewhere):
    assert log_in(browser, cast.ada.email, next=elsewhere)["Location"] == "/"


def test_logging_out_is_a_button_and_not_a_link(ada):
    page = ada.get("/account/logout/")
    assert is_in(ada)
    assert 'action="/account/logout/"' in page.text
    assert ada.post("/account/logout/")["Location"] == LOGIN
    assert not is_in(ada)


def test_who_is_switched_off_is_told_so(browser, cast):
    type(cast.ada).objects.filter(pk=cast.ada.pk).update(is_active=False)
    answer = log_in(browser, cast.ada.email)
    assert answer["Location"] == "/account/inactive/"
    assert "This account is switched off" in browser.get(answer["Location"]).text
    assert not is_in(browser)


def test_guessing_one_persons_password_is_stopped_and_waiting_is_advised(browser, cast):
    for _ in range(5):
        assert "is wrong" in log_in(browser, cast.ada.email, "wrong").text
    stopped = log_in(browser, cast.ada.email, PASSWORD)
    assert "Too many attempts." in stopped.text
    assert not is_in(browser)
    assert log_in(browser, cast.ben.email).status_code == 302


def test_guessing_from_one_address_is_stopped_whoever_is_tried(browser, cast):
    for number in range(10):
        log_in(browser, f"person{number}@acme.example", "wrong")
    assert "Too many attempts." in log_in(browser, cast.ada.email).text


def test_who_comes_through_a_trusted_proxy_is_counted_alone(cast, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    guesser = Client(headers={"x-forwarded-for": "198.51.100.9, 203.0.113.7"})
    for number in range(10):
        log_in(guesser, f"person{number}@acme.example", "wrong")
    assert "Too many attempts." in log_in(guesser, cast.ada.email).text
    # What stands left of the address that the proxy saw is the caller's own word.
    pretender = Client(headers={"x-forwarded-for": "192.0.2.1, 203.0.113.7"})
    assert "Too many attempts." in log_in(pretender, cast.ada.email).text
    other = Client(headers={"x-forwarded-for": "203.0.113.8"})
    assert log_in(other, cast.ada.email).status_code == 302


def test_without_a_trusted_proxy_its_header_counts_for_nothing(cast):
    for number in range(10):
        client = Client(headers={"x-forwarded-for": f"203.0.113.{number}"})
        log_in(client, f"person{number}@acme.example", "wrong")
    fresh = Client(headers={"x-forwarded-for": "203.0.113.99"})
    assert "Too many attempts." in log_in(fresh, cast.ada.email).text


def test_where_the_address_cannot_be_told_nobody_gets_in(cast):
    answer = Client(REMOTE_ADDR="").post(LOGIN, {"login": cast.ada.email, "password": PASSWORD})
    assert answer.status_code == 403


def test_too_many_forms_from_one_address_are_answered_429_in_our_look(browser, cast):
    answers = [log_in(browser, f"p{number}@acme.example", "wrong") for number in range(31)]
    assert answers[-1].status_code == 429
    assert "Too many attempts" in answers[-1].text
    assert 'class="centred"' in answers[-1].text


def test_operators_use_the_same_way_in(browser, cast):
    answer = browser.get("/admin/")
    assert answer["Location"].startswith("/admin/login/")
    assert browser.get(answer["Location"])["Location"] == f"{LOGIN}?next=%2Fadmin%2F"
    type(cast.ada).objects.filter(pk=cast.ada.pk).update(is_staff=True, is_superuser=True)
    assert log_in(browser, cast.ada.email, next="/admin/")["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


def test_who_is_no_operator_is_refused_there(ada):
    assert ada.get("/admin/login/?next=/admin/").status_code == 403
