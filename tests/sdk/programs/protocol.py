"""What the programs say to the tests: a line of JSON in for each call, a line of JSON out.

A program runs in the interpreter that has its package, which is not the one of the tests: it may
import nothing of ours but this file, which lies beside it.
"""

import contextlib
import io
import json
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

_really_sleep = time.sleep
waits_s: list[float] = []


def vector(found: Any) -> dict[str, Any]:
    """A vector as the caller got it: the bits of its float64, or what it is instead."""
    if isinstance(found, str):
        return {"text": found}
    if found is None:
        return {"nothing": True}
    return {"float64": struct.pack(f"<{len(found)}d", *found).hex()}


def failure(error: BaseException) -> dict[str, Any]:
    """An exception as a customer's program can read it."""
    response = getattr(error, "response", None)
    body = getattr(error, "body", None)
    return {
        "kinds": [kind.__name__ for kind in type(error).__mro__],
        "status": getattr(error, "status_code", None),
        "code": getattr(error, "code", None),
        "param": getattr(error, "param", None),
        "message": str(error),
        "request_id": getattr(error, "request_id", None),
        "body": body if isinstance(body, dict) else None,
        "headers": dict(getattr(response, "headers", {})),
    }


def _note(seconds: float) -> None:
    """Waiting between tries is noted and not done; threads of a package wait as they like."""
    if threading.current_thread() is threading.main_thread():
        waits_s.append(seconds)
    else:
        _really_sleep(seconds)


def _printed(code: str) -> dict[str, Any]:
    """What a program prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {"__name__": "__main__"})
    return {"printed": printed.getvalue()}


def serve(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer calls until there are no more; a call may be a program's text instead."""
    out, sys.stdout = sys.stdout, sys.stderr  # a package that prints does not break the protocol
    time.sleep = _note
    for line in sys.stdin:
        waits_s.clear()
        try:
            call = json.loads(line)
            said = _printed(call["code"]) if "code" in call else answer(call)
        except Exception as error:  # every exception is what the test asks for
            said = {"error": failure(error)}
        said["waits_s"] = list(waits_s)
        out.write(json.dumps(said) + "\n")
        out.flush()
