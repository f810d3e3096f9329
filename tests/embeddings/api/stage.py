"""A running installation for tests that embed: real pumps, real threads, real commits.

The pumps have connections of their own, so a test's own transaction would hide its rows from
them. Emptying the database after each test instead would cost more than the tests; here a module
shares one installation, as customers do, and each test makes a team of its own. When the module
ends the books must be in order, and the database is emptied.
"""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.client import ClientHandler

from accounts import caller_cache
from accounts.api_keys import create as create_key
from aurous.kernel.money import parse_credits
from billing import invariants, prices
from billing.teams import grant_credit, open_team
from embeddings import catalog, runtime
from tests.cast import NOBODY

STUB = "aurous-stub"
TEXT = "aurous-embed-text"
VERSION = settings.API_DEFAULT_VERSION
PRICE_NANO = 18_750  # of a text token
TEN_TOKENS = "one two three four five six seven eight nine ten"
CAT = "The cat sat on the mat."  # 7 tokens
_HANDLER = ClientHandler()  # one for all: to load the middleware takes longer than most requests
PATIENCE_SECONDS = 20.0  # for conditions that come true at once unless something is broken


@dataclass(frozen=True)
class Answer:
    """What came back, read the way a customer's program reads it."""

    status: int
    headers: Any
    content: bytes

    @property
    def json(self) -> Any:
        """The body; every number with a point is exact."""
        return json.loads(self.content, parse_float=Decimal)

    @property
    def error(self) -> dict[str, Any]:
        """The error in the envelope, which must be whole."""
        body = self.json
        assert set(body) == {"error"}, body
        error: dict[str, Any] = body["error"]
        assert set(error) == {"type", "code", "message", "param", "doc_url", "request_id"}
        assert error["doc_url"].endswith(f"/errors#{error['code']}")
        assert error["request_id"] == self.headers["Aurous-Request-Id"]
        return error

    @property
    def code(self) -> str | None:
        """The error's code; None on success."""
        return None if self.status < 400 else str(self.error["code"])

    @property
    def replayed(self) -> bool:
        """Whether it says that it is a replay."""
        return self.headers.get("Aurous-Idempotent-Replayed") == "true"


@dataclass(frozen=True)
class Api:
    """A customer's program with its key."""

    key: str | None
    key_id: str = ""

    def call(self, method: str, path: str, body: Any = None, **headers: str | None) -> Answer:
        """One request; ``Idempotency_Key="k"`` is a header, and None leaves one out."""
        given = {name.upper(): value for name, value in headers.items() if value is not None}
        environ = {n if n == "CONTENT_TYPE" else f"HTTP_{n}": v for n, v in given.items()}
        if self.key is not None:
            environ.setdefault("HTTP_AUTHORIZATION", f"Bearer {self.key}")
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        raw = b"" if body is None else raw
        if body is not None:
            environ.setdefault("CONTENT_TYPE", "application/json")
        client = Client()
        client.handler = _HANDLER
        response = client.generic(method, f"/v1/{path}", raw, content_type="", **environ)
        content = response.getvalue()  # of a download, too
        return Answer(response.status_code, response.headers, content)

    def get(self, path: str, **headers: str | None) -> Answer:
        """Read something."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str | None) -> Answer:
        """Send a body: an object, or bytes as they are."""
        return self.call("POST", path, body, **headers)

    def embed(self, content: Any = CAT, *, model: str = STUB, **more: Any) -> Answer:
        """``POST /v1/embeddings``; names with a capital are headers."""
        headers = {name: value for name, value in more.items() if name[0].isupper()}
        fields = {name: value for name, value in more.items() if name not in headers}
        return self.post("embeddings", {"model": model, "input": content, **fields}, **headers)

    def estimate(self, content: Any = CAT, *, model: str = STUB, **fields: Any) -> Answer:
        """``POST /v1/embeddings/estimate``."""
        return self.post("embeddings/estimate", {"model": model, "input": content, **fields})


@dataclass(frozen=True)
class Customer(Api):
    """A team with its first key."""

    team: Any = field(default=None)

    @property
    def balance(self) -> dict[str, Any]:
        """``GET /v1/balance``."""
        found: dict[str, Any] = self.get("balance").json
        return found

    @property
    def credits(self) -> Decimal:
        """What it has, right now."""
        return Decimal(self.balance["credits"])

    def events(self) -> list[dict[str, Any]]:
        """``GET /v1/usage/events``, newest first."""
        rows: list[dict[str, Any]] = self.get("usage/events?limit=500").json["data"]
        return rows

    def lines(self) -> list[dict[str, Any]]:
        """``GET /v1/ledger/entries``, newest first."""
        rows: list[dict[str, Any]] = self.get("ledger/entries?limit=500").json["data"]
        return rows

    def key_with(self, scope: str = "write", **options: Any) -> Api:
        """Another key of the same team."""
        made = create_key(self.team.id, name="another", scope=scope, actor=NOBODY, **options)
        return Api(made.text, made.api_key.id)

    def grant(self, amount: str, **more: Any) -> None:
        """More credit."""
        reference = f"test:{self.team.id}:{len(self.lines())}"
        grant_credit(self.team, parse_credits(amount), reason="More", reference=reference, **more)


def customer(amount: str = "1", name: str = "Acme") -> Customer:
    """A new team with credit and a key of scope ``full``."""
    team, key = open_team(name, owner_email=None, credits_nano=parse_credits(amount), actor=NOBODY)
    return Customer(key.text, key.api_key.id, team)


def complaints() -> dict[str, list[str]]:
    """The money invariants that do not hold, with what they say."""
    return {f.id: f.differences for f in invariants.prove() if f.differences}


def credits_of(tokens: int) -> Decimal:
    """The price of so many text tokens."""
    return Decimal(tokens * PRICE_NANO) / 10**9


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; fails when it does not come true."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("the condition did not come true")


def together(count: int, call: Callable[[int], Answer]) -> list[Answer]:
    """The same call from as many threads, all at once."""
    barrier = threading.Barrier(count)

    def one(index: int) -> Answer:
        barrier.wait(PATIENCE_SECONDS)
        return _and_hang_up(lambda: call(index))

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def meanwhile(call: Callable[[], Any]) -> "Future[Any]":
    """A call in a thread of its own, with a database connection of its own."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(_and_hang_up, call)
    pool.shutdown(wait=False)
    return future


def _and_hang_up(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        connection.close()


def forget_everything() -> None:
    """What processes remember of the database."""
    catalog.forget()
    prices.forget()
    caller_cache.forget_all()


def stop_everything() -> None:
    """End the pumps, whose threads give their connections back, and close the pool."""
    runtime.stop()
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()
    forget_everything()


@pytest.fixture(scope="module")
def platform(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The installation of a module, from its first test that embeds to its last."""
    with django_db_blocker.unblock():
        name = str(connection.settings_dict["NAME"])
        assert "test" in name.rpartition("/")[2], f"{name} would be emptied"
        forget_everything()
        yield
        found = complaints()
        stop_everything()
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
        connection.close()
    assert found == {}


@pytest.fixture
def transactional_db(platform: None) -> None:
    """pytest-django's by its name, which tells it to make a database and when to run the test;
    without its emptying after each test.
    """


@pytest.fixture
def acme(transactional_db: None) -> Customer:
    """A team with 1 credit: 53,333 tokens."""
    return customer()


@pytest.fixture
def asker(db: None) -> Customer:
    """A team inside the test's own transaction, for what is answered before any hold."""
    return customer()
