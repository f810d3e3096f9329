"""The groups of operators: made by a command, again and again, without taking anything away."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from aurous.operators.roles import ROLES
from tests.cast import person


def holds(name):
    return {
        f"{one.content_type.app_label}.{one.codename}"
        for one in Group.objects.get(name=name).permissions.select_related("content_type")
    }


def test_the_command_makes_them_once(db, capsys):
    call_command("staff_groups")
    assert "Support: " in capsys.readouterr().out
    for name, wanted in ROLES.items():
        assert holds(name) == set(wanted)
    call_command("staff_groups")
    assert "Support: 0 permissions added" in capsys.readouterr().out
    assert Group.objects.count() == len(ROLES)


def test_what_an_operator_added_stays_unless_the_table_is_asked_for_exactly(db):
    call_command("staff_groups")
    extra = Permission.objects.get(codename="view_proof")
    Group.objects.get(name="Support").permissions.add(extra)
    call_command("staff_groups")
    assert "billing.view_proof" in holds("Support")
    call_command("staff_groups", exactly=True)
    assert "billing.view_proof" not in holds("Support")


def test_a_permission_that_is_not_there_stops_it_whole(db):
    Permission.objects.filter(codename="run_proof").delete()
    with pytest.raises(CommandError, match="run_proof: run migrate first"):
        call_command("staff_groups")
    assert not Group.objects.exists()


def test_nobody_hands_out_rights_and_money_is_finances(db):
    for name, wanted in ROLES.items():
        assert len(set(wanted)) == len(wanted)
        assert not [
            one for one in wanted if one.endswith(("_user", "_group")) and "view" not in one
        ]
        moves = {"billing.change_account", "billing.add_price"} & set(wanted)
        assert bool(moves) is (name == "Finance")


def test_every_table_is_seen_by_some_group(db):
    """What is only for superusers says so here."""
    seen = {one for wanted in ROLES.values() for one in wanted}
    tables = {
        f"{model._meta.app_label}.view_{model._meta.model_name}" for model in admin.site._registry
    }
    assert tables - seen == {"auth.view_group"}


@pytest.mark.parametrize("name", ROLES)
def test_each_sees_its_start_page_and_its_lists(client, happened, name):
    call_command("staff_groups")
    helper = person("helper@aurous.example", is_staff=True)
    helper.groups.add(Group.objects.get(name=name))
    client.force_login(helper)
    page = client.get("/admin/").text
    assert ("aurous-part-outstanding" in page) is (name != "Operations")
    assert ("aurous-part-proofs" in page) is (name != "Support")
    assert ("Check now" in page or "A check waits" in page) is (name != "Support")
    for url in ("/admin/accounts/team/", "/admin/embeddings/inference/"):
        assert client.get(url).status_code == 200
    assert client.get("/admin/auth/group/").status_code == 403
