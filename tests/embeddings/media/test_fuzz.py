"""Good files with bits turned over: each is answered, and memory is back where it was."""

import os
import random
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from embeddings.media.errors import TOO_LARGE, UNSUPPORTED, MediaError
from embeddings.media.limits import MIB
from embeddings.media.sandbox import Sandbox
from tests.embeddings.files import encoded, noise
from tests.embeddings.media.bombs import BOMBS, STRANGERS, VALID, is_video
from tests.embeddings.media.reading import read_image, read_video

FLIPS = 14  # of each file
HOSTILE_MIN = 200


def turned_over(data, seed):
    """The bytes with one bit in a hundred bytes turned over, or only a few, seldom in the head."""
    chance = random.Random(seed)
    broken = bytearray(data)
    first = 0 if seed % 3 == 0 else 64
    for _ in range(chance.choice([1, 2, 8, len(data) // 100 + 1])):
        broken[chance.randrange(first, len(data))] ^= 1 << chance.randrange(8)
    return bytes(broken)


def answered(sandbox, name, data):
    """Whether it was read; a refusal is one of the two codes."""
    try:
        (read_video if is_video(name) else read_image)(sandbox, data)
    except MediaError as error:
        assert error.code in {TOO_LARGE, UNSUPPORTED}
        return False
    return True


@pytest.mark.parametrize("name", VALID)
def test_a_file_with_bits_turned_over_is_refused_or_read_as_it_is_priced(sandbox, name):
    data = VALID[name]()
    assert answered(sandbox, name, data)
    read = [answered(sandbox, name, turned_over(data, seed)) for seed in range(FLIPS)]
    assert len(read) == FLIPS
    assert answered(sandbox, name, data)


def resident_bytes(pids):
    return sum(psutil.Process(pid).memory_info().rss for pid in pids)


def test_hundreds_of_hostile_files_leave_no_memory_behind():
    files = [(name, make()) for kinds in (BOMBS, STRANGERS) for name, make in kinds.items()]
    files += [
        (name, turned_over(make(), 1_000 + seed))
        for name, make in VALID.items()
        for seed in range(12)
    ]
    assert len(files) >= HOSTILE_MIN
    with Sandbox(2) as sandbox, ThreadPoolExecutor(2) as threads:
        read_image(sandbox, encoded(noise(64, 64), "PNG"))
        parent, children = (resident_bytes(pids) for pids in ([os.getpid()], sandbox.pids))
        answers = list(threads.map(lambda file: answered(sandbox, *file), files))
        parent_grew = resident_bytes([os.getpid()]) - parent
        children_grew = resident_bytes(sandbox.pids) - children
    print(f"parent {parent_grew / MIB:+.1f} MiB, children {children_grew / MIB:+.1f} MiB")
    assert len(answers) == len(files)
    assert parent_grew < 50 * MIB
    assert parent_grew + children_grew < 300 * MIB
