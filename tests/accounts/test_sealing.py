"""Answers that hold a secret: only who asked can open what is stored."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import peppers
from accounts.sealing import NONCE_BYTES, TAG_BYTES, Seal

SEAL = Seal("team_1", "idempotency-key", "al_live_" + "0" * 64)
ANSWER = b'201{"api_key":"al_live_x"}'


@given(st.binary(max_size=3_000))
def test_what_was_closed_opens_as_it_was(answer):
    assert SEAL.open(SEAL.close(answer)) == answer


def test_the_same_answer_is_never_stored_alike_twice():
    stored = {SEAL.close(ANSWER) for _ in range(100)}
    assert len({text[:NONCE_BYTES] for text in stored}) == 100
    assert len({text[NONCE_BYTES + TAG_BYTES :] for text in stored}) == 100


def test_it_is_longer_by_nonce_and_tag_and_holds_none_of_the_answer():
    stored = SEAL.close(b"\0" * 1_000)
    assert len(stored) == 1_000 + NONCE_BYTES + TAG_BYTES
    assert len(set(stored)) > 200  # of a text of one letter the stream is all that is left


@pytest.mark.parametrize(
    "changed",
    [
        {"team_id": "team_2"},
        {"idempotency_key": "idempotency-kez"},
        {"api_key": "al_live_" + "0" * 63 + "1"},
        {"team_id": "team_1\nidempotency-key", "idempotency_key": ""},
    ],
)
def test_nobody_else_opens_it(changed):
    assert replace(SEAL, **changed).open(SEAL.close(ANSWER)) is None


def test_what_was_damaged_does_not_open():
    stored = SEAL.close(ANSWER)
    for place in range(len(stored)):
        damaged = bytearray(stored)
        damaged[place] ^= 1
        assert SEAL.open(bytes(damaged)) is None
    for text in (b"", stored[:NONCE_BYTES], stored[:-1], stored + b"x"):
        assert SEAL.open(text) is None


def test_it_opens_under_every_pepper_that_is_accepted_and_under_no_other(settings):
    settings.AUROUS_KEY_PEPPERS = "1:old"
    stored = SEAL.close(ANSWER)
    for accepted, opened in (("2:new,1:old", ANSWER), ("1:old,2:new", ANSWER), ("2:new", None)):
        settings.AUROUS_KEY_PEPPERS = accepted
        assert SEAL.open(stored) == opened


def test_it_is_no_digest_that_a_key_is_looked_up_by():
    """Its key comes from a text that no API key can be."""
    pepper = peppers.current()
    assert SEAL._key(pepper) != bytes.fromhex(peppers.digest(pepper, SEAL.api_key))
