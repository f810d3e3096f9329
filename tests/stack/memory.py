"""How much memory processes have, and had at the most."""

import threading

import psutil

LOOK_SECONDS = 0.2


def resident_bytes(root):
    """A process and all that it started."""
    total = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            total += process.memory_full_info().pss  # what they share counts once
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total


class Peak:
    """The most memory that a process and its children had while it looked."""

    def __init__(self, process):
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.most = 0

    def _look(self):
        while not self._over.wait(LOOK_SECONDS):
            self.most = max(self.most, resident_bytes(self._process))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
