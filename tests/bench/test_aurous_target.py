"""Aurous is started, measured, stopped and proved, and its databases go whatever happens."""

import os
import shutil
from pathlib import Path

import pytest

from bench.launch import LaunchError
from bench.targets import aurous_services, aurous_settings
from bench.targets.aurous import Aurous
from bench.targets.aurous_stack import AurousStack


class Project:
    """A folder with a manage.py that only pretends, and two databases that are only counted."""

    def __init__(self, folder):
        self.folder = folder
        self.databases = 0
        shutil.copy(Path(__file__).parent / "fake_manage.py", folder / "manage.py")
        self.refuse("")

    def refuse(self, commands):
        (self.folder / "refusals").write_text(commands)

    @property
    def asked(self):
        return (self.folder / "asked").read_text().splitlines()

    def create(self):
        self.databases += 1

    def drop(self):
        self.databases = 0


@pytest.fixture
def project(tmp_path, monkeypatch):
    project = Project(tmp_path)
    monkeypatch.setattr("bench.launch.ROOT", tmp_path)
    monkeypatch.setattr("bench.launch.LOGS", tmp_path / "logs")
    monkeypatch.setattr(aurous_settings, "ROOT", tmp_path)
    monkeypatch.setattr(aurous_services, "create", project.create)
    monkeypatch.setattr(aurous_services, "drop", project.drop)
    return project


def test_two_targets_share_a_stack_from_start_to_proof(project):
    stack = AurousStack()
    stub, text = Aurous(stack, "aurous-stub"), Aurous(stack, "aurous-embed-text")
    stub.start()
    text.start()
    assert project.databases == 1
    assert text.vector("hello") == [0.6, 0.8]
    assert stack.web_pids() == [stack.server.pid]
    assert [mb > 1 for _, _, mb in stack.memory()] == [True]
    run = stub.measure(2, 0.2, 0.0)
    assert run.requests > 0
    assert run.failure_text() == ""
    assert text.stop() == [
        "Aurous ended on SIGTERM with 0; 0 processes were killed",
        "`manage.py prove` after the run: clean",
    ]
    assert stub.stop() == []
    assert project.databases == 0
    assert [line.split()[0] for line in project.asked] == [
        "migrate", "create_team", "set_limits", "stack", "prove",
    ]  # fmt: skip


def test_books_that_are_not_clean_are_an_error(project):
    target = Aurous(AurousStack(), "aurous-stub")
    target.start()
    project.refuse("prove")
    with pytest.raises(LaunchError, match="prove --json: 1: prove is refused"):
        target.stop()
    assert project.databases == 0


@pytest.mark.parametrize("command", ["migrate", "create_team", "set_limits", "stack"])
def test_a_command_that_fails_is_named_and_leaves_nothing(project, command):
    project.refuse(command)
    target = Aurous(AurousStack(), "aurous-stub")
    with pytest.raises(LaunchError, match=f"{command} is refused"):
        target.start()
    target.stop()
    assert project.databases == 0


def test_the_settings_are_those_of_a_bench_of_this_process():
    settings = aurous_settings.settings(port=1234, web_processes=3)
    assert settings["AUROUS_PORT"] == "1234"
    assert settings["WEB_CONCURRENCY"] == "3"
    assert settings["DATABASE_URL"].endswith(f"/aurous_bench_{os.getpid()}")
    assert settings["AUROUS_DTYPE"] == "float32"
