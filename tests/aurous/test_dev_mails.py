"""Every mail can be looked at in development, and each is fit to be sent."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.urls import reverse

from accounts.mail import PREHEADER_CHARACTERS_MAX, SUBJECT_CHARACTERS_MAX, blocks_of
from aurous.mail_samples import samples
from tests.architecture.source import PACKAGES, calls_in, dotted, modules

PUBLIC_URL = "https://embed.example"
HTML_BYTES_MAX = 100 * 1024  # Gmail cuts at 102 KB
TEMPLATES = Path(django_settings.BASE_DIR) / "templates"
ELSEWHERE = ("https://pay.stripe.com/", "https://checkout.stripe.com/")  # receipts and pages to pay
EVERY = samples()
each_mail = pytest.mark.parametrize("sample", EVERY, ids=[sample.name for sample in EVERY])


@pytest.fixture(autouse=True)
def public_url(settings):
    settings.AUROUS_PUBLIC_URL = PUBLIC_URL


class Page(HTMLParser):
    """What somebody sees of a mail, and where its links lead."""

    def __init__(self, html):
        super().__init__()
        self.words, self.links, self.images, self.tags = [], [], 0, []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self._silent += tag in ("style", "title")
        self.images += tag == "img"
        named = dict(attributes)
        if tag == "a":
            self.links.append(named["href"])
        if tag not in ("html", "head", "meta", "title", "style", "tr", "br", "a", "table"):
            assert "style" in named, f"<{tag}> has no style of its own"

    def handle_endtag(self, tag):
        self._silent -= tag in ("style", "title")

    def handle_data(self, data):
        if not self._silent:
            self.words += data.split()


def templates():
    """Every mail that is there: (group, name)."""
    for group, folder in (("account", "account/email"), ("mfa", "mfa/email")):
        for path in (TEMPLATES / folder).glob("*_message.txt"):
            if path.name != "base_message.txt":
                yield group, path.name.removesuffix("_message.txt")
    for path in (TEMPLATES / "mails" / "billing").iterdir():
        yield "billing", path.stem
    for path in (TEMPLATES / "mails").glob("*.txt"):
        yield "team", path.stem


def test_every_template_has_a_preview_and_every_preview_a_template():
    assert {(one.group, one.template) for one in EVERY} == set(templates())


def test_every_notice_that_the_code_sends_has_a_template_and_no_other_has():
    told = {
        call.args[1].value
        for module in modules(*PACKAGES)
        for call in calls_in(module)
        if dotted(call.func) == "notices.tell"
    }
    assert told == {name for group, name in templates() if group == "billing"}


def test_no_other_mail_is_written():
    """One place makes messages, so that all have the one look."""
    makers = {
        module.name
        for module in modules(*PACKAGES)
        for call in calls_in(module)
        if dotted(call.func) in ("EmailMultiAlternatives", "EmailMessage", "send_mail")
    }
    assert makers == {"accounts.mail"}


@each_mail
def test_a_mail_is_whole(sample):
    mail = sample.mail()
    assert 0 < len(mail.subject) <= SUBJECT_CHARACTERS_MAX
    assert "\n" not in mail.subject
    for part in (mail.subject, mail.text, mail.html):
        assert not re.search(r"\{[{%#]|[%#}]\}|None", part)
    assert len(mail.html.encode()) <= HTML_BYTES_MAX
    assert "\n\n\n" not in mail.text


@each_mail
def test_every_word_is_in_the_text_too(sample):
    mail = sample.mail()
    known = {word.rstrip(":") for word in f"{mail.subject} {mail.text}".split()}
    seen = {word.rstrip(":") for word in Page(mail.html).words}
    assert seen - known - {"A", "Aurous"} == set()  # the mark and the name at the top


@each_mail
def test_every_word_of_the_text_is_in_the_html_too(sample):
    mail = sample.mail()
    shown = " ".join(Page(mail.html).words)
    for block in blocks_of(mail.text):
        lines = [part for row in block.rows for part in row] or block.text.splitlines()
        for line in lines:
            assert " ".join(line.split()) in shown


@each_mail
def test_links_lead_to_the_public_address(sample):
    mail = sample.mail()
    links = {*Page(mail.html).links, *re.findall(r"https?://\S+", mail.text)}
    assert links
    assert [one for one in links if not one.startswith((PUBLIC_URL, *ELSEWHERE))] == []


@each_mail
def test_a_mail_needs_no_pictures_no_script_and_nothing_from_elsewhere(sample):
    html = sample.mail().html
    page = Page(html)
    assert (page.images, {"script", "link", "form"} & set(page.tags)) == (0, set())
    assert "url(" not in html
    assert "prefers-color-scheme: dark" in html
    assert '<meta name="color-scheme" content="light dark">' in html


@each_mail
def test_a_mail_asks_for_one_thing_at_most_and_begins_with_words(sample):
    mail = sample.mail()
    kinds = [block.kind for block in blocks_of(mail.text)]
    assert kinds.count("button") + kinds.count("code") <= 1
    assert (kinds[0], kinds[-1]) == ("text", "small")
    preheader = re.search(r"mso-hide:all\">(.+?)</div>", mail.html)[1]
    assert 20 < len(preheader) <= PREHEADER_CHARACTERS_MAX + 60  # escapes are longer


# --- the page ----------------------------------------------------------------------------------


def test_the_page_lists_all_and_shows_one(client, db):
    page = client.get("/dev/mails?mail=billing-reversal-dispute")
    assert page.status_code == 200
    for sample in EVERY:
        assert f'href="?mail={sample.name}"' in page.text
    assert "A payment of Northwind Search is disputed" in page.text
    for scheme in ("light", "dark"):
        assert reverse("dev-mail", args=["billing-reversal-dispute", scheme]) in page.text
    assert "unsafe-inline" not in page["Content-Security-Policy"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_is_framed_with_its_styles_and_without_power(client, db, scheme):
    page = client.get(reverse("dev-mail", args=["team-invitation", scheme]))
    assert ("@media all" in page.text) == (scheme == "dark")
    assert "prefers-color-scheme" not in page.text
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'" in policy
    assert "sandbox" in policy
    assert page["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("path", ["/dev/mails", "/dev/mails/team-invitation/light"])
def test_in_production_there_is_no_such_page(client, db, settings, path):
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 405
    settings.PRODUCTION = True
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/dev/mails?mail=none", "/dev/mails/none/light", "/dev/mails/team-invitation/blue"]
)
def test_what_is_not_there_is_not_found(client, db, path):
    assert client.get(path).status_code == 404
