"""Amounts in words and back: exact to the nano-credit, never rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous.kernel.money import (
    CREDITS_MAX_NANO,
    credits_per_million,
    credits_text,
    nano_per_token,
    parse_credits,
    parse_typed_credits,
)

AMOUNTS = st.integers(-CREDITS_MAX_NANO, CREDITS_MAX_NANO)


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (0, "0"),
        (1, "0.000000001"),
        (-1, "-0.000000001"),
        (191_250_000, "0.19125"),
        (1_000_000_000, "1"),
        (-1_500_000_000, "-1.5"),
        (10_000_000_000, "10"),
        (123_456_789_012_345_678, "123456789.012345678"),
        (CREDITS_MAX_NANO, "9223372036.854775807"),
    ],
)
def test_an_amount_and_its_decimal_are_the_same(nano, text):
    assert credits_text(nano) == text
    assert parse_credits(text) == nano


@given(AMOUNTS)
def test_every_amount_survives_the_way_through_its_text(nano):
    assert parse_credits(credits_text(nano)) == nano


@given(AMOUNTS)
def test_the_text_is_the_exact_value_in_its_shortest_form(nano):
    text = credits_text(nano)
    assert Decimal(text) == Decimal(nano).scaleb(-9)
    assert "." not in text or not text.endswith(("0", "."))


@pytest.mark.parametrize(
    ("text", "nano"),
    [
        ("1e3", 1_000_000_000_000),
        ("1E-9", 1),
        ("+2.50", 2_500_000_000),
        (".5", 500_000_000),
        ("5.", 5_000_000_000),
        (" 7 ", 7_000_000_000),
        ("-0", 0),
        ("1.000000000000000000000000000000000000000", 1_000_000_000),
    ],
)
def test_other_ways_to_write_a_decimal_are_understood(text, nano):
    assert parse_credits(text) == nano


@pytest.mark.parametrize("text", ["", " ", "ten", "1,5", "0x10", "1.2.3", "NaN", "sNaN", "--1"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="is not a number of credits"):
        parse_credits(text)


@pytest.mark.parametrize(
    "text",
    [
        "0.0000000001",
        "1e-10",
        "1.0000000001",
        # More digits than Decimal's arithmetic keeps: rounding first would let them pass.
        "0.1000000000000000000000000000000000001",
        "9223372036.8547758060000000000000000000001",
        "1e-999999999",
    ],
)
def test_more_than_nine_digits_behind_the_point_are_refused(text):
    with pytest.raises(ValueError, match="more than 9 digits"):
        parse_credits(text)


@pytest.mark.parametrize(
    "text",
    ["9223372036.854775808", "-9223372036.854775808", "1e11", "1e999999999", "inf", "-Infinity"],
)
def test_what_does_not_fit_a_bigint_is_refused(text):
    with pytest.raises(ValueError, match="out of range"):
        parse_credits(text)


@pytest.mark.parametrize(
    ("usd", "markup", "usd_per_credit", "nano"),
    [
        ("0.125", "50", "0.01", 18_750),  # day one, text
        ("0.325", "50", "0.01", 48_750),  # day one, visual and video
        ("0.125", "0", "0.01", 12_500),
        ("0", "0", "0.01", 0),
        ("0.00001", "0", "0.01", 1),
        ("1", "-100", "0.01", 0),  # given away
        ("1", "33.3333", "0.01", 133_333.3),
        ("0.000001", "0", "0.01", 0.1),
        ("0.02", "0", "1", 20),
        ("999999.99999999", "0", "0.01", 99_999_999_999.999),
        ("100000.00001", "900", "0.01", 100_000_000_010),
    ],
)
def test_the_price_of_a_token_is_whole_or_refused(usd, markup, usd_per_credit, nano):
    numbers = [Decimal(number) for number in (usd, markup, usd_per_credit)]
    if nano == int(nano):
        assert nano_per_token(*numbers) == nano
    else:
        with pytest.raises(ValueError, match="must come out whole"):
            nano_per_token(*numbers)


def test_a_price_below_nothing_is_refused():
    with pytest.raises(ValueError, match="not negative"):
        nano_per_token(Decimal(1), Decimal(-200), Decimal("0.01"))


@given(st.integers(0, 10**9))
def test_a_price_in_nano_credits_comes_back_from_its_dollars(nano):
    usd = Decimal(nano) * Decimal("0.00001")
    assert nano_per_token(usd, Decimal(0), Decimal("0.01")) == nano


@pytest.mark.parametrize(("nano", "text"), [(18_750, "18.75"), (48_750, "48.75"), (1, "0.001")])
def test_a_price_is_shown_as_credits_per_million(nano, text):
    assert credits_per_million(nano) == text


@pytest.mark.parametrize(
    ("text", "nano"), [("0", 0), ("250", 250 * 10**9), ("12.5", 12_500_000_000)]
)
def test_what_a_person_types_is_digits_and_a_point(text, nano):
    assert parse_typed_credits(text) == nano


@pytest.mark.parametrize(
    "text", ["", "1e5", "-1", "+1", " 1", "1 ", "1,5", ".5", "5.", "٣", "1.0000000001", "9" * 20]
)
def test_anything_else_is_a_slip(text):
    with pytest.raises(ValueError, match="is"):
        parse_typed_credits(text)
