"""Nano-credits: the integers that all money is counted in (1 credit = 10**9 nano-credits)."""

import re
from decimal import Decimal, InvalidOperation

NANO_PER_CREDIT = 1_000_000_000
TOKENS_PER_MILLION = 1_000_000
CREDITS_MAX_NANO = 2**63 - 1
_NANO = Decimal("1e-9")
_TYPED = re.compile(r"[0-9]+(\.[0-9]{1,9})?")
_CREDITS_MAX = CREDITS_MAX_NANO * _NANO


def credits_text(nano: int) -> str:
    """The exact decimal of an amount, at most 9 digits behind the point: 191_250_000 -> 0.19125."""
    sign = "-" if nano < 0 else ""
    whole, part = divmod(abs(nano), NANO_PER_CREDIT)
    if not part:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{part:09d}".rstrip("0")


def parse_credits(text: str) -> int:
    """Nano-credits of a decimal number of credits.

    Raises ``ValueError`` for text that is no finite decimal, that has more than 9 digits
    behind the point, or that does not fit a bigint: an amount is never rounded.
    """
    try:
        amount = Decimal(text)
        in_range = amount.copy_abs() <= _CREDITS_MAX
    except InvalidOperation as error:  # NaN too: it compares with nothing
        raise ValueError(f"{text!r} is not a number of credits") from error
    if not in_range:
        raise ValueError(f"{text!r} is out of range")
    # Decimal's arithmetic rounds to 28 digits without a word; its comparison does not.
    rounded = amount.quantize(_NANO)
    if rounded != amount:
        raise ValueError(f"{text!r} has more than 9 digits behind the point")
    return int(rounded.scaleb(9))


def parse_typed_credits(text: str) -> int:
    """The same of what a person typed: digits and a point only, so that 1e5 is no slip.

    Raises ``ValueError``.
    """
    if not _TYPED.fullmatch(text):
        raise ValueError(f"{text!r} is not written as a number of credits is")
    return parse_credits(text)


def nano_per_token(usd_per_million: Decimal, markup_pct: Decimal, usd_per_credit: Decimal) -> int:
    """The price of one token in nano-credits.

    Example: 0.125 USD per million, 50 % markup, 0.01 USD a credit -> 18.75 credits per million
    -> 18_750 nano-credits a token. Raises ``ValueError`` where the result is not whole: prices
    are refused rather than rounded.
    """
    credits_per_million = usd_per_million / usd_per_credit * (1 + markup_pct / 100)
    exact = credits_per_million * NANO_PER_CREDIT / TOKENS_PER_MILLION
    whole = int(exact)
    if exact != whole or whole < 0:
        raise ValueError(
            f"{usd_per_million} USD per million tokens with {markup_pct} % markup is {exact} "
            "nano-credits a token; a price must come out whole and not negative"
        )
    return whole


def credits_per_million(nano: int) -> str:
    """The other way: nano-credits a token as a decimal of credits per million tokens."""
    return credits_text(nano * TOKENS_PER_MILLION)
