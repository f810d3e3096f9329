"""Downloads that are made while they are sent, in flat memory, with no connection kept between."""

from collections.abc import Iterable, Iterator, Sequence

import structlog
from django.db import connection
from django.http import StreamingHttpResponse

from aurous.kernel.errors import AurousError
from aurous.kernel.records import MEDIA_TYPES, Record, encoded

log = structlog.get_logger(__name__)


class Download(StreamingHttpResponse):
    """A file of records. ``error_code`` is for the access line."""

    error_code: str | None = None


def download(
    form: str, names: Sequence[str], chunks: Iterable[list[Record]], *, filename: str
) -> Download:
    """An answer that writes the chunks as they come.

    What goes wrong after the first byte cannot be a status any more: the last line is then a
    record ``error`` in place of ``end``. The exception goes on to the server, which may cut the
    connection; granian ends the answer as if it were whole.
    """
    first, rest = _begun(chunks)
    body = encoded(form, names, _guarded(names, first, rest))
    answer = Download(body, content_type=MEDIA_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{filename}.{form}"'
    return answer


def _begun(chunks: Iterable[list[Record]]) -> tuple[list[Record], Iterator[list[Record]]]:
    """What is wrong from the start is an ordinary error answer."""
    rest = iter(chunks)
    return next(rest, []), rest


def _guarded(
    names: Sequence[str], first: list[Record], rest: Iterator[list[Record]]
) -> Iterator[list[Record]]:
    _let_go()
    yield first
    try:
        for chunk in rest:
            _let_go()
            yield chunk
    except Exception as error:
        code = error.code if isinstance(error, AurousError) else "internal_error"
        log.exception("download.broken", code=code)
        yield [{**dict.fromkeys(names), names[0]: "error", names[1]: code}]
        raise
    finally:
        _let_go()


def _let_go() -> None:
    """Give the connection back while the customer reads; slow ones would keep all there are."""
    if not connection.in_atomic_block:
        connection.close()
