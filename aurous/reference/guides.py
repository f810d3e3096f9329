"""The guides of the reference: pages of ``docs/`` that customers read, up to where operators do."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

WRITTEN_FOR = "http://127.0.0.1:8000"  # the address in docs/, which work on a fresh checkout


@dataclass(frozen=True, slots=True)
class Guide:
    """One page. ``until``: the heading from which on it is not for customers."""

    slug: str
    path: str
    until: str = ""

    @property
    def title(self) -> str:
        """What the rail calls it."""
        return self.slug.replace("-", " ").capitalize()

    @property
    def markdown(self) -> str:
        """The page with this installation's address in it. A missing ``until`` is an error."""
        text = _text(self.path)
        if self.until:
            text = text[: text.index(f"\n## {self.until}\n")]
        return here(text).rstrip() + "\n"


GUIDES = (
    Guide("authentication", "guides/authentication.md"),
    Guide("idempotency", "guides/idempotency.md"),
    Guide("rate-limits", "guides/rate-limits.md"),
    Guide("pagination", "guides/pagination.md"),
    Guide("pictures-and-videos", "media.md", until="How hostile files are kept out"),
    Guide("managing-keys", "keys.md", until="For who builds a route"),
    Guide("receiving-webhooks", "webhooks.md", until="For operators"),
    Guide("versions", "guides/versions.md"),
)


@dataclass(frozen=True, slots=True)
class Quickstart:
    """A first program, as it stands in ``docs/quickstarts``."""

    language: str
    fence: str
    slug: str
    file: str

    @property
    def text(self) -> str:
        """The program with this installation's address in it."""
        return here(_text(f"quickstarts/{self.file}")).rstrip()


QUICKSTARTS = (
    Quickstart("curl", "sh", "curl", "curl.sh"),
    Quickstart("Python", "python", "python", "python.py"),
    Quickstart("JavaScript", "javascript", "javascript", "javascript.mjs"),
    Quickstart("LangChain", "python", "langchain", "langchain_search.py"),
)


def here(text: str) -> str:
    """A text of ``docs/`` with the address of this installation."""
    return text.replace(WRITTEN_FOR, settings.AUROUS_PUBLIC_URL)


@lru_cache(maxsize=32)
def _text(path: str) -> str:
    return (settings.BASE_DIR / "docs" / path).read_text()
