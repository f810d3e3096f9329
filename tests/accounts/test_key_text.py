import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.api_keys import checksum_ok
from accounts.key_text import new_text

KEY = new_text()


def test_a_key_is_the_prefix_56_random_characters_and_a_checksum_of_all_that():
    assert re.fullmatch(r"al_live_[0-9a-f]{64}", KEY)
    assert KEY[-8:] == f"{zlib.crc32(KEY[:-8].encode()):08x}"
    assert checksum_ok(KEY)


def test_a_known_key_keeps_its_checksum_for_ever():
    body = "al_live_" + "0123456789abcdef" * 3 + "01234567"
    assert checksum_ok(body + "f020b573")


def test_no_two_keys_are_the_same():
    assert len({new_text() for _ in range(100)}) == 100


@given(st.integers(0, len(KEY) - 1), st.characters())
def test_any_single_wrong_character_fails_the_checksum(position, character):
    wrong = KEY[:position] + character + KEY[position + 1 :]
    assert checksum_ok(wrong) is (wrong == KEY)


@given(st.integers(0, len(KEY) - 1), st.sampled_from("0123456789abcdef"))
def test_any_single_wrong_hex_digit_fails_the_checksum(position, digit):
    wrong = KEY[:position] + digit + KEY[position + 1 :]
    assert checksum_ok(wrong) is (wrong == KEY)


@given(st.integers(8, len(KEY) - 2))
def test_two_neighbours_that_changed_places_fail_the_checksum(position):
    swapped = KEY[:position] + KEY[position + 1] + KEY[position] + KEY[position + 2 :]
    assert checksum_ok(swapped) is (swapped == KEY)


@pytest.mark.parametrize(
    "text",
    ["", "al_live_", KEY[:-1], KEY + "0", KEY + "\n", " " + KEY, KEY.upper(), "sk_" + KEY[8:]],
    ids=["empty", "prefix", "short", "long", "newline", "space", "upper case", "another prefix"],
)
def test_what_has_another_form_is_no_key(text):
    assert not checksum_ok(text)
