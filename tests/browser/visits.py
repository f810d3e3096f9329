"""Visits of people: who, in which window, with or without scripts."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from accounts.models import User
from tests.architecture.source import ROOT
from tests.conftest import IN_CI

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AXE = ROOT / "tests/sdk/js/node_modules/axe-core/axe.min.js"
PATIENCE_MS = 10_000


@dataclass
class Visit:
    """A window with what was said in its console and what it asked for."""

    host: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    also: tuple[str, ...] = ()  # other places where a test means to go

    def go(self, path: str) -> int:
        """Open a page of ours; its status."""
        answer = self.page.goto(self.host + path)
        assert answer is not None
        return answer.status

    def watch(self, page: Page) -> None:
        """Note what goes wrong on a page."""
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda said: said.type == "error" and self._note(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._where)

    def _note(self, text: str) -> None:
        # A refusal that a test brings about is no fault of the page.
        if "status of 4" not in text:
            self.complaints.append(text)

    def _where(self, request: Any) -> None:
        if not request.url.startswith((self.host, "data:", "blob:", *self.also)):
            self.elsewhere.append(request.url)

    def faults(self) -> list[str]:
        """What axe-core finds serious or critical in the page as it is now."""
        if not AXE.exists():
            (pytest.fail if IN_CI else pytest.skip)("needs axe-core: make sdk-clients")
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    @property
    def too_wide(self) -> bool:
        """Whether the page has to be pushed sideways."""
        wider: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wider


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this folder."""
    program = shutil.which("chromium")
    if program is None:
        (pytest.fail if IN_CI else pytest.skip)("needs chromium, which is not here")
    # Playwright leaves its event loop running in this thread, beside which Django would not work.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield made
        made.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(browser: Browser, host: str, transactional_db: None) -> Iterator[Callable[..., Visit]]:
    """``visit(user, width=390, scheme="dark", scripts=False)``: a window of somebody's."""
    with ExitStack() as until:
        made: list[Visit] = []

        def begin(
            user: User | None = None,
            *,
            width: int = 1440,
            scheme: str = "light",
            scripts: bool = True,
        ) -> Visit:
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,  # type: ignore[arg-type]
                java_script_enabled=scripts,
                reduced_motion="reduce",
                permissions=["clipboard-read", "clipboard-write"],
            )
            until.callback(context.close)
            if user is not None:
                context.add_cookies([session_of(user, host)])
            found = Visit(host, context, context.new_page())
            found.watch(found.page)
            made.append(found)
            return found

        yield begin
    assert [text for one in made for text in one.complaints] == []
    assert [url for one in made for url in one.elsewhere] == []


def session_of(user: User, host: str) -> Any:
    """The cookie of somebody who is logged in."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": host}
