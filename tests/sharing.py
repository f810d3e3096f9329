"""Which tests stay together in one process of a parallel run."""

from xdist.scheduler import LoadFileScheduling

# Tests before a browser, and of other packages' clients, share one browser and one of each program.
TOGETHER = ("tests/sdk/", "tests/reference/", "tests/browser/")


class Scheduling(LoadFileScheduling):
    """A file stays with one process (its stack, its model), and all of TOGETHER does."""

    def _split_scope(self, nodeid: str) -> str:
        return "together" if nodeid.startswith(TOGETHER) else super()._split_scope(nodeid)
