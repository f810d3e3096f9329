"""Mail: the words are written once, as text; the HTML is made of them, in one look for all.

A mail is plain text in paragraphs. What a paragraph looks like says what it is:

    Name: value          two lines or more of these are facts, a table
    Label:               with an address on the next line: the one thing to do, a button
    https://…
    ABCD-1234            alone: a code to type
    --                   what follows is small print

Everything else is text. So no word of the HTML is missing in the text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

PREHEADER_CHARACTERS_MAX = 110
SUBJECT_CHARACTERS_MAX = 78
_LINK = re.compile(r"https?://\S+")
_CODE = re.compile(r"[A-Z0-9]{3,12}(-[A-Z0-9]{3,12})*")
_BUTTON = re.compile(r"([^\n:]{1,60}):\n(https?://\S+)")
_FACT = re.compile(r"([A-Z][^:\n]{0,30}): (\S.*)")
_SMALL = "--\n"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph. ``rows`` are the names and values of facts, or the label and the address of a
    button.
    """

    kind: str
    text: str
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to send: one line of subject, and the same words as text and as HTML."""

    subject: str
    text: str
    html: str

    def to(self, addresses: Sequence[str]) -> EmailMultiAlternatives:
        """The message, from the operator's address."""
        message = EmailMultiAlternatives(self.subject, self.text, to=list(addresses))
        message.attach_alternative(self.html, "text/html")
        return message


def mail_of(template: str, context: Mapping[str, Any]) -> Mail:
    """A mail from a template whose first line is the subject."""
    page = render_to_string(template, {**context, "public_url": settings.AUROUS_PUBLIC_URL})
    subject, _, text = page.lstrip().partition("\n")
    return written(subject, text)


def written(subject: str, text: str) -> Mail:
    """A mail of these words. A subject too long is cut: names in it may be."""
    subject = one_line(subject)
    if len(subject) > SUBJECT_CHARACTERS_MAX:
        subject = subject[: SUBJECT_CHARACTERS_MAX - 1].rstrip() + "…"
    text = re.sub(r"\n\s*\n", "\n\n", text.strip()) + "\n"
    return Mail(subject, text, html_of(subject, text))


def one_line(text: str) -> str:
    """Names that people gave, in a line: nobody writes a paragraph of ours with them."""
    return " ".join(text.split())


def blocks_of(text: str) -> list[Block]:
    """The paragraphs of a mail."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text.strip()))
    return [_block(part) for part in parts if part]


def _block(part: str) -> Block:
    if part.startswith(_SMALL):
        return Block("small", part.removeprefix(_SMALL).strip())
    if _LINK.fullmatch(part):
        return Block("link", part)
    if _CODE.fullmatch(part):
        return Block("code", part)
    if button := _BUTTON.fullmatch(part):
        return Block("button", part, ((button[1], button[2]),))
    facts = [_FACT.fullmatch(line) for line in part.splitlines()]
    if len(facts) > 1 and all(facts):
        return Block("facts", part, tuple((fact[1], fact[2]) for fact in facts if fact))
    return Block("text", part)


def html_of(subject: str, text: str) -> str:
    """The mail as HTML; every word of it is in the subject or in the text."""
    blocks = blocks_of(text)
    small = [block.text for block in blocks if block.kind == "small"]
    main = [block for block in blocks if block.kind != "small"]
    code = next((block.text for block in main if block.kind == "code"), "")
    return render_to_string(
        "mails/frame.html",
        {
            "subject": subject,
            "heading": subject.removesuffix(f": {code}") if code else subject,
            "preheader": _preheader(main),
            "blocks": main,
            "small": small,
        },
    )


def _preheader(blocks: Sequence[Block]) -> str:
    """What a list of mails shows beside the subject: the first words, cut between two."""
    words = next((one_line(block.text) for block in blocks if block.kind == "text"), "")
    if len(words) <= PREHEADER_CHARACTERS_MAX:
        return words
    return words[:PREHEADER_CHARACTERS_MAX].rsplit(" ", 1)[0]


def at_public_url(url: str) -> str:
    """The same page at the installation's public address, whatever host a request asked for."""
    public, asked = urlsplit(settings.AUROUS_PUBLIC_URL), urlsplit(url)
    return urlunsplit((public.scheme, public.netloc, asked.path, asked.query, asked.fragment))
