"""Amounts as people read them."""

import pytest

from billing.amounts import dollars, grouped, parts, signed

CREDIT = 10**9


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (0, "0"),
        (1, "0.000000001"),
        (-1, "-0.000000001"),
        (1_234_567 * CREDIT + 250_000_000, "1,234,567.25"),
        (-1_000 * CREDIT, "-1,000"),
        (2**63 - 1, "9,223,372,036.854775807"),
    ],
)
def test_credits_are_exact_with_separators(nano, text):
    assert grouped(nano) == "".join(parts(nano)) == text
    assert signed(nano) == (f"+{text}" if nano > 0 else text)


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (0, "$0.00"),
        (CREDIT, "$0.01"),
        (CREDIT - 1, "less than $0.01"),
        (199_999_999_999, "$1.99"),
        (123_456_789 * CREDIT, "$1,234,567.89"),
        (-250 * CREDIT, "-$2.50"),
    ],
)
def test_dollars_are_cut_and_never_rounded_up(nano, text):
    assert dollars(nano) == text
