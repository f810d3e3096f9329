"""Check a statement of Aurous. One file; needs Python 3.10 or later and nothing else.

    python verify_statement.py statement.csv
    python verify_statement.py statement.jsonl --head HASH

Recomputes every hash, sequence, balance and the total of a file that
GET /v1/ledger/entries/export or `manage.py export_statement` wrote. A line that was changed,
removed, inserted, swapped or cut off is named. Exit status: 0 all is right, 1 something is not,
2 the file cannot be read.

--head: the hash at the end of the chain, from an older statement or from the operator. Whoever
can write the whole file anew can make a chain that fits; a hash that you noted before cannot be
made to fit.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TextIO

COLUMNS = (
    *("record", "account", "sequence", "id", "kind", "amount", "balance_after", "debit"),
    *("credit", "reference", "request_id", "note", "occurred_at", "recorded_at", "hash"),
    *("lines", "total"),
)
KINDS = ("top_up", "grant", "usage", "refund", "dispute", "expiry", "adjustment")
SYSTEM = ("stripe_clearing", "revenue", "promotions", "breakage", "refunds", "adjustments")
GENESIS = "0" * 64
NANO = Decimal(1_000_000_000)
# What a spreadsheet could take for a formula stands behind an apostrophe.
ESCAPED = re.compile("'+[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
WHOLE = re.compile(r"0|-?[1-9][0-9]*")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]{0,8}[1-9])?")


class Line:
    """One record, its place in the file, and its numbers."""

    def __init__(self, place: int, cells: dict[str, str]) -> None:
        self.place = place
        self.cells = cells
        self.bad: list[str] = []

    def __getitem__(self, name: str) -> str:
        return self.cells[name]

    def number(self, name: str) -> int | None:
        """A whole number, or None."""
        text = self.cells[name]
        if not WHOLE.fullmatch(text):
            self.bad.append(name)
            return None
        return int(text)

    def nano(self, name: str) -> int | None:
        """Nano-credits of a decimal of credits as the export writes it, or None."""
        text = self.cells[name]
        try:
            if not DECIMAL.fullmatch(text) or text == "-0":
                raise InvalidOperation
            return int(Decimal(text) * NANO)
        except InvalidOperation:
            self.bad.append(name)
            return None


class Unreadable(Exception):  # noqa: N818 - a finding about the file
    """The file is no statement, from this line on."""


def csv_lines(file: TextIO) -> Iterator[Line]:
    """The records of a CSV file."""
    reader = csv.reader(file, strict=True)
    try:
        header = next(reader, [])
        if header != list(COLUMNS):
            raise Unreadable("line 1: the header is not that of a statement")
        place = reader.line_num + 1
        for row in reader:
            if len(row) != len(COLUMNS):
                raise Unreadable(f"line {place}: {len(row)} fields, {len(COLUMNS)} expected")
            cells = [text[1:] if ESCAPED.match(text) else text for text in row]
            yield Line(place, dict(zip(COLUMNS, cells, strict=True)))
            place = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(f"line {reader.line_num}: {error}") from error


def jsonl_lines(file: TextIO) -> Iterator[Line]:
    """The records of a file of JSON Lines; numbers stay the text that they are."""
    for place, text in enumerate(file, 1):
        try:
            cells = json.loads(text, parse_float=str, parse_int=str)
        except ValueError as error:
            raise Unreadable(
                f"line {place}: no JSON; the file is cut off or was changed here"
            ) from error
        if not isinstance(cells, dict) or list(cells) != list(COLUMNS):
            raise Unreadable(f"line {place}: the fields are not those of a statement")
        yield Line(place, {name: "" if v is None else str(v) for name, v in cells.items()})


def hashes_of(before: str, line: Line, **other: str) -> Sequence[str]:
    """What the hash of a line may be: over all of its fields or, of old lines, over fewer."""
    cells = dict(line.cells, **other)
    amount = cells["amount"].lstrip("-")
    try:
        amount = str(int(Decimal(amount) * NANO))
        balance = str(int(Decimal(cells["balance_after"]) * NANO))
    except InvalidOperation:
        return ()
    shared = [before, cells["account"], cells["sequence"]]
    money = [cells["kind"], cells["debit"], cells["credit"], amount, balance, cells["reference"]]
    occurred = cells["occurred_at"]
    more = [cells["request_id"], occurred, cells["recorded_at"], cells["note"]]
    first = [*shared, *money, occurred.replace("T", " ").rstrip("Z")]
    return tuple(
        hashlib.sha256("\n".join(fields).encode()).hexdigest()
        for fields in ([*shared, cells["id"], *money, *more], first)
    )


def credits_of(nano: int) -> str:
    """Nano-credits as the export writes them."""
    text = f"{Decimal(nano) / NANO:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Check:
    """Reads a statement from its first record to its last and keeps what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.account = ""
        self.sequence = self.balance = 0
        self.hash = GENESIS
        self.opening = 0
        self.lines = 0

    def say(self, line: Line, what: str) -> None:
        """One thing that is wrong."""
        sequence = f" (sequence {line['sequence']})" if line["record"] == "entry" else ""
        self.problems.append(f"line {line.place}{sequence}: {what}")

    def begin(self, line: Line) -> None:
        """The record ``start``."""
        self.account = line["account"]
        self.sequence = line.number("sequence") or 0
        self.balance = self.opening = line.nano("balance_after") or 0
        self.hash = line["hash"]
        self._badly_written(line)
        if not self.sequence and self.hash != GENESIS:
            self.say(line, "hash must be 64 zeros where a statement begins at 0")
        if not self.sequence and self.balance:
            self.say(line, "balance_after must be 0 where a statement begins at 0")
        self._nothing_in(line, "start", ("record", "account", "sequence", "balance_after", "hash"))

    def entry(self, line: Line, following: Line | None) -> None:
        """A record ``entry``; ``following`` is the record after it."""
        sequence, amount = line.number("sequence"), line.nano("amount")
        balance = line.nano("balance_after")
        self._badly_written(line)
        if sequence is None or amount is None or balance is None:
            self._resume(line, sequence, balance)
            return
        if line["hash"] in hashes_of(self.hash, line):
            if sequence != self.sequence + 1 or balance != self.balance + amount:
                self.say(line, "does not follow the line before, although its hash fits")
            self._plausible(line, amount)
            self._resume(line, sequence, balance)
            return
        self._wrong(line, following, sequence, amount, balance)

    def _wrong(
        self, line: Line, following: Line | None, sequence: int, amount: int, balance: int
    ) -> None:
        found = self._field(line, following, amount, balance)
        if found:
            name, expected = found
            self.say(line, f"{name} was changed: it is {line[name]!r}, hashed was {expected!r}")
            self.lines += 1
            self.sequence += 1
            self.balance += amount if name != "amount" else balance - self.balance
            self.hash = expected if name == "hash" else line["hash"]
        elif self._follows(following) and sequence > self.sequence + 1:
            self.say(line, f"stands before sequence {self.sequence + 1}: out of order")
        elif self._follows(following):
            self.say(line, "was inserted: the line after it follows the line before it")
        elif sequence <= self.sequence:
            self.say(line, f"comes after sequence {self.sequence}: repeated or out of order")
        elif sequence > self.sequence + 1:
            self._missing(line, sequence)
            self._resume(line, sequence, balance)
        else:
            where = " or the hash of the record before" if self.lines == 0 else ""
            self.say(
                line,
                "is not what was hashed: one of id, reference, request_id, note, occurred_at, "
                f"recorded_at or several fields were changed{where}",
            )
            if balance != self.balance + amount:
                self.say(line, f"balance_after should be {credits_of(self.balance + amount)}")
            self._resume(line, sequence, balance)

    def _badly_written(self, line: Line) -> None:
        for name in line.bad:
            self.say(line, f"{name} is not written as a statement writes it")

    def _missing(self, line: Line, sequence: int) -> None:
        first, last = self.sequence + 1, sequence - 1
        which = f"sequence {first} is" if first == last else f"sequences {first} to {last} are"
        self.say(line, f"{which} missing before it")

    def _field(
        self, line: Line, following: Line | None, amount: int, balance: int
    ) -> tuple[str, str] | None:
        """The one field whose other value makes the hash fit, with that value; else None."""
        tries: list[tuple[str, str]] = [
            ("sequence", str(self.sequence + 1)),
            ("account", self.account),
            ("balance_after", credits_of(self.balance + amount)),
            ("amount", credits_of(balance - self.balance)),
            *(("kind", kind) for kind in KINDS),
            *((side, other) for side in ("debit", "credit") for other in (self.account, *SYSTEM)),
        ]
        if line["kind"] == "usage":
            request = line["reference"].partition(":")[2]
            tries.append(("reference", f"inference:{request}"))
        for name, value in tries:
            if line["hash"] in hashes_of(self.hash, line, **{name: value}):
                return name, value
        own = hashes_of(self.hash, line)
        for digest in own:
            if self._follows(following, digest):
                return "hash", digest
        return None

    def _follows(self, following: Line | None, before: str | None = None) -> bool:
        """Whether the record after a line stands on this hash."""
        if following is None:
            return False
        if following["record"] == "end":
            return before is not None and following["hash"] == before
        return following["hash"] in hashes_of(before or self.hash, following)

    def _plausible(self, line: Line, amount: int) -> None:
        """What no hash says, or what an old hash does not."""
        mine = "credit" if amount > 0 else "debit"
        if line["account"] != self.account:
            self.say(line, "account is not that of this statement")
        if line[mine] != line["account"] or not amount:
            self.say(line, f"amount has the wrong sign: {mine} should be the account")
        self._nothing_in(line, "entry", COLUMNS[:-2])

    def _nothing_in(self, line: Line, what: str, names: Sequence[str]) -> None:
        for name in COLUMNS:
            if name not in names and line[name]:
                self.say(line, f"{name} must be empty in a record {what}")

    def _resume(self, line: Line, sequence: int | None, balance: int | None) -> None:
        """Go on from this line as it is, so that the lines after it are judged for themselves."""
        self.lines += 1
        self.sequence = self.sequence + 1 if sequence is None else sequence
        self.balance = self.balance if balance is None else balance
        self.hash = line["hash"]

    def end(self, line: Line) -> None:
        """The record ``end``."""
        total = self.balance - self.opening
        expected = {
            "account": self.account,
            "sequence": str(self.sequence),
            "balance_after": credits_of(self.balance),
            "hash": self.hash,
            "lines": str(self.lines),
            "total": credits_of(total),
        }
        for name, value in expected.items():
            if line[name] != value:
                self.say(line, f"{name} is {line[name]!r}, the lines before say {value!r}")
        self._nothing_in(line, "end", ("record", *expected))


