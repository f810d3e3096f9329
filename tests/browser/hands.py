"""How a person acts on a page: by pointer, or by keyboard alone. Things have names."""

import re
from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Locator, Page

TABS_MAX = 200


class Hands(Protocol):
    """What every task needs."""

    page: Page

    def fill(self, label: str, text: str) -> None:
        """Write into the field with this label."""

    def choose(self, label: str, option: str) -> None:
        """Choose from the list with this label."""

    def tick(self, label: str) -> None:
        """Tick a box, or choose a radio button."""

    def press(self, name: str) -> None:
        """Press a button."""

    def follow(self, name: str) -> None:
        """Follow a link."""

    def open(self, name: str) -> None:
        """Open what is folded under these words."""


def _exactly(name: str) -> "re.Pattern[str]":
    return re.compile(rf"^\s*{re.escape(name)}\b", re.IGNORECASE)


class _Finder:
    """Where things are: in the open dialog, else in the main part, else anywhere."""

    page: Page

    def _scope(self) -> "Locator | Page":
        dialog = self.page.locator("dialog[open]")
        return dialog.first if dialog.count() else self.page

    def _field(self, label: str) -> Locator:
        return self._scope().get_by_label(_exactly(label)).first

    def _button(self, name: str) -> Locator:
        return self._scope().get_by_role("button", name=_exactly(name)).first

    def _link(self, name: str) -> Locator:
        inside = self.page.locator("main").get_by_role("link", name=_exactly(name))
        return (
            inside if inside.count() else self.page.get_by_role("link", name=_exactly(name))
        ).first

    def _summary(self, name: str) -> Locator:
        return self._scope().locator("summary").filter(has_text=name).first


@dataclass
class Pointer(_Finder):
    """Clicks and types."""

    page: Page

    def fill(self, label: str, text: str) -> None:
        self._field(label).fill(text)

    def choose(self, label: str, option: str) -> None:
        self._field(label).select_option(label=option)

    def tick(self, label: str) -> None:
        self._field(label).check()

    def press(self, name: str) -> None:
        self._button(name).click()

    def follow(self, name: str) -> None:
        self._link(name).click()

    def open(self, name: str) -> None:
        self._summary(name).click()


@dataclass
class Keyboard(_Finder):
    """Tab, Enter, Space and letters. What cannot be reached, or shows no focus, fails."""

    page: Page

    def _reach(self, wanted: Locator) -> None:
        wanted.wait_for(state="attached")
        handle = wanted.element_handle()
        is_here = "wanted => wanted === document.activeElement"
        for _ in range(TABS_MAX):
            if self.page.evaluate(is_here, handle):
                assert self.page.evaluate("wanted => wanted.matches(':focus-visible')", handle), (
                    f"the focus cannot be seen on {wanted}"
                )
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {wanted}")

    def fill(self, label: str, text: str) -> None:
        self._reach(self._field(label))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, label: str, option: str) -> None:
        self._reach(self._field(label))
        self.page.keyboard.type(option)

    def tick(self, label: str) -> None:
        field = self._field(label)
        if field.get_attribute("type") == "radio":
            self._choose_radio(field)
            return
        self._reach(field)
        if not field.is_checked():
            self.page.keyboard.press("Space")

    def _choose_radio(self, field: Locator) -> None:
        """Tab comes to the chosen button of a group; arrows go on from there."""
        group = self._scope().locator(f"input[type=radio][name='{field.get_attribute('name')}']")
        chosen = group.and_(self.page.locator(":checked"))
        self._reach(chosen.first if chosen.count() else group.first)
        for _ in range(group.count()):
            if field.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        assert field.is_checked()

    def press(self, name: str) -> None:
        self._reach(self._button(name))
        self.page.keyboard.press("Enter")

    def follow(self, name: str) -> None:
        self._reach(self._link(name))
        self.page.keyboard.press("Enter")

    def open(self, name: str) -> None:
        self._reach(self._summary(name))
        self.page.keyboard.press("Enter")
