"""What the database of a stack says, and the commands that an operator types."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from tests.stack.machine import spawn, wait_until

NANO = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Team:
    """A team with credit and no rate limits."""

    id: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Account:
    """What the database says of a team."""

    posted: Decimal
    held: Decimal
    charges: int  # transfers of kind usage
    charged: Decimal  # their sum
    statuses: Mapping[str, int]  # requests by status

    @property
    def open(self) -> int:
        """Requests that neither ended well nor badly yet."""
        return self.statuses.get("queued", 0) + self.statuses.get("running", 0)


class Books:
    """The books of one stack; ``env`` is the environment of its commands."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self._console: subprocess.Popen[str] | None = None

    def manage(self, *words: str) -> str:
        """Run a management command; what it printed. An assertion fails with its error."""
        if self._console is None:
            self._console = spawn(
                [sys.executable, "-m", "tests.stack.console"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self.env,
            )
        assert self._console.stdin is not None
        assert self._console.stdout is not None
        self._console.stdin.write(json.dumps(words) + "\n")
        self._console.stdin.flush()
        answer = json.loads(self._console.stdout.readline())
        assert not answer["error"], f"{' '.join(words)}: {answer['error']} {answer['out']}"
        out: str = answer["out"]
        return out

    def execute(self, statement: Any, *parameters: Any) -> list[tuple[Any, ...]]:
        """One statement past the application; its rows."""
        with psycopg.connect(self.env["DATABASE_URL"]) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def waits_for_lock(self) -> bool:
        """Whether a connection to its database waits for another one's lock."""
        ((waiting,),) = self.execute(
            "SELECT COUNT(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return waiting > 0

    def create_team(self, credits_: str = "1000") -> Team:
        """A new team that nothing but its balance limits."""
        made = json.loads(self.manage("create_team", "Acme", "--credits", credits_, "--json"))
        unlimited = ("--rpm", "0", "--tpm", "0", "--concurrency", "0")
        self.manage("set_limits", made["team_id"], *unlimited)
        return Team(made["team_id"], made["api_key"])

    def key_of(self, team: Team) -> str:
        """The id of a team's key."""
        ((id_,),) = self.execute("SELECT id FROM accounts_apikey WHERE team_id = %s", team.id)
        return str(id_)

    def account(self, team: Team) -> Account:
        """Balance, charges and requests, straight from the tables."""
        ((posted, held),) = self.execute(
            "SELECT posted, held FROM billing_account WHERE id = %s", team.id
        )
        ((charges, charged),) = self.execute(
            "SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM billing_transfer "
            "WHERE account_id = %s AND kind = 'usage'",
            team.id,
        )
        statuses = dict(
            self.execute(
                "SELECT status, COUNT(*) FROM embeddings_inference WHERE team_id = %s GROUP BY 1",
                team.id,
            )
        )
        return Account(
            Decimal(posted) / NANO,
            Decimal(held) / NANO,
            charges,
            Decimal(charged) / NANO,
            statuses,
        )

    def prove(self) -> None:
        """Every invariant holds on the live database."""
        assert json.loads(self.manage("prove", "--json"))["ok"]

    def settle(self, team: Team) -> Account:
        """Wait until no request of the team is open (the reaper included), then prove."""
        wait_until(lambda: self.account(team).open == 0, what="the end of every hold")
        self.prove()
        account = self.account(team)
        assert account.held == 0
        return account

    def close(self) -> None:
        """End the process that runs the commands."""
        if self._console is not None:
            self._console.kill()
            self._console.wait()
