"""Which tests stay together in one process of a parallel run."""

from xdist.scheduler import LoadFileScheduling

# Chromium, Playwright's driver and Node are all V8. Two of them starting at the same moment have
# brought small virtual machines to a standstill for half an hour, so they take turns; and the tests
# share one browser and one of each program.
V8 = ("tests/sdk/", "tests/reference/", "tests/browser/")


class Scheduling(LoadFileScheduling):
    """A file stays with one process (its stack, its model), and all of V8 does."""

    def _split_scope(self, nodeid: str) -> str:
        return "v8" if nodeid.startswith(V8) else super()._split_scope(nodeid)
