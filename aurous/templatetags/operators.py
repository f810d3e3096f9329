"""Tags of the operators' own pages."""

from django import template

register = template.Library()


@register.filter
def cents_as_dollars(cents: int) -> str:
    """1234 as $12.34."""
    return f"${cents // 100:,}.{cents % 100:02}"
