"""What a customer or a log may see of a failure: no query, no address, no text of a library."""

import logging
import pickle
import re
import traceback

import pytest
from structlog.testing import capture_logs

from aurous.kernel.outbound.client import fetch
from aurous.kernel.outbound.errors import (
    BodyTooLarge,
    FetchFailed,
    OutboundFault,
    UrlMalformed,
    UrlRefused,
)
from aurous.kernel.outbound.limits import Limits
from tests.kernel.outbound.servers import ok, redirect
from tests.kernel.outbound.world import PUBLIC

SECRET = "hunter2"
URL = f"https://files.example.com/{SECRET}.png?signature={SECRET}"
LIMITS = Limits(bytes_max=10, deadline_s=20, connect_s=0.2)
LEAKS = re.compile(
    rf"{SECRET}|\d+\.\d+\.\d+\.\d+|::|ssl|openssl|_ssl\.c|errno|h11|example|/|bytearray", re.I
)

FAILURES = {
    "status": {"script": ok(b"", status=f"500 {SECRET}")},
    "garbage": {"script": f"{SECRET}\r\n\r\n".encode()},
    "too large": {"script": ok(b"x" * 11)},
    "compressed": {"script": ok(b"x", f"Content-Encoding: {SECRET}")},
    "redirect inside": {"script": redirect(f"https://127.0.0.1/{SECRET}")},
    "redirect to no URL": {"script": redirect(f"https://[{SECRET}/?{SECRET}")},
    "redirect loop": {"script": redirect(f"/{SECRET}")},
    "reset": {"script": lambda visit: visit.reset()},
    "no TLS": {"script": ok(b""), "tls": False},
    "stranger": {"script": ok(b""), "certificate": "stranger"},
    "silent TLS": {"script": lambda visit: visit.be_silent(), "tls": False},
}


def failure(world):
    with pytest.raises(OutboundFault) as caught:
        fetch(URL, LIMITS, network=world.network)
    return caught.value


@pytest.mark.parametrize("how", FAILURES.values(), ids=FAILURES)
def test_a_failure_tells_and_logs_nothing_secret(world, serve, how, caplog):
    caplog.set_level(logging.DEBUG)
    serve(**how)
    with capture_logs() as logs:
        error = failure(world)
    assert logs == []
    assert caplog.records == []
    told = str(error).replace("HTTP/1.1", "HTTP").replace("TLS 1.2", "TLS")
    assert not LEAKS.search(told), told
    assert re.fullmatch(r"[A-Z].*\.", told)
    # A log shows the whole chain of causes, but no values of variables.
    shown = "".join(traceback.format_exception(error))
    assert SECRET not in shown
    assert "SSLError" not in shown


def test_an_inside_address_of_a_name_is_not_told(world):
    world.names["files.example.com"] = [PUBLIC, "10.20.30.40"]
    assert not LEAKS.search(str(failure(world)))


def test_an_unknown_name_is_not_told(world):
    world.names["files.example.com"] = []
    assert not LEAKS.search(str(failure(world)))


@pytest.mark.parametrize(
    "error",
    [UrlMalformed("a"), UrlRefused("b"), FetchFailed("c"), BodyTooLarge(20_971_520)],
    ids=lambda error: type(error).__name__,
)
def test_a_fault_survives_the_way_to_another_process(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
