"""A worker that dies at a chosen step. Runs in the environment of a stack.

``before-settlement``: the vectors are made, and nothing is in the ledger.
``before-reply N``: N requests are settled, and nobody is told.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import django
from django.core.management import call_command

DIED = 9


def _die(*_: Any) -> NoReturn:
    os._exit(DIED)


def _die_after(count: int) -> Any:
    lost = 0

    def lose(_process: Any, _key: str, replies: Sequence[Any]) -> None:
        nonlocal lost
        lost += sum(reply.vectors is not None for reply in replies)  # canaries have none
        if lost >= count:
            _die()

    return lose


def main() -> None:
    step = sys.argv[1]
    django.setup()
    from embeddings import settlement
    from embeddings.worker_process import WorkerProcess
    from tests.stack.callers import MODEL

    if step == "before-settlement":
        settlement.close = _die
    else:
        WorkerProcess._deliver = _die_after(int(sys.argv[2]))  # type: ignore[method-assign]
    call_command("worker", MODEL)


if __name__ == "__main__":
    main()
