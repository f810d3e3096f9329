import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous.http.idempotency_header import parse_key
from aurous.kernel.errors import AurousError

VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=255)


def test_without_the_header_there_is_no_key():
    assert parse_key(None) is None


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("a", "a"),
        ("8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        ('"abc"', "abc"),
        ("  abc\t", "abc"),
        (' "abc" ', "abc"),
        (r'"a\"b\\c"', r'a"b\c'),
        ('a"b', 'a"b'),
        (r"a\b", r"a\b"),
        ("!~", "!~"),
        ("k" * 255, "k" * 255),
        ('"' + "k" * 255 + '"', "k" * 255),
        ('"' + r"\"" * 255 + '"', '"' * 255),
    ],
)
def test_both_forms_give_the_key(header, key):
    assert parse_key(header) == key


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        '""',
        '"',
        '"abc',
        '"abc"x',
        '"abc";p=1',
        '"a"b"',
        r'"a\b"',
        r'"abc\"',
        "a b",
        '"a b"',
        "a\tb",
        "a\x00b",
        "a\x7f",
        "é",
        '"é"',
        "k" * 256,
        '"' + "k" * 256 + '"',
    ],
)
def test_any_other_form_is_refused(header):
    with pytest.raises(AurousError) as caught:
        parse_key(header)
    assert (caught.value.code, caught.value.param) == (
        "invalid_idempotency_key",
        "Idempotency-Key",
    )


@given(VISIBLE)
def test_the_quotes_do_not_count(key):
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    assert parse_key(f'"{escaped}"') == key
    if not key.startswith('"'):
        assert parse_key(key) == key
