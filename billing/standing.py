"""A locked account, as one transaction sees and changes it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Standing:
    """A locked account as it is now, what was posted in this transaction included.

    Amounts are nano-credits. ``low_balance`` is the team's threshold, None the installation's.
    """

    id: str
    posted: int
    held: int
    floor: int
    open_count: int
    sequence: int
    chain_hash: str
    next_expiry_at: datetime | None
    next_grant_at: datetime | None
    low_balance: int | None
    low_told: bool
    exhausted_told: bool
    # Of this transaction only; ``billing.alerts`` reads them at its end.
    money_came_in: bool = False
    refused_needing: int = 0  # the most that a request wanted and did not get

    @property
    def available(self) -> int:
        """Nano-credits that a new hold may take."""
        return self.posted - self.held - self.floor
