"""One sandbox for the tests that do no harm to it."""

import pytest

from embeddings.media.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox():
    """A sandbox of one child."""
    with Sandbox(1) as sandbox:
        yield sandbox
