"""What may be bought, and how many credits it is. Pure. Cents are of ``TOPUP_CURRENCY``."""

import re
from decimal import Decimal

from django.conf import settings

from aurous.kernel.errors import AurousError
from aurous.kernel.money import NANO_PER_CREDIT

_CENTS_PER_UNIT = 100
# Dollars, with or without commas between thousands, and at most two digits behind the point.
_WRITTEN = re.compile(r"\$?\s*([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.([0-9]{1,2}))?")


def credits_for(cents: int) -> int:
    """Nano-credits: 1 credit is $0.01, so 1,000 cents are 1,000 credits.

    Raises ``ArithmeticError`` where it is not a whole number of nano-credits.
    """
    exact = Decimal(cents) / _CENTS_PER_UNIT / settings.USD_PER_CREDIT * NANO_PER_CREDIT
    whole = int(exact)
    if whole != exact:
        raise ArithmeticError(f"{cents} cents are no whole number of nano-credits")
    return whole


def checked_cents(cents: int, *, param: str = "amount") -> int:
    """The amount, where it may be bought at once. Raises ``value_out_of_range``."""
    if not settings.TOPUP_CENTS_MIN <= cents <= settings.TOPUP_CENTS_MAX:
        low, high = cents_text(settings.TOPUP_CENTS_MIN), cents_text(settings.TOPUP_CENTS_MAX)
        raise AurousError(
            "value_out_of_range", f"An amount is between {low} and {high}.", param=param
        )
    return cents


def cents_text(cents: int) -> str:
    """As people read it: 123_456 -> $1,234.56."""
    whole, part = divmod(cents, _CENTS_PER_UNIT)
    return f"${whole:,}.{part:02d}"


def parse_cents(text: str) -> int:
    """Of what people write: "$1,234.5" -> 123_450. Raises ``ValueError``; nothing is rounded."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not an amount of dollars")
    whole, part = found[1].replace(",", ""), (found[2] or "").ljust(2, "0")
    return int(whole) * _CENTS_PER_UNIT + int(part)
