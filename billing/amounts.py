"""Amounts as people read them: exact credits with thousands separators, dollars beside them."""

from decimal import ROUND_DOWN, Decimal

from django.conf import settings

from aurous.kernel.money import NANO_PER_CREDIT, credits_text

_CENT = Decimal("0.01")


def parts(nano: int) -> tuple[str, str]:
    """Both sides of the point, so that a page can set them apart: ("-1,234", ".5"), ("7", "")."""
    whole, point, digits = credits_text(abs(nano)).partition(".")
    sign = "-" if nano < 0 else ""
    return f"{sign}{int(whole):,}", point + digits


def grouped(nano: int) -> str:
    """Credits, exact: 1_234_500_000_000 -> 1,234.5."""
    return "".join(parts(nano))


def signed(nano: int) -> str:
    """Credits with the sign of what they do to a balance: +5, -0.25."""
    return f"+{grouped(nano)}" if nano > 0 else grouped(nano)


def dollars(nano: int) -> str:
    """What credits are worth, cut to the cent and never rounded up: $1,234.56."""
    exact = Decimal(abs(nano)) / NANO_PER_CREDIT * settings.USD_PER_CREDIT
    if 0 < exact < _CENT:
        return "less than $0.01"
    sign = "-" if nano < 0 else ""
    return f"{sign}${exact.quantize(_CENT, ROUND_DOWN):,}"
