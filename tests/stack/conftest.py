"""The stacks; see ``tests/stack/harness.py``."""

from tests.stack.fixtures import impatient, patient, pytest_collection_modifyitems, stack_of

__all__ = ["impatient", "patient", "pytest_collection_modifyitems", "stack_of"]
