import pytest

from accounts import access, members
from accounts.models import AuditEvent, Membership
from aurous.kernel.errors import AurousError
from tests.cast import NOBODY


def place(user, team):
    return access.membership_for(user, team.id)


def test_a_member_is_added_and_audited(cast):
    members.add(cast.acme, cast.cleo, "billing", actor=NOBODY)
    assert place(cast.cleo, cast.acme).role == "billing"
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.target) == ("member.added", f"user_{cast.cleo.pk}")
    assert event.data == {"role": "billing"}


def test_nobody_is_in_a_team_twice(cast):
    with pytest.raises(AurousError, match="already"):
        members.add(cast.acme, cast.ben, "viewer", actor=NOBODY)
    assert place(cast.ben, cast.acme).role == "developer"


def test_a_role_that_is_none_is_refused(cast):
    with pytest.raises(AurousError) as caught:
        members.add(cast.acme, cast.cleo, "king", actor=NOBODY)
    assert caught.value.code == "invalid_format"


def test_a_role_is_changed_and_audited_old_and_new(cast):
    members.change_role(place(cast.ben, cast.acme), "admin", actor=NOBODY)
    event = AuditEvent.objects.latest("id")
    assert event.action == "member.role_changed"
    assert event.data == {"role": {"old": "developer", "new": "admin"}}


def test_the_last_owner_can_neither_step_down_nor_leave(cast):
    ada = place(cast.ada, cast.acme)
    with pytest.raises(AurousError, match="keep an owner"):
        members.change_role(ada, "viewer", actor=NOBODY)
    with pytest.raises(AurousError, match="keep an owner"):
        members.remove(ada, actor=NOBODY)


def test_with_a_second_owner_the_first_may_leave(cast):
    members.change_role(place(cast.ben, cast.acme), "owner", actor=NOBODY)
    members.remove(place(cast.ada, cast.acme), actor=NOBODY)
    assert [member.user for member in access.memberships_of(cast.acme.id)] == [cast.ben]
    assert AuditEvent.objects.latest("id").action == "member.removed"


def test_who_was_removed_meanwhile_cannot_be_changed(cast):
    ben = place(cast.ben, cast.acme)
    Membership.objects.filter(pk=ben.pk).delete()
    with pytest.raises(AurousError) as caught:
        members.change_role(ben, "viewer", actor=NOBODY)
    assert caught.value.code == "resource_not_found"
