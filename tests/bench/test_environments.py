"""A peer's environment is made once, made again after a broken try, and its failure has a name."""

import subprocess

import pytest

from bench import environments
from bench.environments import environment
from bench.launch import LaunchError


@pytest.fixture
def steps(tmp_path, monkeypatch):
    """The commands that would run; nothing is installed."""
    commands = []
    codes = {}

    def run(command, **_):
        commands.append(command)
        (tmp_path / "bench" / "peer").mkdir(parents=True, exist_ok=True)
        return subprocess.CompletedProcess(command, codes.get(len(commands), 0))

    monkeypatch.setattr(environments, "VAR", tmp_path / "bench")
    monkeypatch.setattr(environments, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(subprocess, "run", run)
    return commands, codes


def test_it_is_made_once(steps, tmp_path):
    commands, _ = steps
    assert environment("peer", ["a==1", "b"]) == tmp_path / "bench" / "peer" / "bin"
    environment("peer", ["a==1", "b"])
    assert len(commands) == 2
    assert commands[1][-2:] == ["a==1", "b"]


def test_other_packages_make_it_anew(steps):
    commands, _ = steps
    environment("peer", ["a==1"])
    environment("peer", ["a==2"])
    assert len(commands) == 4


def test_a_broken_installation_is_named_and_tried_again(steps):
    commands, codes = steps
    codes[2] = 1
    with pytest.raises(LaunchError, match=r"peer cannot be installed here: see .*peer\.log"):
        environment("peer", ["a==1"])
    environment("peer", ["a==1"])
    assert len(commands) == 4
