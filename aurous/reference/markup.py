"""Markdown of ours as HTML that our style sheet knows: no HTML inside, headings with anchors."""

import re
from functools import lru_cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString

_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def to_html(text: str) -> SafeString:
    """A page."""
    return SafeString(_reader().render(text))


def inline(text: str) -> SafeString:
    """A sentence: code, links and emphasis."""
    return SafeString(_reader().renderInline(text))


@lru_cache(maxsize=1)
def _reader() -> Any:
    from markdown_it import MarkdownIt  # only who reads the reference pays for it

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("fence", _fence)
    reader.add_render_rule("heading_open", _heading)
    reader.add_render_rule("table_open", _table)
    return reader


def _fence(_self: Any, tokens: Any, index: int, *_: Any) -> str:
    return f'<pre tabindex="0"><code>{escape(tokens[index].content.rstrip())}</code></pre>\n'


def _heading(_self: Any, tokens: Any, index: int, *_: Any) -> str:
    slug = _NOT_A_WORD.sub("-", tokens[index + 1].content.lower()).strip("-")
    return f'<{tokens[index].tag} id="{slug}">'


def _table(_self: Any, tokens: Any, index: int, *_: Any) -> str:
    """A head without words would be a line that says nothing."""
    cells = []
    for token in tokens[index:]:
        if token.type == "thead_close":
            break
        if token.type == "inline":
            cells.append(token.content)
    return "<table>" if any(cells) else '<table class="headless">'
