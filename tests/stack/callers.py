"""Customers' programs: they send embeddings, many at once, and try again as ours should."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

import pytest

from tests.stack.machine import LIMIT_SECONDS, wait_until

T = TypeVar("T")
MODEL = "aurous-stub"
DIMENSIONS = 64
NO_ANSWER = 0  # the status where the connection was refused or broke
AGAIN_SECONDS = 0.1
# What a program may send again: no answer, the first one still runs, limits, and our faults.
_WORTH_ANOTHER_TRY = frozenset({NO_ANSWER, 409, 429, 500, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request came to."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case

    @property
    def code(self) -> str:
        """The error's code; empty for a 200 or no answer."""
        if self.status in {NO_ANSWER, 200}:
            return ""
        code: str = json.loads(self.body)["error"]["code"]
        return code

    @property
    def charged(self) -> Decimal:
        """The credits that a 200 says it cost."""
        body = json.loads(self.body, parse_float=Decimal, parse_int=Decimal)
        return Decimal(body["usage"]["credits_charged"])

    @property
    def replayed(self) -> bool:
        """Whether it repeats an earlier answer."""
        return self.headers.get("aurous-idempotent-replayed") == "true"


def embedding_body(text: str, model: str = MODEL) -> str:
    """The JSON of a request; short vectors where the model has them."""
    body: dict[str, Any] = {"model": model, "input": text}
    if model == MODEL:
        body["dimensions"] = DIMENSIONS
    return json.dumps(body)


@dataclass(frozen=True, slots=True)
class Caller:
    """One API key at one address."""

    port: int
    api_key: str

    def embed(self, text: str, *, key: str | None = None, model: str = MODEL) -> Answer:
        """Send one request over a connection of its own. Never raises."""
        try:
            connection = self.connect()
            self.send(connection, text, key=key, model=model)
            answer = self.receive(connection)
            connection.close()
        except (OSError, http.client.HTTPException):
            return Answer(NO_ANSWER)
        return answer

    def post(self, body: dict[str, Any], *, version: str | None = None) -> Answer:
        """Send any body over a connection of its own, under the team's version or another."""
        connection = self.connect()
        more = {"Aurous-Version": version} if version else {}
        self._post(connection, json.dumps(body), None, more)
        answer = self.receive(connection)
        connection.close()
        return answer

    def connect(self) -> http.client.HTTPConnection:
        """A connection that is kept."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_SECONDS)
        connection.connect()
        return connection

    def send(
        self,
        connection: http.client.HTTPConnection,
        text: str,
        *,
        key: str | None = None,
        model: str = MODEL,
    ) -> None:
        """Send one request over a connection, and do not wait for its answer."""
        self._post(connection, embedding_body(text, model), key)

    def _post(
        self,
        connection: http.client.HTTPConnection,
        body: str,
        key: str | None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        headers = {
            "Authorization": f"Bearer {self.api_key}",
            "Content-Type": "application/json",
            **({"Idempotency-Key": key} if key else {}),
            **more,
        }
        connection.request("POST", "/v1/embeddings", body, headers)

    def get_over(self, connection: http.client.HTTPConnection, path: str) -> Answer:
        """Read something over a connection that is kept open."""
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.api_key}"})
        return self.receive(connection)

    @staticmethod
    def receive(connection: http.client.HTTPConnection) -> Answer:
        """Wait for the answer to what was sent."""
        response = connection.getresponse()
        heads = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, response.read(), heads)

    def embed_until_answered(self, text: str, *, key: str) -> Answer:
        """Try again with the same key, as a program should, until there is a 200."""

        def once() -> Answer | None:
            answer = self.embed(text, key=key)
            if answer.status == 200:
                return answer
            assert answer.status in _WORTH_ANOTHER_TRY, (answer.status, answer.body)
            time.sleep(AGAIN_SECONDS)
            return None

        return wait_until(once, what=f"a 200 for {key}")


def in_background(work: Callable[[], T]) -> "Future[T]":
    """Run it in a thread of its own."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return result


def all_of(results: "Iterable[Future[T]]") -> list[T]:
    """Wait for every one."""
    return [result.result(2 * LIMIT_SECONDS) for result in results]


def crowd(count: int, work: Callable[[int], T]) -> "list[Future[T]]":
    """As many threads, each with its number."""
    return [in_background(lambda number=number: work(number)) for number in range(count)]


class Load:
    """Callers that send one keyed request after the other, each until it is answered."""

    def __init__(self, caller: Caller, callers: int) -> None:
        self._caller = caller
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] = {}
        self._threads = crowd(callers, self._call)

    def __len__(self) -> int:
        return len(self._answers)

    def _call(self, number: int) -> None:
        turn = 0
        while not self._stopping.is_set():
            key = f"load-{number}-{turn}"
            answer = self._caller.embed_until_answered(f"load {number}", key=key)
            with self._lock:
                assert key not in self._answers
                self._answers[key] = answer
            turn += 1

    def answer(self, key: str) -> Answer:
        """What came for a key."""
        return self._answers[key]

    def wait_for(self, more: int, *, limit_s: float = LIMIT_SECONDS) -> None:
        """Until so many more requests were answered."""
        wanted = len(self) + more
        wait_until(
            lambda: len(self) >= wanted or self._broken(),
            limit_s=limit_s,
            what=f"{more} more answers",
        )

    def _broken(self) -> bool:
        for thread in self._threads:
            if thread.done() and thread.exception():
                pytest.fail(f"a caller gave up: {thread.exception()}")
        return False

    def finish(self) -> list[Answer]:
        """Let each caller finish its last request; every answer, one for each key."""
        self._stopping.set()
        all_of(self._threads)
        return list(self._answers.values())
