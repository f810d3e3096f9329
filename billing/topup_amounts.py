"""What may be bought, and how many credits it is. Pure. Cents are of ``TOPUP_CURRENCY``."""

from decimal import Decimal

from django.conf import settings

from aurous.kernel.errors import AurousError
from aurous.kernel.money import NANO_PER_CREDIT

_CENTS_PER_UNIT = 100


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
