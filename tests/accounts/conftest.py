"""The stage of the accounts tests."""

import pytest

from accounts import caller_cache
from tests.accounts.flush import let_flush_pass_triggers
from tests.cast import Cast, make_cast

let_flush_pass_triggers()


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


class FakeClock:
    """A monotonic clock that stands still until told."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> FakeClock:
    fake = FakeClock()
    monkeypatch.setattr("accounts.caller_cache.monotonic", fake)
    return fake


@pytest.fixture(autouse=True)
def nothing_remembered():
    caller_cache.forget_all()
    yield
    caller_cache.forget_all()
