"""A child can do nothing but compute and answer, and its words reach nobody."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from embeddings.media.limits import MIB
from embeddings.media.process import ROOT
from embeddings.media.sandbox import Sandbox
from tests.embeddings.media.children.tries import ATTEMPTS, HARMLESS
from tests.embeddings.media.clips import clip
from tests.embeddings.media.misbehaving import GOOD, misbehaving, probe, refused
from tests.embeddings.media.reading import read_image, read_video


@pytest.mark.parametrize(("name", "possible"), [("tries", ()), ("tries_freely", HARMLESS)])
def test_a_confined_child_can_do_none_of_what_it_tries(name, possible):
    with misbehaving(name) as sandbox:
        error = refused(probe, sandbox)
    could = int(re.search(r"lasts (\d+)\.0", error.message)[1])
    assert {name for place, name in enumerate(ATTEMPTS) if could >> place & 1} == set(possible)


def test_the_kernel_knows_a_working_child_as_confined_and_of_one_thread():
    with Sandbox(1) as sandbox:
        read_video(sandbox, clip("h264", frames=4))
        read_video(sandbox, clip("av1", frames=4))
        read_image(sandbox, GOOD)
        (pid,) = sandbox.pids
        status = dict(
            line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        )
        limits = Path(f"/proc/{pid}/limits").read_text()
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert (status["Threads"], status["NoNewPrivs"]) == ("1", "1")
    if os.uname().machine in {"x86_64", "aarch64"}:
        assert status["Seccomp"] == "2"
    for name in ("Max open files", "Max file size", "Max core file size", "Max processes"):
        assert re.search(rf"{name}\s+0\s+0\s", limits), limits
    assert re.search(rf"Max address space\s+{1_280 * MIB}\s", limits)
    assert {entry.split(b"=")[0] for entry in environment.split(b"\0")[:-1]} <= {
        b"LANG",
        b"LD_LIBRARY_PATH",
        b"MALLOC_ARENA_MAX",
        b"MALLOC_MMAP_THRESHOLD_",
        b"MALLOC_TRIM_THRESHOLD_",
    }


def test_a_child_has_no_socket_of_its_parents():
    with socket.create_server(("127.0.0.1", 0)), Sandbox(1) as sandbox:
        probe(sandbox)
        (pid,) = sandbox.pids
        opened = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    assert sorted(name.split(":")[0] for name in opened) == ["/dev/null", "/dev/null", "socket"]


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("embeddings.media.sandbox", ("av", "PIL", "torch", "transformers")),
        ("embeddings.media.child", ("numpy", "django", "torch", "transformers")),
    ],
)
def test_the_parent_loads_no_decoder_and_the_child_nothing_but_decoders(module, heavy):
    script = f"import sys, {module}; print(*set(sys.modules) & set({heavy!r}))"
    asked = [sys.executable, "-c", script]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
