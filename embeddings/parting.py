"""How a worker process that is asked to end does so: it is missed first, and gone after."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType


class Parting:
    """Puts something before the first SIGTERM or SIGINT that this process obeys.

    Celery stops taking messages as soon as it is asked to end, while web processes still count on
    this worker. Must be made in the main thread, after Celery has set its own handlers.
    """

    def __init__(self, before: Callable[[], None]) -> None:
        self._before = before
        self._asked = False
        self._obeyed = False
        self._usual = {
            number: signal.signal(number, self._ask) for number in (signal.SIGTERM, signal.SIGINT)
        }

    def _ask(self, number: int, frame: FrameType | None) -> None:
        """The first time wait; who asks again does not want to."""
        if not self._asked:
            self._asked = True
            threading.Thread(target=self._wait, args=(number,), name="parting", daemon=True).start()
            return
        self._obeyed = True
        usual = self._usual[signal.Signals(number)]
        if callable(usual):
            usual(number, frame)

    def _wait(self, number: int) -> None:
        try:
            self._before()
        finally:
            if not self._obeyed:
                os.kill(os.getpid(), number)  # in the main thread, where handlers run
