"""The dated versions of the API: which exist, and which one a request gets."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings

from aurous.http.versions import v2026_11_01
from aurous.http.versions.change import VersionChange
from aurous.kernel.errors import AurousError

__all__ = ["CHANGES", "OLDEST", "VersionChange", "downgrade", "resolve", "upgrade", "versions"]

# To delete it: forget the changes after it here and in CHANGES, delete their file, and set
# API_DEFAULT_VERSION. Nothing else in the code knows of it.
OLDEST = "2026-05-15"
_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


# Oldest first. A version exists only for a breaking change; additions reach every version.
CHANGES: tuple[VersionChange, ...] = (*v2026_11_01.CHANGES,)


def versions() -> tuple[str, ...]:
    """Every version that may be asked for, oldest first."""
    return (OLDEST, *sorted({change.date for change in CHANGES}))


def changes_after(version: str) -> Sequence[VersionChange]:
    """The changes that ``version`` does not have yet, oldest first."""
    return [change for change in CHANGES if change.date > version]


def upgrade(operation: str, version: str, body: dict[str, Any]) -> dict[str, Any]:
    """A body that was sent under ``version``, in the newest shape."""
    for change in changes_after(version):
        body = change.request(operation, body)
    return body


def downgrade(operation: str, version: str, body: Any) -> Any:
    """An answer in the newest shape, as ``version`` has it."""
    for change in reversed(changes_after(version)):
        body = change.response(operation, body)
    return body


def resolve(header: str | None, pin: str | None) -> str:
    """The version that applies: the header, else the team's pin, else the system default.

    Raises ``AurousError`` ``unknown_version`` for a header that is no date, or no version of
    ours. A pin that no longer exists falls back, because the caller cannot mend it.
    """
    known = versions()
    if header is None:
        return pin if pin in known else str(settings.API_DEFAULT_VERSION)
    if header not in known:
        raise _unknown(header, known)
    return header


def _unknown(header: str, known: Sequence[str]) -> AurousError:
    listed = ", ".join(known)
    if not _FORM.fullmatch(header) or not _is_date(header):
        wrong = "Aurous-Version must be a date of the form YYYY-MM-DD."
    else:
        wrong = f"There is no version {header}."
    return AurousError(
        "unknown_version", f"{wrong} Valid versions: {listed}.", param="Aurous-Version"
    )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
