"""Icons: Lucide's drawings, put into the page itself, so that they take its colour."""

import re
from functools import lru_cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).parent / "icons"


@lru_cache
def svg(name: str, size: int = 18) -> SafeString:
    """The drawing by its name, ``size`` CSS pixels wide, silent for screen readers.

    Raises ``FileNotFoundError`` for a name that is not in ``icons/``.
    """
    text = (FOLDER / f"{name}.svg").read_text()
    inner = re.sub(
        r"\s*\n\s*", "", text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    )
    return mark_safe(  # noqa: S308 - a file of ours
        f'<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" '
        f'stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" '
        f'aria-hidden="true">{inner}</svg>'
    )
