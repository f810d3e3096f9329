"""What the page of versions tells about each version, for the team that looks at it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from aurous.http.versions import registry
from aurous.http.versions.change import VersionChange
from aurous.http.versions.deprecations import VERSIONS, Deprecation

# The one operation that usage counts; estimates and lists cost nothing and are not counted.
COUNTED = "POST /v1/embeddings"
Totals = Mapping[str, tuple[int, int]]  # requests in 7 and 30 days, by version


@dataclass(frozen=True, slots=True)
class Told:
    """One change, with how many of the team's requests of 30 days came before it."""

    change: VersionChange
    sent: str
    concerned: int | None  # None: only operations that are not counted


@dataclass(frozen=True, slots=True)
class Version:
    """One version as the page lists it. ``changes``: what it brought."""

    date: str
    is_pin: bool
    is_newer: bool
    short: int
    long: int
    deprecation: Deprecation | None
    changes: list[Told]


def versions_of(pin: str, totals: Totals) -> list[Version]:
    """All of them, the newest first, and those that are gone but were asked for."""
    dates = sorted({*registry.versions(), *totals}, reverse=True)
    return [
        Version(
            date,
            date == pin,
            date > pin,
            *totals.get(date, (0, 0)),
            VERSIONS.get(date),
            [told(change, totals) for change in registry.CHANGES if change.date == date],
        )
        for date in dates
    ]


def told(change: VersionChange, totals: Totals) -> Told:
    """A change in words, and whom it concerns."""
    before = sum(long for version, (_, long) in totals.items() if version < change.date)
    sent = json.dumps(dict(change.example.sent), ensure_ascii=False)
    return Told(change, sent, before if COUNTED in change.operations else None)


def between(one: str, other: str) -> list[VersionChange]:
    """The changes that lie between two versions, whichever is older."""
    older, newer = sorted((one, other))
    return [change for change in registry.CHANGES if older < change.date <= newer]


def trial(version: str, slug: str) -> str:
    """A request that asks for a version by header, to be pasted into a terminal."""
    example = next(change.example for change in registry.CHANGES if change.date == version)
    body = json.dumps({"model": slug, **example.sent}, ensure_ascii=False)
    return (
        f"curl {settings.AUROUS_PUBLIC_URL}/v1/embeddings \\\n"
        '  -H "Authorization: Bearer $AUROUS_API_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f'  -H "Aurous-Version: {version}" \\\n'
        f"  -d '{body}'"
    )
