"""What a receiver of webhooks must do: the program of ``docs/webhooks.md``, which is tested."""

from functools import lru_cache

from django.conf import settings

_FENCE = "```python\n"


@lru_cache(maxsize=1)
def verify_python() -> str:
    """The function that checks a signature, in Python."""
    text = (settings.BASE_DIR / "docs" / "webhooks.md").read_text()
    begin = text.index(_FENCE) + len(_FENCE)
    return text[begin : text.index("```", begin)].rstrip()
