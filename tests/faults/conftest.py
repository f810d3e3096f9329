"""The stacks (``tests/stack/harness.py``), and an installation inside the test process."""

from tests.embeddings.api.stage import acme, platform, transactional_db
from tests.stack.fixtures import impatient, patient, pytest_collection_modifyitems, stack_of

__all__ = [
    "acme",
    "impatient",
    "patient",
    "platform",
    "pytest_collection_modifyitems",
    "stack_of",
    "transactional_db",
]
