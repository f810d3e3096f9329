"""Who may do what in a team's dashboard: one table, read by one door (``accounts.pages.door``)."""

from enum import Enum

from accounts.models import Role


class May(Enum):
    """What a page shows or an act changes."""

    READ = "see everything of the team but its audit log"
    SPEND = "send requests from the playground"
    KEYS = "create, change, roll and revoke API keys"
    WEBHOOKS = "create, change, test and delete webhook endpoints"
    VERSION = "switch the team's API version"
    MONEY = "add credit and change how it is topped up"
    ALERTS = "change when the team is told of a low balance"
    LIMITS = "change the limits of the team's keys as a whole"
    MEMBERS = "invite and remove people and change their roles"
    AUDIT = "read the audit log"
    SETTINGS = "rename the team"
    OWNERSHIP = "make and unmake owners"


_ADMIN = frozenset(May) - {May.OWNERSHIP}
_MATRIX: dict[str, frozenset[May]] = {
    Role.OWNER: frozenset(May),
    Role.ADMIN: _ADMIN,
    Role.BILLING: frozenset({May.READ, May.MONEY, May.ALERTS}),
    Role.DEVELOPER: frozenset({May.READ, May.SPEND, May.KEYS, May.WEBHOOKS, May.VERSION}),
    Role.VIEWER: frozenset({May.READ}),
}


def allowed(role: str) -> frozenset[May]:
    """Everything that a role may do; an unknown role may do nothing."""
    return _MATRIX.get(role, frozenset())


def roles_that(may: May) -> list[str]:
    """The names of the roles that may do it, the mightiest first."""
    return [role for role in Role.values if may in allowed(role)]


class NotAllowed(Exception):  # noqa: N818 - named by what happened
    """Somebody's role does not allow an act, by what it is when the act is done."""

    def __init__(self, may: May) -> None:
        super().__init__(may.value)
        self.may = may


def demand(role: str, may: May) -> None:
    """Raise ``NotAllowed`` where the role may not do it."""
    if may not in allowed(role):
        raise NotAllowed(may)
