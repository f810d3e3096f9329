"""``prove``: a table or one JSON object, and an exit status that a script can trust."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from billing import invariants
from tests.billing import stage
from tests.billing.breaking import damage

pytestmark = pytest.mark.usefixtures("db")
IDS = [
    "I1",
    "I2",
    "I3",
    "I4",
    "I5",
    "I6",
    "I7",
    "I8",
    "I9",
    "I10",
    "I11",
    "I12",
    "I13",
    "I14",
    "I16",
    "I17",
    "I18",
    "I19",
    "I20",
]


@pytest.fixture
def broken(broken_books):
    team = stage.a_team(5_000)
    damage("UPDATE billing_account SET held = 7 WHERE id = %s", [team.id])
    return team


def test_on_sound_books_every_invariant_holds(team, capsys):
    call_command("prove")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [[id_, "holds"] for id_ in IDS]


def test_an_empty_database_is_sound(db, capsys):
    call_command("prove")
    assert "differs" not in capsys.readouterr().out


def test_a_difference_is_an_exit_status_of_1_and_is_told_in_words(broken, capsys):
    with pytest.raises(CommandError, match=r"^differences in I5$") as caught:
        call_command("prove")
    assert caught.value.returncode == 1
    out = capsys.readouterr().out
    assert "I5   differs  held is the sum of the open requests" in out
    assert f"     - {broken.id}: held 7 by 0 requests" in out
    assert out.count("holds") == len(IDS) - 1


def test_with_json_it_prints_one_object_and_nothing_else(team, capsys):
    call_command("prove", "--json")
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert out.count("\n") == 1
    assert err == ""
    assert found["ok"] is True
    assert [one["id"] for one in found["invariants"]] == IDS
    assert all(one["ok"] and one["differences"] == [] for one in found["invariants"])
    assert all(one["title"] for one in found["invariants"])


def test_with_json_a_difference_is_in_the_object_and_in_the_exit_status(broken, capsys):
    with pytest.raises(CommandError) as caught:
        call_command("prove", "--json")
    assert caught.value.returncode == 1
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    found = json.loads(out)
    assert found["ok"] is False
    wrong = [one for one in found["invariants"] if not one["ok"]]
    assert [one["id"] for one in wrong] == ["I5"]
    assert len(wrong[0]["differences"]) == 1


def test_proving_changes_nothing(team):
    stage.spent(team)
    before = stage.sql("SELECT * FROM billing_account ORDER BY id")
    invariants.prove()
    assert stage.sql("SELECT * FROM billing_account ORDER BY id") == before
