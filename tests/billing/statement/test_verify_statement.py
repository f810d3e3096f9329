"""A statement that was touched anywhere is found out, and the place is named."""

import csv
import io
import json
import re
import subprocess
import sys
from decimal import Decimal

import orjson
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aurous.kernel.records import encoded
from billing.models import Transfer
from billing.statement.export import COLUMNS, statement_chunks
from tests.billing import stage
from tests.billing.breaking import damage
from tests.billing.stage import CREDIT, grant, spent
from tests.billing.statement.verifier import PATH, verifier

FORMATS = ("csv", "jsonl")
NOTE = "=SUM(A1)\nand \"more\", 'so' to say; ünïcode"
LINES = 7  # of a statement with five transfers


def exported(team, form, *period):
    return b"".join(encoded(form, COLUMNS, statement_chunks(team.id, *period)))


def records_of(text, form):
    """The records as lists of texts, so that a test can change any of them."""
    if form == "csv":
        return list(csv.reader(io.StringIO(text.decode(), newline="")))[1:]
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


def written(records, form):
    """The other way."""
    if form == "csv":
        page = io.StringIO(newline="")
        csv.writer(page, lineterminator="\r\n").writerows([list(COLUMNS), *records])
        return page.getvalue().encode()
    return b"".join(
        orjson.dumps({k: _digits(v) for k, v in r.items()}, option=orjson.OPT_APPEND_NEWLINE)
        for r in records
    )


def _digits(value):
    return orjson.Fragment(f"{value:f}") if isinstance(value, Decimal) else value


def problems(tmp_path, text, head=None):
    """What the verifier has to say of a file."""
    path = tmp_path / "statement"
    path.write_bytes(text)
    try:
        return verifier.verify(str(path), head).problems
    except verifier.Unreadable as error:
        return [str(error)]


def place_of(number, form):
    """The line of the file that the record with this number begins in."""
    if form == "jsonl":
        return number + 1
    # The header comes first, and the note of the second transfer is two lines long.
    return number + 2 + (1 if number > 2 else 0)


@pytest.fixture
def team(db):
    made = stage.a_team(10 * CREDIT)
    grant(made, 2 * CREDIT, note=NOTE)
    for tokens in (5, 7, 11):
        spent(made, tokens=tokens, user="ann")
    return made


@pytest.mark.parametrize("form", FORMATS)
def test_a_statement_as_it_was_exported_is_right(team, tmp_path, form):
    assert problems(tmp_path, exported(team, form)) == []


def test_the_command_needs_nothing_but_python(team, tmp_path):
    path = tmp_path / "statement.csv"
    path.write_bytes(exported(team, "csv"))
    bare = [sys.executable, "-I", "-S", str(PATH), str(path)]
    done = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    head = Transfer.objects.order_by("sequence").last().hash
    assert f"{team.id}: 5 lines are right. Opening 0, closing 11.999977" in done.stdout
    assert head in done.stdout


def test_a_difference_is_an_exit_status_of_1_and_an_absent_file_one_of_2(team, tmp_path, capsys):
    path = tmp_path / "statement.jsonl"
    path.write_bytes(exported(team, "jsonl").replace(b"revenue", b"refunds"))
    assert verifier.main([str(path)]) == 1
    assert "credit was changed: it is 'refunds', hashed was 'revenue'" in capsys.readouterr().out
    assert verifier.main([str(tmp_path / "none")]) == 2


def another(value, random):
    """A value of the same type that is not the same."""
    if isinstance(value, bool) or value is None:
        return "x"
    if isinstance(value, int | Decimal):
        return value + random.choice([1, -1, 1000])
    at = random.randrange(len(value)) if value else 0
    put = random.choice([c for c in "0123456789abcdefXYZ" if c != value[at : at + 1]])
    return value[:at] + put + value[at + 1 :] if random.random() < 0.7 else value + put


