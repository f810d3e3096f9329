"""Records written one after the other as CSV (RFC 4180) or JSON Lines, never all in memory.

A record is a dict with the same names, in the same order, as every other: texts, whole numbers,
``Credits`` or None. Both forms are UTF-8 without a byte order mark, and amounts are exact.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from aurous.kernel.money import credits_text

Record = Mapping[str, Any]
FORMATS = ("csv", "jsonl")
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
# What spreadsheets take for the beginning of a formula, or for a new cell before one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Credits(int):
    """Nano-credits, written as a decimal of credits."""


def encoded(form: str, names: Sequence[str], chunks: Iterable[list[Record]]) -> Iterator[bytes]:
    """The records in a form, some bytes for each chunk of them."""
    write = _csv if form == "csv" else _jsonl
    if form == "csv":
        yield _csv([dict(zip(names, names, strict=True))])
    for chunk in chunks:
        if chunk:
            yield write(chunk)


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before it.

    One more apostrophe also goes before texts that look as if that had been done, so that
    taking one away always gives back the text.
    """
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def _csv(records: Iterable[Record]) -> bytes:
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerows([_cell(value) for value in record.values()] for record in records)
    return page.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, Credits):
        return credits_text(value)
    return safe_text(value) if isinstance(value, str) else value


def _jsonl(records: Iterable[Record]) -> bytes:
    lines = (
        orjson.dumps(
            {
                name: orjson.Fragment(credits_text(value)) if isinstance(value, Credits) else value
                for name, value in record.items()
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for record in records
    )
    return b"".join(lines)
