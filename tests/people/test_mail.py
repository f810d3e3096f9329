"""Mails: the same words as text and as HTML, from the operator's address."""

import pytest
from django.core import mail

from accounts.mail import Block, blocks_of, html_of, written
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
        lines = block.text.splitlines()
        assert all(line in html for line in lines)
    assert "<script" not in html
    assert "http://testserver" not in html


def test_codes_and_links_stand_out():
    text = """Enter this.

ABCD-2345

https://aurous.example/x

Or https://aurous.example

Open the page:
https://aurous.example/y

When: 2026-11-30 16:42 UTC
From: 203.0.113.24

--
Somebody typed your address.
"""
    y = "https://aurous.example/y"
    facts = (("When", "2026-11-30 16:42 UTC"), ("From", "203.0.113.24"))
    assert blocks_of(text) == [
        Block("text", "Enter this."),
        Block("code", "ABCD-2345"),
        Block("link", "https://aurous.example/x"),
        Block("text", "Or https://aurous.example"),
        Block("button", f"Open the page:\n{y}", (("Open the page", y),)),
        Block("facts", "When: 2026-11-30 16:42 UTC\nFrom: 203.0.113.24", facts),
        Block("small", "Somebody typed your address."),
    ]


@pytest.mark.parametrize("text", ["One: fact", "When: now\nand more", "So: it is.\nSee: https"])
def test_a_sentence_with_a_colon_is_a_sentence(text):
    (block,) = blocks_of(text)
    assert block.kind == ("facts" if text.startswith("So") else "text")


def test_a_subject_is_one_line_that_mail_programs_show_whole():
    made = written("Join " + "a very long name\n" * 20, "Hello.")
    assert len(made.subject) == 78
    assert made.subject.endswith("…")


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/account/signup/", {"email": "ada@acme.example", "password1": "correct horse battery"}),
        ("/account/password/reset/", {"email": "nobody@acme.example"}),
    ],
)
def test_links_lead_to_the_public_address_whatever_host_was_asked(
    browser, cast, settings, path, sent
):
    settings.AUROUS_PUBLIC_URL = "https://embed.example"
    settings.ALLOWED_HOSTS = ["*"]
    browser.post(path, sent, headers={"host": "evil.example"})
    (one,) = mail.outbox
    ((html, _),) = one.alternatives
    for words in (one.body, html):
        assert "https://embed.example/account/" in words
        assert "evil.example" not in words


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
