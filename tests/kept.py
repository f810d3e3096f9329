"""Rows that all tests of a file begin with: made once, and gone at its end.

A test of a file that keeps rows runs in a savepoint on top of them, so it may change them as it
likes. Not for files with transactional tests, which empty the tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction


@contextmanager
def kept_rows(django_db_blocker: Any) -> Iterator[None]:
    """Whatever is written inside is there until the end, and then never was."""
    with django_db_blocker.unblock():
        outer: Any = transaction.atomic()
        # As Django marks the transactions of its own test cases: operations that must be the
        # outermost are, for all that they can tell.
        outer._from_testcase = True
        with outer:
            try:
                yield
            finally:
                transaction.set_rollback(True)
