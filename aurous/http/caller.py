"""Who is calling, as every later step of a request sees it: a frozen copy, never a database row."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

# Each scope includes the ones before it (contract section 1).
_RANK = {"read": 0, "write": 1, "full": 2}


@dataclass(frozen=True, slots=True)
class Caller:
    """One usable API key and its team, as they were at most ``AUTH_CACHE_SECONDS`` ago.

    Limits: ``None`` means that nothing was set for this team or key (the installation's default
    applies where there is one), ``0`` means no limit. Amounts are nano-credits.
    """

    team_id: str
    team_name: str
    api_key_id: str
    scope: str  # "read", "write" or "full"
    models: frozenset[str] | None  # None = every model
    version_pin: str
    billing_mode: str  # "metered" or "exempt"
    team_rpm: int | None = None
    team_tpm: int | None = None
    team_concurrency: int | None = None
    key_rpm: int | None = None
    limit_day_nano: int | None = None
    limit_month_nano: int | None = None
    limit_total_nano: int | None = None
    networks: tuple[IPv4Network | IPv6Network, ...] = ()  # empty = from anywhere

    def allows(self, scope: str) -> bool:
        """Whether this key may do what needs ``scope``."""
        return _RANK[self.scope] >= _RANK[scope]
