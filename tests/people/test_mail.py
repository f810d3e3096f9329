"""Mails: the same words as text and as HTML, from the operator's address."""

import pytest
from django.core import mail

from accounts.mail import Block, blocks_of, html_of
from tests.people.acts import code_in_mail


def test_a_mail_is_text_and_html_with_the_same_words(browser, db, settings):
    settings.DEFAULT_FROM_EMAIL = "Aurous <hello@aurous.example>"
    sent = {"email": "dora@new.example", "password1": "correct horse battery"}
    browser.post("/account/signup/", sent)
    (one,) = mail.outbox
    code = code_in_mail()
    assert one.from_email == "Aurous <hello@aurous.example>"
    assert one.subject == f"Your Aurous code: {code}"
    ((html, kind),) = one.alternatives
    assert kind == "text/html"
    for block in blocks_of(one.body):
        for line in block.text.splitlines():
            assert line in html
    assert "<script" not in html
    assert "http://" not in html.replace("http://localhost", "")


def test_codes_and_links_stand_out():
    text = "Enter this.\n\nABCD-2345\n\nhttps://aurous.example/x\n\nOr https://aurous.example"
    assert blocks_of(text) == [
        Block("text", "Enter this."),
        Block("code", "ABCD-2345"),
        Block("link", "https://aurous.example/x"),
        Block("text", "Or https://aurous.example"),
    ]


def test_what_a_person_wrote_is_no_markup():
    assert "<b>" not in html_of("A team", "<b>Northwind</b> invites you")


@pytest.mark.parametrize(
    ("url", "backend", "host"),
    [
        ("", "console", None),
        ("smtp+tls://u:p@mail.example:587", "smtp", "mail.example"),
    ],
)
def test_one_url_decides_how_mail_is_sent(url, backend, host, monkeypatch):
    from importlib import reload

    from aurous import mail_settings

    monkeypatch.setenv("EMAIL_URL", url)
    reload(mail_settings)
    set_to = (mail_settings.EMAIL_BACKEND, mail_settings.EMAIL_HOST)
    assert set_to == (f"django.core.mail.backends.{backend}.EmailBackend", host)


def test_production_does_not_start_without_one(monkeypatch):
    from importlib import reload

    from django.core.exceptions import ImproperlyConfigured

    from aurous import mail_settings

    monkeypatch.setenv("AUROUS_ENV", "production")
    monkeypatch.setenv("EMAIL_URL", "")
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL is not set"):
        reload(mail_settings)
