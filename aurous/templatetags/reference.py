"""Filters of the reference's templates."""

from django import template
from django.utils.safestring import SafeString

from aurous.reference.markup import inline, to_html

register = template.Library()


@register.filter
def sentence(text: str) -> SafeString:
    """A sentence of Markdown as HTML."""
    return inline(text)


@register.filter
def paragraphs(text: str) -> SafeString:
    """Paragraphs of Markdown as HTML."""
    return to_html(text)
