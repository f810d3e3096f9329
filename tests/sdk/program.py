"""A program that uses another package's client, in a process of its own, asked by the tests."""

import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.architecture.source import ROOT
from tests.conftest import IN_CI

PROGRAMS = Path(__file__).parent / "programs"
NODE_MODULES = Path(__file__).parent / "js/node_modules"
SDK_PYTHON = ROOT / ".venv-sdk/bin/python"
ANSWER_SECONDS_MAX = 180  # the first answer waits for large packages to be compiled and imported
# LiteLLM fetches a table of prices when it is imported, LangChain reports to a service if told to.
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LANGSMITH_TRACING": "false"}


@dataclass(frozen=True)
class Said:
    """What a program said about one call."""

    content: dict[str, Any]

    @property
    def vectors(self) -> list[np.ndarray]:
        """Float64 vectors, as the package gave them; fails where there are none."""
        assert "error" not in self.content, self.content["error"]
        return [
            np.frombuffer(bytes.fromhex(one["float64"]), dtype="<f8")
            for one in self.content["vectors"]
        ]

    @property
    def texts(self) -> list[str]:
        """Vectors that the package handed on as text."""
        assert "error" not in self.content, self.content["error"]
        return [one["text"] for one in self.content["vectors"]]

    @property
    def error(self) -> dict[str, Any]:
        """The exception, with ``kind``, the name of its class; fails where there is none."""
        error: dict[str, Any] = self.content["error"]
        return error | {"kind": error["kinds"][0]}

    @property
    def waits_s(self) -> list[float]:
        """How long the package wanted to wait before it tried again."""
        waits: list[float] = self.content["waits_s"]
        return waits

    def __getitem__(self, name: str) -> Any:
        assert "error" not in self.content, self.content["error"]
        return self.content[name]


class Program:
    """One running program: a line of JSON for each call, a line for each answer."""

    def __init__(self, process: "subprocess.Popen[bytes]", complaints: Any) -> None:
        self._process = process
        self._complaints = complaints

    def ask(self, **call: Any) -> Said:
        """Have the program make one call."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(call).encode() + b"\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], ANSWER_SECONDS_MAX)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            self._complaints.seek(0)
            raise AssertionError(f"no answer: {self._complaints.read().decode()[-4_000:]}")
        return Said(json.loads(line))


@contextmanager
def running(*words: str) -> Iterator[Program]:
    """A program, until the tests that ask it are done."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=os.environ | OFFLINE,
        )
        try:
            yield Program(process, complaints)
        finally:
            process.terminate()  # packages take seconds to tidy up what nobody needs
            process.communicate(timeout=ANSWER_SECONDS_MAX)


class Programs:
    """Programs by name, each started when it is first asked for."""

    def __init__(self, until: ExitStack) -> None:
        self._until = until
        self._running: dict[str, Program] = {}

    def node(self, package: str) -> Program:
        """OpenAI's JavaScript package, of the generation with this name in ``package.json``."""
        return self._started(package, node_words)

    def python(self, name: str) -> Program:
        """One of the Python programs, in the interpreter that has its package."""
        return self._started(name, python_words)

    def _started(self, name: str, words: Callable[[str], list[str]]) -> Program:
        if name not in self._running:
            self._running[name] = self._until.enter_context(running(*words(name)))
        return self._running[name]


def node_words(package: str) -> list[str]:
    """How to start the program of a JavaScript package; skips where it is absent."""
    found = shutil.which("node")
    if found is None:
        _absent("Node.js")
    if not (NODE_MODULES / ".installed").exists():
        _absent("tests/sdk/js/node_modules (`make test` installs it where there is npm)")
    return [str(found), str(PROGRAMS / "openai.mjs"), package]


def python_words(name: str) -> list[str]:
    """How to start one of the Python programs; skips where its package is absent."""
    if not SDK_PYTHON.parent.with_name(".installed").exists():
        _absent(".venv-sdk (`make test` makes it)")
    return [str(SDK_PYTHON), str(PROGRAMS / f"{name}.py")]


def _absent(what: str) -> None:
    (pytest.fail if IN_CI else pytest.skip)(f"needs {what}, which is not here")
