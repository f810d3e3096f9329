"""A process that runs management commands in the environment of a stack, one after another.

Each line that comes in is a JSON list of words, as after ``manage.py``; each line that goes out
is what the command printed. Starting Python and Django for every command would take longer than
the tests do.
"""

import io
import json
import sys

import django
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections


def main() -> None:
    django.setup()
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


def _run(words: list[str]) -> dict[str, str]:
    printed = io.StringIO()
    try:
        call_command(*words, stdout=printed)
    except CommandError as error:
        return {"out": printed.getvalue(), "error": str(error)}
    finally:
        connections.close_all()
    return {"out": printed.getvalue(), "error": ""}


if __name__ == "__main__":
    main()
