"""The customer's side: an endpoint that answers as it is told, and the documented code."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from billing.webhooks.claims import Claimed
from billing.webhooks.sending import Answer
from tests.architecture.source import ROOT

URL = "https://hooks.acme.example/aurous"
PAGE = (ROOT / "docs/webhooks.md").read_text()


def snippet(language: str) -> str:
    """The code in this language that the page tells customers to use."""
    (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(code)


def documented_verify() -> Callable[..., None]:
    """``verify`` of the page, as a customer's program would have it."""
    names: dict[str, Any] = {}
    exec(snippet("python"), names)
    verify: Callable[..., None] = names["verify"]
    return verify


@dataclass
class Ear:
    """Takes every attempt and remembers it. ``status`` None: it cannot be reached."""

    status: int | None = 200
    heard: list[Claimed] = field(default_factory=list)

    def __call__(self, claimed: Claimed) -> Answer:
        self.heard.append(claimed)
        error = "The server cannot be reached." if self.status is None else ""
        return Answer(self.status, "thanks", error, 7)
