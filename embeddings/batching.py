"""Which waiting items go to the engine together. Pure: no clock, no lock, no Django.

Lanes go one after the other, interactive first. Inside a lane teams take turns by deficit
round-robin over tokens, and each team's items keep their order. A batch ends at the first item
that does not fit; that item opens the next batch.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar

# Tokens a team may send each time its turn comes: about one full MiniLM window.
QUANTUM_TOKENS = 256
LANES = ("interactive", "bulk")

Item = TypeVar("Item")
# (longest item, sum of all, number of items) -> tokens the engine computes
Cost = Callable[[int, int, int], int]


def padded_cost(longest: int, total: int, items: int) -> int:
    """Cost of an engine that pads every item to the longest."""
    return longest * items


def packed_cost(longest: int, total: int, items: int) -> int:
    """Cost of an engine that packs items end to end."""
    return total


@dataclass(frozen=True, slots=True)
class Waiting(Generic[Item]):
    """One item in line. `deadline` is on the caller's clock, in seconds; others from 0 up."""

    item: Item
    team_id: str
    tokens: int
    deadline: float
    lane: str = "interactive"
    patches: int = 0  # of pictures and videos, for the vision tower


@dataclass(slots=True)
class _Slot(Generic[Item]):
    """A place in line. `waiting` is None once the item was taken or has expired."""

    waiting: Waiting[Item] | None
    since: float


@dataclass(slots=True)
class _Team(Generic[Item]):
    """A team's line in one lane, oldest first, and the tokens it may still send in this turn."""

    slots: deque[_Slot[Item]] = field(default_factory=deque)
    deficit: int = 0
    on_turn: bool = False

    def head(self) -> Waiting[Item] | None:
        """Return the first item that still waits, forgetting the places before it."""
        while self.slots:
            if self.slots[0].waiting is not None:
                return self.slots[0].waiting
            self.slots.popleft()
        return None


class _Lane(Generic[Item]):
    """Teams in the order of their turns."""

    def __init__(self) -> None:
        self.teams: dict[str, _Team[Item]] = {}
        self._turns: deque[str] = deque()

    def push(self, team_id: str, slot: _Slot[Item]) -> None:
        """Put a place at the end of its team's line; a new team's turn comes last."""
        if team_id not in self.teams:
            self.teams[team_id] = _Team()
            self._turns.append(team_id)
        self.teams[team_id].slots.append(slot)

    def peek(self) -> Waiting[Item] | None:
        """Return the item whose turn it is, without taking it; asked again it is the same one."""
        while self._turns:
            team = self.teams[self._turns[0]]
            head = team.head()
            if head is None:
                # A team with nothing in line keeps no credit for later.
                del self.teams[self._turns.popleft()]
                continue
            if not team.on_turn:
                team.on_turn = True
                team.deficit += QUANTUM_TOKENS
            if head.tokens <= team.deficit:
                return head
            team.on_turn = False
            self._turns.rotate(-1)
        return None

    def pop(self) -> None:
        """Take what `peek` returned."""
        team = self.teams[self._turns[0]]
        slot = team.slots.popleft()
        if slot.waiting is not None:
            team.deficit -= slot.waiting.tokens
            slot.waiting = None


class FairQueue(Generic[Item]):
    """Waiting items and the choice of the next batch; each call costs about the batch's size.

    Not thread-safe: its owner holds a lock. `now` and deadlines come from one monotonic clock.
    """

    def __init__(self, cost: Cost = padded_cost) -> None:
        self._cost = cost
        self._lanes: dict[str, _Lane[Item]] = {name: _Lane() for name in LANES}
        # Soonest deadline first, so that an expired item is found wherever it stands.
        self._deadlines: list[tuple[float, int, _Slot[Item]]] = []
        self._sequence = count()
        self._items = 0
        self.tokens = 0

    def __len__(self) -> int:
        return self._items

    def push(self, waiting: Waiting[Item], now: float) -> None:
        """Put an item at the end of its team's line. Raises KeyError for an unknown lane."""
        slot = _Slot(waiting, since=now)
        self._lanes[waiting.lane].push(waiting.team_id, slot)
        heappush(self._deadlines, (waiting.deadline, next(self._sequence), slot))
        self._items += 1
        self.tokens += waiting.tokens

    def take(
        self, now: float, *, tokens_max: int, items_max: int, patches_max: int | None = None
    ) -> tuple[list[Waiting[Item]], list[Waiting[Item]]]:
        """Remove and return the next batch and, apart, all items that are past their deadline.

        The batch costs at most `tokens_max` and has at most `patches_max` patches (None: any
        number), unless one item alone is above that. With
        `now=math.inf` everything comes back as expired: that is how a stopping worker empties it.
        """
        expired = self._drop_expired(now)
        batch: list[Waiting[Item]] = []
        longest = total = patches = 0
        for lane in self._lanes.values():
            while len(batch) < items_max and (waiting := lane.peek()):
                longest, total = max(longest, waiting.tokens), total + waiting.tokens
                patches += waiting.patches
                too_long = self._cost(longest, total, len(batch) + 1) > tokens_max
                if batch and (too_long or (patches_max is not None and patches > patches_max)):
                    return self._left(batch), expired
                lane.pop()
                batch.append(waiting)
        return self._left(batch), expired

    def oldest(self, now: float) -> float:
        """Return for how many seconds the oldest item waits; 0.0 when nothing does."""
        heads = [
            team.slots[0].since
            for lane in self._lanes.values()
            for team in lane.teams.values()
            if team.head() is not None
        ]
        return now - min(heads, default=now)

    def _drop_expired(self, now: float) -> list[Waiting[Item]]:
        expired = []
        while self._deadlines and self._deadlines[0][0] <= now:
            slot = heappop(self._deadlines)[2]
            if slot.waiting is None:
                continue
            expired.append(slot.waiting)
            team = self._lanes[slot.waiting.lane].teams[slot.waiting.team_id]
            slot.waiting = None
            team.head()  # a line that is never served must not keep its dead places
        return self._left(expired)

    def _left(self, gone: list[Waiting[Item]]) -> list[Waiting[Item]]:
        """Account for items that left, and forget deadlines of the dead when they are most."""
        self._items -= len(gone)
        self.tokens -= sum(waiting.tokens for waiting in gone)
        if len(self._deadlines) > 2 * self._items + 1_024:
            self._deadlines = [entry for entry in self._deadlines if entry[2].waiting is not None]
            heapify(self._deadlines)
        return gone
