"""The way in and out."""

import pytest

from tests.cast import PASSWORD

LOGIN = "/login"


def test_who_is_not_logged_in_is_sent_to_the_login_page_and_back(client, cast):
    answer = client.get("/?team=" + cast.acme.id)
    assert answer.status_code == 302
    assert answer["Location"] == f"/login?next=/%3Fteam%3D{cast.acme.id}"
    sent = {"username": "Ada@Acme.example", "password": PASSWORD, "next": "/"}
    page = client.post(LOGIN, sent, follow=True)
    assert page.redirect_chain == [("/", 302)]
    assert "<h1>Acme</h1>" in page.text


def test_the_login_page_keeps_where_one_wanted_to_go(client, db):
    page = client.get(LOGIN, {"next": "/?team=x"})
    assert '<input type="hidden" name="next" value="/?team=x">' in page.text


@pytest.mark.parametrize("sent", [{}, {"username": "ada@acme.example", "password": "wrong"}])
def test_a_wrong_password_says_so_and_keeps_the_address(client, cast, sent):
    page = client.post(LOGIN, sent)
    assert page.status_code == 200
    assert 'role="alert"' in page.text
    assert f'value="{sent.get("username", "")}"' in page.text
    assert "wrong" not in page.text


def test_another_sites_address_is_not_followed(client, cast):
    sent = {"username": "ada@acme.example", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(LOGIN, sent)["Location"] == "/"


def test_logging_out_is_a_button_not_a_link(ada):
    assert ada.get("/logout").status_code == 405
    assert ada.post("/logout")["Location"] == "/login"
    assert ada.get("/").status_code == 302
