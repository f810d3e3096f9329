"""What every command for an operator shares: ``--json``, clear refusals, and who acted."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from accounts.actors import Actor, command_actor
from aurous.kernel.errors import AurousError
from aurous.kernel.money import parse_credits

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say: ``data`` with ``--json``, else ``lines`` for a person."""

    data: Mapping[str, Any]
    lines: list[str] = field(default_factory=list)


class OperatorCommand(BaseCommand):
    """A command that does one operation. Subclasses write ``add_options`` and ``perform``.

    A refusal by an operation becomes a ``CommandError``: one sentence, exit code 1. Values are
    read in ``perform`` and not by argparse, whose refusals end with 2 and a page of usage.
    """

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Django's own ``--version`` gives way to a command that means an API version by it."""
        kwargs["conflict_handler"] = "resolve"
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """The options of the subclass, and ``--json``."""
        self.add_options(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object, no words")

    def add_options(self, parser: CommandParser) -> None:
        """Arguments of this command."""

    def perform(self, options: Mapping[str, Any]) -> Answer:
        """Do it, once, and tell what was done."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Perform, then print."""
        try:
            answer = self.perform(options)
        except AurousError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            self.stdout.write(json.dumps(answer.data, cls=DjangoJSONEncoder))
        else:
            self.stdout.write("\n".join(answer.lines))

    def actor(self) -> Actor:
        """Who acts, for the audit log: this command, and the login that typed it."""
        return command_actor(type(self).__module__.rpartition(".")[2])


def read(options: Mapping[str, Any], name: str, parse: Callable[[str], T]) -> T | None:
    """The value of an option, or None where it was not given. Bad text is a ``CommandError``."""
    value = options.get(name)
    if value is None:
        return None
    try:
        return parse(str(value))
    except ValueError as error:
        raise CommandError(f"--{name.replace('_', '-')}: {error}") from error


def whole_number(text: str) -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a whole number") from error


def credits_nano(text: str) -> int:
    """Nano-credits of a decimal number of credits that is not negative."""
    nano = parse_credits(text)
    if nano < 0:
        raise ValueError(f"{text!r} is negative")
    return nano


def words(text: str) -> list[str]:
    """Words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def moment(text: str) -> datetime:
    """``2027-01-31`` (the midnight, UTC, at which that day begins) or an RFC 3339 date and time."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _date_and_time(text)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _date_and_time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is no date; write 2027-01-31 or 2027-01-31T12:00:00Z"
        ) from error
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; end it with Z or +01:00")
    return found.astimezone(UTC)
