"""The golden corpus: requests with the bytes that answered them, kept in files and compared.

``cases_*.py`` beside this file list the requests of an endpoint. ``answers/ENDPOINT/VERSION.txt``
holds what the stub model answered under that version, with ids, moments and this installation's
address replaced. To add an endpoint: write its cases, name them in ``ENDPOINTS`` of
``test_golden.py``, and run

    AUROUS_GOLDEN=write python -m pytest tests/golden

once; then read what it wrote before committing it.
"""

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.embeddings.api.stage import Answer, Customer

ANSWERS = Path(__file__).with_name("answers")
WRITE = os.environ.get("AUROUS_GOLDEN") == "write"
# What differs from run to run, and nothing else.
_CHANGING = (
    (re.compile(r"\b(req|emb|team|key|we|evt)_[0-9A-HJKMNP-TV-Z]{26}"), r"\1_…"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<moment>"),
    (re.compile(r"https?://127\.0\.0\.1:\d+"), "<address>"),
)
# Those that are the same on every answer, or that no two runs have alike, say nothing here.
_HEADERS = (
    "Aurous-Version",
    "Aurous-Idempotent-Replayed",
    "Retry-After",
    "Deprecation",
    "Sunset",
    "Link",
)


@dataclass(frozen=True)
class Case:
    """One request. ``path`` is under ``/v1/``; ``before`` brings about what it is about."""

    name: str
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[Customer, str], object] = lambda _team, _version: None

    def answer(self, team: Customer, version: str) -> Answer:
        """Ask under a version."""
        self.before(team, version)
        return team.call(self.method, self.path, self.body, Aurous_Version=version, **self.headers)


def written(case: Case, answer: Answer) -> str:
    """A request and its answer as text; the body of the answer is as it came, on one line."""
    sent = case.body
    if isinstance(sent, bytes):
        shown = repr(sent)
    else:
        shown = "" if sent is None else json.dumps(sent, ensure_ascii=False)
    lines = [f"### {case.name}", f"{case.method} /v1/{case.path}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in case.headers.items()]
    lines += ["", _shortened(shown), "", f"--- {answer.status}"]
    lines += [f"{name}: {answer.headers[name]}" for name in _HEADERS if name in answer.headers]
    lines += ["", _steady(answer.content.decode()), ""]
    return "\n".join(lines)


def compare(path: Path, cases: Sequence[Case], answers: Sequence[Answer]) -> None:
    """Fail where a file does not hold these answers, byte for byte; or write it, where told to."""
    pairs = zip(cases, answers, strict=True)
    found = "\n".join(written(case, answer) for case, answer in pairs)
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found)
    assert found == path.read_text()


def _steady(text: str) -> str:
    for pattern, instead in _CHANGING:
        text = pattern.sub(instead, text)
    return text


def _shortened(text: str) -> str:
    """Long inputs are told by their ends: what is sent is in the cases."""
    return text if len(text) <= 400 else f"{text[:200]} … {len(text):,} characters … {text[-100:]}"
