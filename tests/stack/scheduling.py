"""All tests that start processes go to one process of the test run, so that they never overlap.

``--dist loadgroup`` and the mark ``xdist_group`` are meant for that, but pytest-xdist 3.8 writes
the group into an attribute that pytest 9.2 no longer reads, and says nothing. A folder decides
instead; ``tests/conftest.py`` imports the hook.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

FOLDERS = ("tests/stack/", "tests/faults/")


class _OneProcessForStacks(LoadScopeScheduling):
    """Every other test is on its own, as with ``--dist load``."""

    def _split_scope(self, nodeid: str) -> str:
        return "stack" if nodeid.startswith(FOLDERS) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """pytest-xdist asks once, in the process that hands out the tests."""
    return _OneProcessForStacks(config, log)
