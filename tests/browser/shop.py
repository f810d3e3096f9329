"""A local Stripe on a port of its own, to which the pages lead; its banks do what a test wants."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from billing.gateway.local.server import serve
from billing.gateway.local.service import LocalStripe
from tests.browser.modes import MODES, Session
from tests.browser.visits import Visit


@dataclass(frozen=True)
class Shop:
    """Where one pays."""

    stripe: LocalStripe
    url: str

    def control(self, name: str, **body: Any) -> Any:
        """Let a bank act."""
        status, answer = self.stripe.answer("POST", f"/control/{name}", json.dumps(body))
        assert status == 200, answer
        return answer

    def opened_by(self, at: Session) -> Session:
        """This window may go there."""
        at.visit.also = (self.url,)
        return at


@pytest.fixture
def shop(settings: Any) -> Iterator[Shop]:
    """As `make run` sets it up, without its messages: pages ask for themselves."""
    stripe = LocalStripe()
    server = serve(stripe, "127.0.0.1", 0)
    settings.STRIPE_SECRET_KEY = "sk_test_browser"
    settings.STRIPE_API_BASE = server.url
    settings.PLAY_MONEY = True
    policy = settings.CONTENT_SECURITY_POLICY
    directives = policy["DIRECTIVES"] | {"form-action": ["'self'", server.url]}
    settings.CONTENT_SECURITY_POLICY = policy | {"DIRECTIVES": directives}
    yield Shop(stripe, server.url)
    server.stop()


@pytest.fixture
def wide(visit: Callable[..., Visit], shop: Shop) -> Callable[..., Session]:
    """``wide(user)``: a window with a pointer, for what need not be done in each of the ways."""

    def begin(user: Any) -> Session:
        window = visit(user)
        return shop.opened_by(Session(MODES[0], window, MODES[0].hands(window.page)))

    return begin
