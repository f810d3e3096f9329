"""``make run``: one process, SQLite, nothing else; a first request is one paste away."""

import http.client
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.stack.callers import Answer
from tests.stack.machine import LIMIT_SECONDS, ROOT, end_all, family, free_port, spawn, wait_until

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.engine]


class Run:
    """One start of ``manage.py run``."""

    def __init__(self, folder: Path, port: int) -> None:
        self._printed = folder / "printed"
        dropped = {"DATABASE_URL", "REDIS_URL", "AUROUS_STUB_MODEL", "AUROUS_PUBLIC_URL"}
        env = {name: text for name, text in os.environ.items() if name not in dropped}
        self.env = env | {
            "DJANGO_SETTINGS_MODULE": "aurous.settings",
            "AUROUS_VAR_DIR": str(folder / "var"),
            "AUROUS_PORT": str(port),
        }
        with self._printed.open("w") as out, (folder / "log").open("a") as log:
            argv = [sys.executable, "manage.py", "run"]
            self.process = spawn(argv, stdout=out, stderr=log, env=self.env)
        self.url = f"http://127.0.0.1:{port}"

    def greeting(self) -> str:
        """All that it prints, once it serves."""
        wait_until(lambda: f"serves at {self.url}" in self._text(), what="the greeting")
        return self._text()

    def _text(self) -> str:
        assert self.process.poll() is None
        return self._printed.read_text()

    def stop(self) -> int:
        """SIGTERM; the exit status. Nothing may be left."""
        processes = family(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(LIMIT_SECONDS)
        assert end_all(processes) == []
        return status


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[list[Run]]:
    """Starts that are ended whatever happens."""
    runs: list[Run] = []
    yield runs
    for run in runs:
        end_all(family(run.process.pid))


def paste(greeting: str) -> Answer:
    """Do what the printed curl command would do."""
    command = greeting[greeting.index("curl ") :]
    words = shlex.split(command)
    address, path = words[1].removeprefix("http://").split("/", 1)
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    connection = http.client.HTTPConnection(address, timeout=LIMIT_SECONDS)
    connection.request("POST", f"/{path}", words[words.index("-d") + 1], headers)
    response = connection.getresponse()
    return Answer(response.status, response.read())


def log_in(url: str, greeting: str) -> str:
    """Do with the printed address and password what a person would; where it leads."""
    email = re.findall(r"Dashboard +\S+ +(\S+)", greeting)[0]
    password = re.findall(r"Password +(\S+)", greeting)[0]
    browser = build_opener(HTTPCookieProcessor())
    with browser.open(f"{url}/account/login/", timeout=LIMIT_SECONDS) as page:
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())[0]
    sent = {"login": email, "password": password, "csrfmiddlewaretoken": token}
    answer = browser.open(f"{url}/account/login/", urlencode(sent).encode(), LIMIT_SECONDS)
    with answer:
        return str(answer.geturl())


def test_the_printed_request_works_and_secrets_are_printed_once(
    tmp_path: Path, runs: list[Run]
) -> None:
    port = free_port()
    runs.append(Run(tmp_path, port))
    greeting = runs[0].greeting()
    assert "Password" in greeting
    assert "al_live_" in greeting
    answer = paste(greeting)
    assert answer.status == 200
    assert answer.charged > 0
    assert "/t/team_" in log_in(runs[0].url, greeting)
    assert runs[0].stop() == 0

    runs.append(Run(tmp_path, port))
    greeting = runs[1].greeting()
    assert "Password" not in greeting
    assert "al_live_" not in greeting
    assert runs[1].stop() == 0
    argv = [sys.executable, "manage.py", "prove"]
    subprocess.run(argv, check=True, env=runs[1].env, cwd=ROOT, stdout=subprocess.DEVNULL)
