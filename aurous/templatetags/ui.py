"""Tags of the dashboard's templates: icons, amounts, moments, links that keep a page's filters."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from aurous.ui.browser import browser_name
from aurous.ui.forms import css_class
from aurous.ui.icon import svg
from aurous.ui.once import FIELD, new_token
from billing.amounts import dollars, grouped, parts
from billing.topup_amounts import cents_text

register = template.Library()
_FIGURE_CHARACTERS = 2  # of what stands before the point; with more, the part behind is cut
_FIGURE_PART = 3  # the point and two digits


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """``{% icon "key-round" %}``: a drawing in the colour of the text."""
    return svg(name, size)


@register.filter("credits")
def in_credits(nano: int, style: str = "exact") -> SafeString:
    """Nano-credits as credits; what is behind the point is smaller. The exact value on hover.

    "figure": large type has no room for nine digits behind many, so they are cut where they are
    worth less than a thousandth.
    """
    whole, part = parts(nano)
    if style == "figure" and len(whole.strip("-")) > _FIGURE_CHARACTERS:
        part = part[:_FIGURE_PART].rstrip("0").rstrip(".")
    return format_html(
        '<data value="{}" title="{} credits, {}">{}<span class="part">{}</span></data>',
        grouped(nano).replace(",", ""),
        grouped(nano),
        dollars(nano),
        whole,
        part,
    )


@register.filter
def in_dollars(nano: int) -> str:
    """Nano-credits as what they are worth."""
    return dollars(nano)


@register.filter
def cents(amount: int | None) -> str:
    """Cents as people read them: $1,234.56; nothing known is a dash."""
    return "–" if amount is None else cents_text(amount)


@register.filter
def thousands(number: float | None) -> str:
    """1234567 as 1,234,567; nothing known is a dash."""
    return "–" if number is None else f"{number:,}"


@register.filter
def moment(at: datetime | None, style: str = "minute") -> SafeString:
    """A moment that a script shows in the reader's time zone; UTC without one, and on hover."""
    if at is None:
        return format_html("{}", "never")
    utc = at.astimezone(UTC)
    text = utc.strftime(
        {"day": "%Y-%m-%d", "second": "%Y-%m-%d %H:%M:%S"}.get(style, "%Y-%m-%d %H:%M")
    )
    shown = text if style == "day" else f"{text} UTC"
    return format_html(
        '<time datetime="{}" data-style="{}" title="{}">{}</time>',
        utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        style,
        utc.strftime("%Y-%m-%d %H:%M:%S UTC"),
        shown,
    )


@register.filter
def browser(user_agent: str) -> str:
    """A browser's name, of what it says about itself."""
    return browser_name(user_agent)


@register.filter
def plural(number: int, words: str) -> str:
    """``3|plural:"key,keys"`` is "3 keys"."""
    one, many = words.split(",")
    return f"{number:,} {one if number == 1 else many}"


@register.simple_tag
def dressed(field: BoundField, hint: str = "", **attributes: Any) -> SafeString:
    """The widget of a form that is not ours, as ours look. ``hint``: it is described below.

    An attribute that is "" stays as the form has it.
    """
    told = {"placeholder": False, "class": css_class(field.field.widget) or False}
    told |= {name.replace("_", "-"): value for name, value in attributes.items() if value != ""}
    below = [f"{field.auto_id}_helptext"] if hint else []
    if field.errors:
        below.append(f"{field.auto_id}_error")
    return field.as_widget(attrs=told | {"aria-describedby": " ".join(below) or False})


@register.simple_tag
def once(swapped: bool = False) -> SafeString:
    """The field of a form whose act happens once, however often it is sent. ``swapped``: htmx puts
    it in the place of the one that was used.
    """
    return format_html(
        '<input type="hidden" name="{0}" id="{0}" value="{1}"{2}>',
        FIELD,
        new_token(),
        mark_safe(' hx-swap-oob="true"' if swapped else ""),  # noqa: S308 - ours
    )


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The page's query string with some names changed; None or "" takes a name out."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"
