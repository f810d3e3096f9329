"""What is one request under an idempotency key, and what is another."""

import hashlib
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from aurous.http.fingerprint import fingerprint
from aurous.http.strict_json import parse

ROUTE = ("POST", "/v1/embeddings", "2026-05-15")
BODY = b'{"model":"m","input":"caf\xc3\xa9 / x","dimensions":1,"user":null,"n":[0,0.5,100]}'


def of(body: bytes) -> str:
    return fingerprint(*ROUTE, parse(body))


SAME = [
    b' {"model":"m","input":"caf\xc3\xa9 / x","dimensions":1,"user":null,"n":[0,0.5,100]} ',
    b'{ "model" : "m" ,\n"input":\t"caf\xc3\xa9 / x","dimensions":1,"user":null,"n":[0 ,0.5, 100]}',
    b'\r\n{"model":"m","input":"caf\xc3\xa9 / x","dimensions":1,"user":null,"n":[0,0.5,100]}\r\n',
    b'{"input":"caf\xc3\xa9 / x","model":"m","dimensions":1,"user":null,"n":[0,0.5,100]}',
    b'{"n":[0,0.5,100],"user":null,"dimensions":1,"input":"caf\xc3\xa9 / x","model":"m"}',
    b'{"user":null,"dimensions":1,"n":[0,0.5,100],"model":"m","input":"caf\xc3\xa9 / x"}',
    *(
        BODY.replace(b'"dimensions":1', b'"dimensions":' + one)
        for one in (b"1.0", b"1e0", b"1E0", b"1e+0", b"1e-0", b"1.00000", b"10e-1", b"0.1e1")
    ),
    *(
        BODY.replace(b"[0,", b"[" + zero + b",")
        for zero in (b"-0", b"0.0", b"-0.0", b"0e0", b"0e10", b"-0E-5", b"1e-400")
    ),
    *(
        BODY.replace(b"0.5", half)
        for half in (b"0.50", b"5e-1", b"5E-1", b"0.05e1", b"50e-2", b"0.500000000000000000001")
    ),
    *(
        BODY.replace(b"100]", hundred + b"]")
        for hundred in (b"100.0", b"1e2", b"1E+2", b"1.0e2", b"1000e-1", b"0.01e4")
    ),
    *(
        BODY.replace(b"caf\xc3\xa9 / x", text)
        for text in (
            rb"caf\u00e9 / x",
            rb"caf\u00E9 / x",
            b"caf\xc3\xa9 \\/ x",
            rb"caf\u00e9 \u002f x",
            rb"\u0063\u0061\u0066\u00e9\u0020\u002F\u0020\u0078",
            b"ca\\u0066\xc3\xa9 / x",
        )
    ),
    BODY.replace(b'"model"', rb'"\u006dodel"'),
    BODY.replace(b'"m"', rb'"\u006d"'),
]

OTHER = [
    *(
        BODY.replace(b'"dimensions":1', b'"dimensions":' + other)
        for other in (b"2", b"-1", b"1.5", b"1e1", b"true", b'"1"', b"null", b"[1]", b"{}", b"0.1")
    ),
    *(
        BODY.replace(b"caf\xc3\xa9 / x", text)
        for text in (
            "cafe\u0301 / x".encode(),
            b"cafe / x",
            b"CAF\xc3\x89 / x",
            b"caf\xc3\xa9 / x ",
            b" caf\xc3\xa9 / x",
            b"caf\xc3\xa9  / x",
            b"caf\xc3\xa9\xc2\xa0/ x",
            b"caf\xc3\xa9 \xef\xbc\x8f x",
            b"caf\xc3\xa9 \\\\/ x",
            b"caf\xc3\xa9 / x\\u0000",
            b"caf\xc3\xa9 / x\\n",
            b"caf\xc3\xa9 / \xd1\x85",
            b"caf\xc3\xa9 / x\xe2\x80\x8b",
            b"",
        )
    ),
    *(
        BODY.replace(b"[0,0.5,100]", array)
        for array in (
            b"[0.5,0,100]",
            b"[0,0.5]",
            b"[0,0.5,100,100]",
            b"[[0,0.5,100]]",
            b"[0,0.5,null]",
            b"[0,0.5,false]",
            b"[false,0.5,100]",
            b'["0",0.5,100]',
            b"[0,0.5000000000000001,100]",
            b"[0,0.5,100.00000000000001]",
            b"[5e-324,0.5,100]",
            b"[]",
            b"{}",
            b'"[0,0.5,100]"',
        )
    ),
    BODY.replace(b',"user":null', b""),
    BODY.replace(b'"user":null', b'"user":""'),
    BODY.replace(b'"user":null', b'"user":"null"'),
    BODY.replace(b'"user":null', b'"user":false'),
    BODY.replace(b'"user"', b'"User"'),
    BODY.replace(b'"user"', b'"user "'),
    BODY.replace(b'"m"', b'"M"'),
    BODY.replace(b'"m"', b'"m","extra":1'),
    b"{}",
]


def test_the_lists_are_long_enough_and_hold_no_spelling_twice():
    assert len(SAME) >= 40
    assert len(OTHER) >= 40
    assert len({BODY, *SAME, *OTHER}) == 1 + len(SAME) + len(OTHER)


@pytest.mark.parametrize("body", SAME)
def test_another_spelling_is_the_same_request(body):
    assert of(body) == of(BODY)


@pytest.mark.parametrize("body", OTHER)
def test_a_near_miss_is_another_request(body):
    assert of(body) != of(BODY)


def test_near_misses_differ_from_each_other_too():
    assert len({of(body) for body in OTHER}) == len(OTHER)


@pytest.mark.parametrize(
    "route",
    [
        ("PATCH", "/v1/embeddings", "2026-05-15"),
        ("POST", "/v1/embeddings/estimate", "2026-05-15"),
        ("POST", "/v1/embeddings", "2026-11-01"),
    ],
)
def test_method_path_and_version_are_part_of_it(route):
    assert fingerprint(*route, {}) != fingerprint(*ROUTE, {})


def test_it_is_the_sha256_of_the_route_and_the_canonical_body():
    canonical = '{"dimensions":1,"input":"café / x","model":"m","n":[0,0.5,100],"user":null}'
    signed = "POST\n/v1/embeddings\n2026-05-15\n" + canonical
    assert of(BODY) == hashlib.sha256(signed.encode()).hexdigest()


def test_whole_numbers_beyond_2_to_53_are_the_doubles_next_to_them():
    assert of(b'{"a":9007199254740993}') == of(b'{"a":9007199254740992.0}')
    assert of(b'{"a":[1000000000000000000000]}') == of(b'{"a":[1e21]}')
    assert of(b'{"a":-9007199254740993,"b":true}') == of(b'{"a":-9007199254740992,"b":true}')
    assert of(b'{"a":9007199254740992}') != of(b'{"a":9007199254740994}')


@pytest.mark.parametrize(
    ("bits", "text"),  # RFC 8785, appendix B
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_the_rfc_writes_them(bits, text):
    number = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert rfc8785.dumps({"a": number}) == f'{{"a":{text}}}'.encode()


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers()))
def test_the_order_of_names_never_matters(body):
    turned = dict(reversed(body.items()))
    assert fingerprint(*ROUTE, body) == fingerprint(*ROUTE, turned)
