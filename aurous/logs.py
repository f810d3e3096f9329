"""Logs: one JSON object a line on stderr, for our own loggers and everybody else's alike."""

import contextlib
import json
import logging.config
import re
import sys
import threading
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Any secret of ours, whole or cut short: a key that is logged is a key that is lost.
_SECRET = re.compile(r"(al_live_|whsec_)[0-9A-Za-z]+")
_WRITING = threading.Lock()
_FORMATTER = structlog.stdlib.ProcessorFormatter
_PROCESSORS: list[Processor] = []


def hidden(text: str) -> str:
    """``text`` with everything in it that looks like an API key or a signing secret taken out."""
    if "al_live_" in text or "whsec_" in text:
        return _SECRET.sub(r"\1[hidden]", text)
    return text


def configure(config: dict[str, Any]) -> None:
    """Set logging up (Django's ``LOGGING_CONFIG``). ``config`` is ``{"level": "INFO"}``."""
    level = str(config.get("level", "INFO")).upper()
    # The same list always: loggers that were used already keep the one they saw first.
    _PROCESSORS[:] = [*_shared(), *_last()]
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=_StderrLogger,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_stdlib(level))


class _StderrLogger:
    """Where our own lines go: straight to stderr, past the standard library, which costs more."""

    def __init__(self, name: str = "aurous") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        """Write one whole line; ``sys.stderr`` is looked up late, because tests exchange it."""
        stream: TextIO = sys.stderr
        # A reader that left (a closed pipe) must not fail the request that is told about.
        with _WRITING, contextlib.suppress(OSError, ValueError):
            stream.write(line + "\n")
            stream.flush()

    debug = info = warning = error = critical = exception = log = msg


def _shared() -> list[Processor]:
    """What an event goes through, whether it came from structlog or from the standard library."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _last() -> list[Processor]:
    return [structlog.processors.format_exc_info, _render]


def _render(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """The line. Keys are hidden here, last of all, so that no value of any kind slips by."""
    try:
        line = orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # a lone surrogate or a number over 64 bits: slower, but never refuses
        line = json.dumps({str(name): repr(value) for name, value in event.items()})
    return hidden(line)


def _without_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Django hangs the request on its records, and its form shows the query string."""
    event.pop("request", None)
    return event


def _stdlib(level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": _FORMATTER,
                "foreign_pre_chain": [
                    *_shared(),
                    structlog.stdlib.ExtraAdder(),
                    _without_request,
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_last(),
                ],
            }
        },
        "handlers": {"stderr": {"()": _StderrHandler, "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        # The edge writes an access line for every request; what is left are pages that broke.
        "loggers": {
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            "stripe": {"level": "WARNING"},  # a line a call, with the ids of customers' payments
        },
    }


class _StderrHandler(logging.Handler):
    """The same door for the standard library's loggers."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a failing log line must not fail what it tells about."""
        try:
            _StderrLogger().msg(self.format(record))
        except Exception:  # the standard library's own rule for handlers
            self.handleError(record)
