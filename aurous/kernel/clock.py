"""The one clock that decides about money: the database's, never this machine's."""

from datetime import UTC, datetime

from django.db.backends.base.base import BaseDatabaseWrapper

# The present moment inside a statement, in the form that each database stores. The doubled
# signs are for statements that have parameters.
NOW_SQL = {
    "postgresql": "clock_timestamp()",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')",
}


def seconds_until_sql(vendor: str, column: str) -> str:
    """An expression for the seconds from now to a moment in a column."""
    if vendor == "postgresql":
        return f"EXTRACT(EPOCH FROM {column} - clock_timestamp())"
    return f"(julianday({column}) - julianday('now')) * 86400"


def database_now(connection: BaseDatabaseWrapper) -> datetime:
    """The present moment by the database, in UTC with microseconds (milliseconds on SQLite)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOW_SQL[connection.vendor]}", [])
        value = cursor.fetchone()[0]
    return as_utc(value)


def as_utc(value: datetime | str) -> datetime:
    """A moment as the two databases return it, made an aware datetime in UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def as_sql(moment: datetime) -> str:
    """The text form that both databases read as the same UTC moment.

    Exactly what Django writes on SQLite, where moments are compared as texts: a whole second has
    no fraction, so that ``WHERE day = …`` finds the row whoever wrote it.
    """
    return str(moment.astimezone(UTC).replace(tzinfo=None))
