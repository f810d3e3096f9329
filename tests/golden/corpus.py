"""The golden corpus: requests with the bytes that answered them, kept in files and compared.

``cases_*.py`` beside this file list the requests of each endpoint, which is a method of a route.
``answers/ENDPOINT/VERSION.txt`` holds what was answered under that version. To add an endpoint:
write its cases, name them in the ``ENDPOINTS`` of their file, and run

    AUROUS_GOLDEN=write python -m pytest tests/golden

once; then read what it wrote before committing it.

Nearly everything is the same in every run because the scene makes it so (``scene.py``). What is
left, and what must not stand in a file, is replaced here and nowhere else (``_CHANGING``).
"""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.test import override_settings

from tests.embeddings.api.stage import Answer
from tests.golden.scene import Scene

ANSWERS = Path(__file__).with_name("answers")
WRITE = os.environ.get("AUROUS_GOLDEN") == "write"
_ULID = "[0-9A-HJKMNP-TV-Z]"
# What differs from run to run, and nothing else.
_CHANGING = (
    # Ids of now: embeddings are made by threads, in real time. Those of a scene end in a count.
    (re.compile(rf"\breq_(?!{_ULID}{{10}}0{{10}}){_ULID}{{26}}"), "req_…"),
    (re.compile(r"https?://127\.0\.0\.1:\d+"), "<address>"),
    # A whole key must not be committed, though none of these opens anything: its checksum goes.
    (re.compile(r"(al_live_[0-9a-f]{56})[0-9a-f]{8}"), r"\1…"),
    # Another version, or one less, is no change of the answers of this one.
    (re.compile(r"(\w+ versions: )\d{4}-\d\d-\d\d(, \d{4}-\d\d-\d\d)*"), r"\1<all>"),
)
# Those that are the same on every answer, or that no two runs have alike, say nothing here.
_HEADERS = (
    "Aurous-Version",
    "Aurous-Idempotent-Replayed",
    "Allow",
    "Content-Disposition",
    "Content-Type",
    "Retry-After",
    "WWW-Authenticate",
    "X-RateLimit-Limit",
    "X-RateLimit-TPM-Limit",
    "Deprecation",
    "Sunset",
    "Link",
)
_ALWAYS = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Case:
    """One request. ``path`` is under ``/v1/``; ``{name}`` in it, and as a whole text of the body,
    is a name of the scene. ``key`` names who asks; ``before`` brings about what it is about.
    """

    name: str
    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    key: str = "full"
    before: Callable[[Scene], object] = lambda _scene: None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def under(self, scene: Scene) -> "Case":
        """The same with the names of the scene filled in."""
        headers = {
            "Aurous_Version": scene.version,
            **{name: value and scene.filled(value) for name, value in self.headers.items()},
        }
        path = self.path.format_map(scene.names)
        return replace(self, path=path, body=scene.filled(self.body), headers=headers)

    def answer(self, scene: Scene) -> tuple["Case", Answer]:
        """Ask; returns what was asked with what came back."""
        scene.later()
        self.before(scene)
        sent = self.under(scene)
        with override_settings(**self.settings):
            caller = scene.callers[self.key]
            answer = caller.call(sent.method, sent.path, sent.body, **sent.headers)
        scene.remember(answer)
        return sent, answer


def again(case: Case, name: str, **changes: Any) -> Case:
    """A request after another one, which changes apart: a replay under an idempotency key, say."""
    return replace(case, name=name, **changes, before=case.answer)


def written(case: Case, answer: Answer) -> str:
    """A request and its answer as text; the body of the answer is as it came, on one line."""
    sent = case.body
    if isinstance(sent, bytes):
        shown = repr(sent)
    else:
        shown = "" if sent is None else json.dumps(sent, ensure_ascii=False)
    lines = [f"### {case.name}", f"{case.method} /v1/{case.path}"]
    lines += [f"key: {case.key}"] if case.key != "full" else []
    lines += [
        f"{name.replace('_', '-')}: {value}"
        for name, value in case.headers.items()
        if name != "Aurous_Version" or value != answer.headers["Aurous-Version"]
    ]
    lines += ["", _shortened(shown), "", f"--- {answer.status}"]
    lines += [
        f"{name}: {answer.headers[name]}"
        for name in _HEADERS
        if name in answer.headers and answer.headers[name] != _ALWAYS.get(name)
    ]
    lines += ["", answer.content.decode().replace("\r", "␍"), ""]
    return steady("\n".join(lines))


def compare(
    path: Path,
    pairs: Sequence[tuple[Case, Answer]],
    show: Callable[[Case, Answer], str] = written,
) -> None:
    """Fail where a file does not hold these answers, byte for byte; or write it, where told to."""
    found = "\n".join(show(case, answer) for case, answer in pairs)
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found)
    assert found == path.read_text()


def steady(text: str) -> str:
    """Without what changes from run to run."""
    for pattern, instead in _CHANGING:
        text = pattern.sub(instead, text)
    return text


def _shortened(text: str) -> str:
    """Long inputs are told by their ends: what is sent is in the cases."""
    return text if len(text) <= 400 else f"{text[:200]} … {len(text):,} characters … {text[-100:]}"