def check(lines: Iterable[Line]) -> Check:
    """Check records. Returns the ``Check`` with its problems, and how it ends."""
    result = Check()
    records = iter(lines)
    line = next(records, None)
    if line is None or line["record"] != "start":
        place = 1 if line is None else line.place
        raise Unreadable(f"line {place}: a statement begins with a record start")
    result.begin(line)
    line, ended = next(records, None), None
    while line is not None:
        following = next(records, None)
        if ended is not None:
            result.say(line, "stands after the record end")
        elif line["record"] == "entry":
            result.entry(line, following)
        elif line["record"] == "end":
            result.end(line)
            ended = line
        elif line["record"] == "error":
            result.say(line, f"the export broke off here: {line['account']}")
        else:
            result.say(line, f"record is {line['record']!r}, not entry or end")
        line = following
    if ended is None:
        result.problems.append(f"after sequence {result.sequence}: cut off, there is no record end")
    return result


def verify(path: str, head: str | None = None) -> Check:
    """The ``Check`` of a file. Raises ``Unreadable`` or ``OSError``."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        is_json = file.read(1) == "{"
        file.seek(0)
        try:
            result = check(jsonl_lines(file) if is_json else csv_lines(file))
        except UnicodeDecodeError as error:
            raise Unreadable(f"not UTF-8: {error}") from error
    if head and head != result.hash:
        result.problems.append(f"the chain ends with {result.hash}, not with the head {head}")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("file")
    parser.add_argument("--head", help="the hash that the chain must end with")
    options = parser.parse_args(arguments)
    try:
        result = verify(options.file, options.head)
    except (Unreadable, OSError) as error:
        sys.stdout.write(f"{error}\n")
        return 1 if isinstance(error, Unreadable) else 2
    for problem in result.problems:
        sys.stdout.write(f"{problem}\n")
    if result.problems:
        return 1
    sys.stdout.write(
        f"{result.account}: {result.lines} lines are right. "
        f"Opening {credits_of(result.opening)}, closing {credits_of(result.balance)}, "
        f"total {credits_of(result.balance - result.opening)}.\nHead {result.hash}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
