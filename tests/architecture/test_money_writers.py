"""Only ``billing.ledger`` writes transfers and accounts; everybody else asks it to."""

import ast
import re

import pytest

from tests.architecture.source import PACKAGES, Module, calls_in, dotted, modules, snippet

LEDGER = "billing.ledger"
# Fills a database of its own for measurements, in minutes; nobody's money is in it.
ELSEWHERE = {LEDGER, "bench.reading.fill"}
MODELS = ("Transfer", "Account")
WRITES = {
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "save",
    "update",
    "update_or_create",
}
WRITERS = {"insert_rows"}  # functions of ours that write the model they are given
STATEMENT = re.compile(
    r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(\s+TABLE)?)\s+\"?billing_(account|transfer)\b",
    re.IGNORECASE,
)
FIX = "Post through billing.ledger (locked_books(…) and books.post(…)): it keeps the sums right."


def other_writers(module: Module) -> list[str]:
    if module.name in ELSEWHERE:
        return []
    calls = [
        f"{module.at(call)}: {dotted(call.func)}(…) writes the ledger. {FIX}"
        for call in calls_in(module)
        if _writes(call)
    ]
    statements = [
        f"{module.at(node)}: this statement writes the ledger. {FIX}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and STATEMENT.search(node.value)
    ]
    return calls + statements


def _writes(call: ast.Call) -> bool:
    names = dotted(call.func).split(".")
    if names[-1] in WRITERS:
        return any(dotted(argument) in MODELS for argument in call.args)
    if len(names) < 2 or names[-1] not in WRITES:
        return False
    owner = names[0]
    return owner in MODELS or owner.lower() in {"account", "transfer", "accounts", "transfers"}


def test_nobody_but_the_ledger_writes_it():
    assert [line for module in modules(*PACKAGES) for line in other_writers(module)] == []


@pytest.mark.parametrize(
    "line",
    [
        "Transfer.objects.create(amount=1)",
        "Transfer(amount=1).save(force_insert=True)",
        "Account.objects.filter(id=1).update(posted=0)",
        "Account.objects.bulk_create([])",
        "Account.objects.select_for_update().filter(id=1).exclude(id=2).delete()",
        "account.save(update_fields=['posted'])",
        "insert_rows(connection, Transfer, rows)",
        "cursor.execute('UPDATE billing_account SET posted = 0')",
        "cursor.execute('insert into \"billing_transfer\" values (1)')",
        "sql = f'DELETE FROM billing_transfer WHERE id = {marks}'",
    ],
)
def test_a_write_to_the_ledger_is_found(line):
    (complaint,) = other_writers(snippet(line, "billing.topups"))
    assert "books.post" in complaint
    assert other_writers(snippet(line, LEDGER)) == []


@pytest.mark.parametrize(
    "line",
    [
        "Transfer.objects.filter(account_id=1)",
        "account = Account.objects.get(id=1)",
        "account.refresh_from_db()",
        "insert_rows(connection, Grant, rows)",
        "Grant.objects.filter(id=1).update(remaining=0)",
        "cursor.execute('SELECT posted FROM billing_account')",
        "cursor.execute('UPDATE billing_accountant SET name = 1')",
        "books.post(Transfer.Kind.GRANT, team_id, 5)",
    ],
)
def test_reading_the_ledger_and_posting_are_fine(line):
    assert other_writers(snippet(line, "billing.topups")) == []
