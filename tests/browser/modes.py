"""The ways in which every core task is done: window, colours, scripts, hands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.hands import Hands, Keyboard, Pointer
from tests.browser.visits import Visit


@dataclass(frozen=True)
class Mode:
    """One way."""

    name: str
    width: int
    scheme: str
    scripts: bool
    hands: type[Pointer] | type[Keyboard]


MODES = (
    Mode("wide-light", 1440, "light", True, Pointer),
    Mode("phone-dark", 390, "dark", True, Pointer),
    Mode("keyboard-dark", 1440, "dark", True, Keyboard),
    Mode("phone-light-without-scripts", 390, "light", False, Pointer),
)


@dataclass
class Session:
    """A window and the hands at it."""

    mode: Mode
    visit: Visit
    hands: Hands

    @property
    def page(self) -> Any:
        """Playwright's."""
        return self.visit.page

    def go(self, path: str) -> None:
        """Open a page that must be there."""
        assert self.visit.go(path) == 200

    def sees(self, text: str) -> None:
        """Wait for a text that a person can see."""
        self.page.get_by_text(text).locator("visible=true").first.wait_for()


@pytest.fixture(params=MODES, ids=lambda mode: mode.name)
def begin(request: Any, visit: Callable[..., Visit]) -> Iterator[Callable[..., Session]]:
    """``begin(user)``: that person's window, in each of the ways."""
    mode: Mode = request.param

    def made(user: Any = None) -> Session:
        window = visit(user, width=mode.width, scheme=mode.scheme, scripts=mode.scripts)
        return Session(mode, window, mode.hands(window.page))

    yield made
