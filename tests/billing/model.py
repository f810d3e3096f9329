"""The money rules once more, in plain Python: lists, loops and no database.

Written from money.md and contract.md, not from the code it judges. One ``TeamModel`` is one team;
each operation gets the moment at which it happens.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

DAY = timedelta(hours=24)
GRACE = timedelta(seconds=5)
RANK = {"promotional": 0, "adjustment": 1, "purchased": 2}


@dataclass
class GrantModel:
    """Credit that a team received."""

    id: str
    kind: str
    left: int
    priority: int
    since: datetime
    until: datetime | None

    def over(self, at: datetime) -> bool:
        """Whether it has expired at that moment."""
        return self.until is not None and self.until <= at


@dataclass
class HoldModel:
    """A request that was let in."""

    id: str
    at: datetime
    deadline: datetime
    tokens: int
    price: int
    amount: int
    exempt: bool
    key: str
    claim: str | None
    status: str = "queued"
    charged: int = 0

    @property
    def open(self) -> bool:
        """Whether its amount is held."""
        return self.status in ("queued", "running")


def day_of(hold: HoldModel) -> str:
    """The UTC day that a hold counts for."""
    return hold.at.strftime("%Y-%m-%d")


@dataclass
class Asked:
    """What else a request came with."""

    fingerprint: str
    limits: dict[str, int]
    concurrency: int | None


@dataclass
class ClaimModel:
    """What a team's idempotency key stands for."""

    fingerprint: str
    hold_id: str
    done_at: datetime | None = None
    reply: bytes | None = None


@dataclass
class TeamModel:
    """Everything about one team's money."""

    grants: list[GrantModel] = field(default_factory=list)
    coming: list[GrantModel] = field(default_factory=list)  # promised, not begun
    holds: dict[str, HoldModel] = field(default_factory=dict)
    claims: dict[str, ClaimModel] = field(default_factory=dict)
    used: Counter[tuple[str, str]] = field(default_factory=Counter)  # (key, day)
    charges: Counter[tuple[str, str]] = field(default_factory=Counter)  # (claim, answer kept at)

    @property
    def posted(self) -> int:
        """The balance."""
        return sum(grant.left for grant in self.grants)

    @property
    def open(self) -> list[HoldModel]:
        """The requests that run."""
        return [hold for hold in self.holds.values() if hold.open]

    @property
    def held(self) -> int:
        """What they hold."""
        return sum(hold.amount for hold in self.open)

    def book(self, at: datetime) -> None:
        """Promised credit comes; expired credit goes, but for what requests older than the expiry
        hold of it.
        """
        self.grants += [grant for grant in self.coming if grant.since <= at]
        self.coming = [grant for grant in self.coming if grant.since > at]
        reserved = 0
        over = [grant for grant in self.grants if grant.over(at) and grant.left]
        for grant in sorted(over, key=lambda g: (g.until, g.id)):
            older = sum(hold.amount for hold in self.open if hold.at < grant.until)
            grant.left = min(grant.left, max(0, older - reserved))
            reserved += grant.left

    def answer(self, hold: HoldModel, asked: "Asked") -> str | bytes | None:
        """The code of a refusal, the answer to repeat, or None: it is let in."""
        if asked.concurrency and len(self.open) >= asked.concurrency:
            return "concurrency_limit_exceeded"
        claim = self.claims.get(hold.claim or "")
        if claim is not None and not (claim.done_at and hold.at >= claim.done_at + DAY):
            if claim.fingerprint == asked.fingerprint and claim.reply is not None:
                return claim.reply
            return "idempotency_key_in_use"
        if hold.exempt:
            return None
        if self.posted - self.held < hold.amount:
            return "balance_too_low"
        return "key_limit_reached" if self._beyond(hold, asked.limits) else None

    def _beyond(self, hold: HoldModel, limits: dict[str, int]) -> bool:
        day = day_of(hold)
        spans = {"day": day, "month": day[:7], "total": ""}
        spent = {
            span: sum(n for (k, d), n in self.used.items() if k == hold.key and d.startswith(begin))
            for span, begin in spans.items()
        }
        return any(spent[span] + hold.amount > limit for span, limit in limits.items())

    def let_in(self, hold: HoldModel, fingerprint: str) -> None:
        """Hold the amount and count it."""
        self.holds[hold.id] = hold
        self.used[hold.key, day_of(hold)] += hold.amount
        if hold.claim is not None:
            self.claims[hold.claim] = ClaimModel(fingerprint, hold.id)

    def settle(self, hold: HoldModel, tokens: int, reply: bytes, at: datetime) -> int | None:
        """What was charged, or None where the hold cannot be settled (any more)."""
        if hold.status == "settled":
            return hold.charged
        amount = 0 if hold.exempt else tokens * hold.price
        if hold.status != "running" or at >= hold.deadline or amount > hold.amount:
            return None
        self._end(hold, "settled", amount)
        self.spend(amount, hold.at, at)
        if hold.claim is not None:
            claim = self.claims[hold.claim]
            claim.done_at, claim.reply = at, reply
            self.charges[hold.claim, at.isoformat()] += 1
        return amount

    def release(self, hold: HoldModel) -> bool:
        """Whether it was still open."""
        if not hold.open:
            return False
        self._end(hold, "released", 0)
        if hold.claim is not None:
            del self.claims[hold.claim]
        return True

    def take_back(self, amount: int, at: datetime) -> bool:
        """An operator's correction downwards: whether so much was available."""
        if amount > self.posted - self.held:
            return False
        self.spend(amount, at, at)
        return True

    def reap(self, at: datetime) -> int:
        """How many holds were released."""
        overdue = [hold for hold in self.open if hold.deadline + GRACE < at]
        if overdue:
            self.book(at)
        for hold in overdue:
            self.release(hold)
        self.book(at)
        lapsed = [k for k, c in self.claims.items() if c.done_at and c.done_at < at - DAY]
        for key in lapsed:
            del self.claims[key]
        return len(overdue)

    def takable(self, at: datetime) -> int:
        """What money that goes back may take with it: nothing that is held, nothing expired."""
        there = sum(grant.left for grant in self.grants if not grant.over(at))
        return max(0, min(self.posted - self.held, there))

    def _end(self, hold: HoldModel, status: str, charged: int) -> None:
        hold.status, hold.charged = status, charged
        self.used[hold.key, day_of(hold)] += charged - hold.amount

    def spend(
        self, amount: int, held_at: datetime, at: datetime, first: GrantModel | None = None
    ) -> None:
        """Take from the grants in their order; what the money had bought comes before all."""
        for grant in sorted(self.grants, key=lambda g: (g is not first, self.order(g, at))):
            if not grant.over(held_at):
                part = min(amount, grant.left)
                grant.left -= part
                amount -= part
        assert amount == 0, "a hold was not covered"

    @staticmethod
    def order(grant: GrantModel, at: datetime) -> tuple[object, ...]:
        """What is spent first, of all that may be spent."""
        until = grant.until or datetime.max.replace(tzinfo=at.tzinfo)
        first = (0, until) if grant.over(at) else (1, grant.priority)
        return (first, until, RANK[grant.kind], grant.since, grant.id)
