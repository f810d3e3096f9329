"""Signatures, checked with the very code that customers are given."""

import json
import shutil
import subprocess

import pytest

from billing.webhooks.signing import signature_header
from tests.billing.webhooks.customer import documented_verify, snippet
from tests.conftest import IN_CI

BODY = '{"id":"evt_1","text":"größer"}'.encode()
OLD, NEW = "whsec_" + "a" * 64, "whsec_" + "b" * 64
NOW = 1_781_524_800
GOOD = signature_header([NEW], NOW, BODY)

# Name: body, header, secret; all of them are refused.
WRONG = {
    "another secret": (BODY, GOOD, OLD),
    "an altered byte": (BODY.replace(b"evt_1", b"evt_2"), GOOD, NEW),
    "a byte more": (BODY + b" ", GOOD, NEW),
    "stale": (BODY, signature_header([NEW], NOW - 301, BODY), NEW),
    "from the future": (BODY, signature_header([NEW], NOW + 301, BODY), NEW),
    "another timestamp": (BODY, GOOD.replace(f"t={NOW}", f"t={NOW - 1}"), NEW),
    "no timestamp": (BODY, GOOD.partition(",")[2], NEW),
    "no signature": (BODY, GOOD.partition(",")[0], NEW),
    "another scheme": (BODY, GOOD.replace("v1=", "v0="), NEW),
    "cut short": (BODY, GOOD[:-1], NEW),
    "empty": (BODY, "", NEW),
    "nonsense": (BODY, "v1,t,=,=,", NEW),
}
GOOD_ONES = {
    "the current one": (BODY, GOOD, NEW),
    "the old one of two": (BODY, signature_header([NEW, OLD], NOW, BODY), OLD),
    "the new one of two": (BODY, signature_header([NEW, OLD], NOW, BODY), NEW),
    "five minutes old": (BODY, signature_header([NEW], NOW - 300, BODY), NEW),
    "no body": (b"", signature_header([NEW], NOW, b""), NEW),
}


@pytest.fixture
def it_is_now(monkeypatch):
    """On the clock that the documented code reads."""
    monkeypatch.setattr("time.time", lambda: float(NOW))


def test_the_header_has_the_timestamp_and_one_signature_for_each_secret():
    header = signature_header([NEW, OLD], 1_781_524_800, b"{}")
    timestamp, first, second = header.split(",")
    assert timestamp == "t=1781524800"
    assert first.startswith("v1=")
    assert second.startswith("v1=")
    assert first != second


def test_the_signature_is_the_one_that_anybody_computes():
    # printf '1781524800.{}' | openssl dgst -sha256 -hmac whsec_test
    assert signature_header(["whsec_test"], 1_781_524_800, b"{}") == (
        "t=1781524800,v1=2fbb9016b66c6fef28d05e782b5fa73e44dbb81ffc94e6b5b196dad89122effb"
    )


@pytest.mark.usefixtures("it_is_now")
@pytest.mark.parametrize("name", GOOD_ONES)
def test_the_documented_python_takes_a_good_signature(name):
    documented_verify()(*GOOD_ONES[name])


@pytest.mark.usefixtures("it_is_now")
@pytest.mark.parametrize("name", WRONG)
def test_the_documented_python_refuses_a_wrong_one(name):
    with pytest.raises(ValueError, match=r"signature|message"):
        documented_verify()(*WRONG[name])


def test_the_documented_javascript_says_the_same():
    node = shutil.which("node")
    if node is None:
        (pytest.fail if IN_CI else pytest.skip)("needs node, which is not installed here")
    cases = [*GOOD_ONES.values(), *WRONG.values()]
    told = [[body.decode(), header, secret] for body, header, secret in cases]
    program = snippet("javascript") + (
        f"Date.now = () => {NOW} * 1000;\n"
        f"const cases = {json.dumps(told)};\n"
        "const taken = cases.map(([body, header, secret]) => {\n"
        "  try { verify(Buffer.from(body), header, secret); return true; }\n"
        "  catch (error) { return false; }\n"
        "});\n"
        "console.log(JSON.stringify(taken));\n"
    )
    done = subprocess.run([node, "-e", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True] * len(GOOD_ONES) + [False] * len(WRONG)
