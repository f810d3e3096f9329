"""Which tests stay together in one process of a parallel run."""

from xdist.scheduler import LoadFileScheduling

# Tests before a browser, and of other packages' clients, share one browser and one of each program.
BROWSER = ("tests/sdk/", "tests/reference/", "tests/browser/")
# Each starts a whole installation: two at a time on two cores would wait for one another.
STACK = ("tests/stack/", "tests/faults/")
# Its tests share nothing, and each takes as long as many a file.
ALONE = ("tests/billing/test_state_machine.py",)


class Scheduling(LoadFileScheduling):
    """A file stays with one process (its model, its rows), and so does each of these groups."""

    def _split_scope(self, nodeid: str) -> str:
        for group in (BROWSER, STACK):
            if nodeid.startswith(group):
                return group[0]
        if nodeid.startswith(ALONE):
            return nodeid
        return super()._split_scope(nodeid)