@pytest.mark.parametrize("form", FORMATS)
def test_any_field_of_any_record_that_is_changed_is_found_and_its_line_named(team, tmp_path, form):
    records = records_of(exported(team, form), form)
    assert len(records) == LINES
    names = list(enumerate(COLUMNS)) if form == "csv" else [(name, name) for name in COLUMNS]

    @given(st.integers(0, LINES - 1), st.sampled_from(names), st.randoms(use_true_random=False))
    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    def one(number, field, random):
        changed = [type(record)(record) for record in records]
        key, name = field
        changed[number][key] = another(changed[number][key], random)
        found = problems(tmp_path, written(changed, form))
        assert found, (number, name)
        lines = [int(n) for p in found for n in re.findall(r"^line (\d+)", p)]
        # A record that begins otherwise shows at the line that stands on it, too.
        after = {0: 1}.get(number, number)
        assert {place_of(number, form), place_of(after, form)} & set(lines), found

    assert problems(tmp_path, written(records, form)) == []
    one()


TOLD = [  # what can be told exactly is
    ("amount", 3, "amount was changed"),
    ("balance_after", 3, "balance_after was changed"),
    ("sequence", 3, "sequence was changed"),
    ("account", 3, "account was changed"),
    ("kind", 3, "kind was changed"),
    ("debit", 3, "debit was changed"),
    ("credit", 3, "credit was changed"),
    ("hash", 3, "hash was changed"),
    ("hash", 5, "hash was changed"),
    ("id", 3, "is not what was hashed"),
    ("note", 2, "is not what was hashed"),
    ("request_id", 3, "is not what was hashed"),
    ("recorded_at", 3, "is not what was hashed"),
    ("occurred_at", 3, "is not what was hashed"),
]
OTHERS = {
    "amount": Decimal("-0.5"),
    "balance_after": Decimal("3.5"),
    "sequence": 77,
    "kind": "adjustment",
    "debit": "breakage",
    "credit": "breakage",
}


@pytest.mark.parametrize(("field", "number", "said"), TOLD)
def test_a_changed_field_is_named_where_the_others_tell_what_it_was(
    team, tmp_path, field, number, said
):
    records = records_of(exported(team, "jsonl"), "jsonl")
    records[number][field] = OTHERS.get(field, "f" * 64)
    found = problems(tmp_path, written(records, "jsonl"))
    assert len(found) == 1, found
    assert found[0].startswith(f"line {number + 1} (sequence ")
    assert said in found[0]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("number", range(1, 6))
def test_a_line_that_was_removed_is_named(team, tmp_path, form, number):
    records = records_of(exported(team, form), form)
    del records[number]
    found = problems(tmp_path, written(records, form))
    said = "sequence is '5', the lines before say '4'" if number == 5 else f"sequence {number} is"
    assert any(said in one for one in found), found


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("number", range(1, 5))
def test_lines_that_were_swapped_are_named(team, tmp_path, form, number):
    records = records_of(exported(team, form), form)
    records[number], records[number + 1] = records[number + 1], records[number]
    found = problems(tmp_path, written(records, form))
    assert any(f"stands before sequence {number}: out of order" in one for one in found), found


@pytest.mark.parametrize("number", range(1, 6))
def test_a_line_that_was_inserted_is_named(team, tmp_path, number):
    records = records_of(exported(team, "jsonl"), "jsonl")
    made_up = dict(records[number], amount=Decimal(-1), id="tr_made_up")
    records.insert(number, made_up)
    found = problems(tmp_path, written(records, "jsonl"))
    assert found[0] == (
        f"line {number + 1} (sequence {number}): was inserted: the line after it follows the "
        "line before it"
    )


@pytest.mark.parametrize("number", range(1, 6))
def test_a_line_that_stands_twice_is_named(team, tmp_path, number):
    records = records_of(exported(team, "jsonl"), "jsonl")
    records.insert(number, records[number])
    found = problems(tmp_path, written(records, "jsonl"))
    assert found == [
        f"line {number + 2} (sequence {number}): comes after sequence {number}: "
        "repeated or out of order"
    ] or ("was inserted" in found[0] and len(found) == 1), found


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kept", [1, 3, 6])
def test_a_statement_that_was_cut_off_says_so(team, tmp_path, form, kept):
    records = records_of(exported(team, form), form)[:kept]
    found = problems(tmp_path, written(records, form))
    assert found == [f"after sequence {kept - 1}: cut off, there is no record end"]


