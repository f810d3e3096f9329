"""What the reference says about areas, operations, fields and errors: ``docs/reference/*.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

ANY = "any"  # fields of every component that have no words of their own


@dataclass(frozen=True, slots=True)
class Area:
    """One tag of the document and one page of the reference."""

    name: str
    slug: str
    place: int
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """One request as a customer would send it.

    ``variables``: values of path variables, or the label of the operation (``POST /v1/keys``)
    whose answer has the value as its ``id``. ``since``: the first version that takes it.
    """

    label: str
    title: str
    body: Any
    query: Mapping[str, str]
    variables: Mapping[str, str]
    since: str
    key: str

    def in_version(self, version: str) -> bool:
        """Whether the version takes it."""
        return version >= self.since


@dataclass(frozen=True, slots=True)
class Words:
    """All words. ``operations`` and ``examples`` are by label, ``fields`` by component and path."""

    areas: list[Area]
    operations: Mapping[str, str]
    examples: Mapping[str, list[Example]]
    fields: Mapping[str, Mapping[str, str]]
    errors: Mapping[str, Mapping[str, str]]

    def field(self, component: str, path: str) -> str | None:
        """What a field means: its component's words, those of the component that this one is the
        same as (``same_as``), or those of every field of this name.
        """
        own = self.fields.get(component, {})
        if path in own:
            return own[path]
        if "same_as" in own:
            return self.field(own["same_as"], path)
        return self.fields[ANY].get(path.rpartition(".")[2].removesuffix("[]"))


@lru_cache(maxsize=1)
def words() -> Words:
    """Everything in ``docs/reference``; raises ``KeyError`` where a file lacks a part."""
    areas: list[Area] = []
    fields: dict[str, dict[str, str]] = {}
    operations: dict[str, str] = {}
    examples: dict[str, list[Example]] = {}
    errors: dict[str, Mapping[str, str]] = {}
    for path in sorted((settings.BASE_DIR / "docs" / "reference").glob("*.toml")):
        read = tomllib.loads(path.read_text())
        if "area" in read:
            area = read["area"]
            areas.append(Area(area["name"], path.stem, area["place"], area["text"].strip()))
        for label, told in read.get("operations", {}).items():
            operations[label] = told.get("text", "").strip()
            examples[label] = [
                _example(label, told, one, number)
                for number, one in enumerate(told.get("examples", [{}]))
            ]
        for component, told in read.get("fields", {}).items():
            fields.setdefault(component, {}).update(told)
        errors.update(read.get("errors", {}))
    areas.sort(key=lambda area: area.place)
    return Words(areas, operations, examples, fields, errors)


def _example(label: str, told: Mapping[str, Any], one: Mapping[str, Any], number: int) -> Example:
    return Example(
        label=label,
        title=one.get("title", "Request"),
        body=one.get("body"),
        query=one.get("query", {}),
        variables=told.get("variables", {}),
        since=one.get("since", ""),
        key=f"{label} {number}",
    )