def test_half_a_line_is_named(team, tmp_path):
    text = exported(team, "jsonl")
    assert problems(tmp_path, text[:-40])[0].startswith(f"line {LINES}: no JSON")
    text = exported(team, "csv")
    assert problems(tmp_path, text[:-40]) != []


def test_an_end_that_was_made_to_fit_a_shorter_chain_does_not_fit_the_head(team, tmp_path):
    records = records_of(exported(team, "jsonl"), "jsonl")
    head = records[5]["hash"]
    shorter = [*records[:5], records[6]]
    last = records[4]
    opening = Decimal(0)
    shorter[-1] |= {
        "sequence": last["sequence"],
        "balance_after": last["balance_after"],
        "hash": last["hash"],
        "lines": 4,
        "total": last["balance_after"] - opening,
    }
    text = written(shorter, "jsonl")
    assert problems(tmp_path, text) == []
    (found,) = problems(tmp_path, text, head)
    assert found == f"the chain ends with {last['hash']}, not with the head {head}"


IN_THE_DATABASE = [
    "amount = amount + 1",
    "balance_after = balance_after + 1",
    "kind = 'adjustment'",
    "credit_id = 'breakage'",
    "reference = 'inference:emb_other'",
    "request_id = 'req_other'",
    "note = 'other'",
    "id = 'tr_other'",
    "occurred_at = '2020-01-01 00:00:00'",
    "recorded_at = '2020-01-01 00:00:00'",
    "hash = '" + "0" * 64 + "'",
]


@pytest.mark.usefixtures("broken_books")
@pytest.mark.parametrize("change", IN_THE_DATABASE)
def test_a_change_in_the_database_itself_is_found_by_the_customer_and_by_prove(
    team, tmp_path, change
):
    damage(f"UPDATE billing_transfer SET {change} WHERE sequence = 4")
    found = problems(tmp_path, exported(team, "csv"))
    assert any("(sequence 4)" in one for one in found), found
    assert "I14" in stage.complaints()


@pytest.mark.usefixtures("broken_books")
def test_a_line_removed_from_the_database_is_named(team, tmp_path):
    damage("DELETE FROM billing_transfer WHERE sequence = 4")
    found = problems(tmp_path, exported(team, "csv"))
    assert found[0].endswith("(sequence 5): sequence 4 is missing before it")


def test_a_period_begins_with_the_balance_and_the_hash_before_it(clock, tmp_path):
    team = stage.a_team(10 * CREDIT)
    spent(team, tokens=5)
    clock.advance(hours=1)
    since = clock.now
    spent(team, tokens=7)
    clock.advance(hours=1)
    spent(team, tokens=9)
    text = exported(team, "jsonl", since, clock.now)
    start, entry, end = records_of(text, "jsonl")
    assert (start["sequence"], start["balance_after"]) == (2, Decimal("9.999995"))
    assert (entry["sequence"], entry["amount"]) == (3, Decimal("-0.000007"))
    assert (end["lines"], end["total"]) == (1, Decimal("-0.000007"))
    assert problems(tmp_path, text) == []


def test_a_period_without_lines_has_a_start_and_an_end(clock, tmp_path):
    team = stage.a_team(10 * CREDIT)
    clock.advance(hours=1)
    text = exported(team, "jsonl", clock.now, None)
    assert [record["balance_after"] for record in records_of(text, "jsonl")] == [10, 10]
    assert problems(tmp_path, text) == []


def test_lines_hashed_before_all_fields_were_are_right_as_they_are(team, tmp_path, broken_books):
    from billing.chain import first_chain_hash
    from billing.models import GENESIS_HASH

    before = GENESIS_HASH
    for row in Transfer.objects.order_by("sequence"):
        fields = {name: getattr(row, name) for name in vars(row) if not name.startswith("_")}
        before = first_chain_hash(before, fields)
        damage("UPDATE billing_transfer SET hash = %s WHERE id = %s", [before, row.id])
    stage.sql("UPDATE billing_account SET chain_hash = %s WHERE id = %s", [before, team.id])
    assert stage.complaints() == {}
    assert problems(tmp_path, exported(team, "csv")) == []


def test_the_file_can_be_taken_from_the_installation(db):
    response = Client().get("/verify_statement.py")
    assert response.status_code == 200
    assert response.content == PATH.read_bytes()
