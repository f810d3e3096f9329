import pytest

from accounts import access, api_keys, teams
from aurous.kernel.errors import AurousError
from tests.cast import NOBODY


def not_found(work, *arguments):
    with pytest.raises(AurousError) as caught:
        work(*arguments)
    assert caught.value.code == "resource_not_found"
    return caught.value.message


def test_a_team_is_found_by_id_and_by_name(cast):
    assert access.team_by_ref(cast.acme.id) == cast.acme
    assert access.team_by_ref("Acme") == cast.acme
    assert access.team_for(cast.acme.id) == cast.acme


def test_a_team_that_is_not_there_is_not_found(cast):
    assert "'Nobody'" in not_found(access.team_by_ref, "Nobody")
    not_found(access.team_for, "Acme")


def test_a_name_that_stands_for_several_teams_is_refused_with_their_ids(cast):
    other = teams.create_team("Acme", actor=NOBODY)
    message = not_found(access.team_by_ref, "Acme")
    assert cast.acme.id in message
    assert other.id in message


def test_a_name_that_stands_for_very_many_teams_lists_a_few(db):
    for _ in range(7):
        teams.create_team("Acme", actor=NOBODY)
    message = not_found(access.team_by_ref, "Acme")
    assert message.count("team_") == 5
    assert "…" in message


def test_a_team_named_like_the_id_of_another_does_not_take_its_place(cast):
    teams.rename(cast.cleos.id, cast.acme.id, actor=NOBODY)
    assert access.team_by_ref(cast.acme.id) == cast.acme


def test_keys_are_listed_newest_first_with_their_hints(cast, django_assert_num_queries):
    first, second = cast.new_key().api_key, cast.new_key().api_key
    cast.key(cast.cleos)
    with django_assert_num_queries(2):
        listed = list(access.api_keys_of(cast.acme.id))
        hints = [secret.hint for key in listed for secret in key.secrets.all()]
    assert listed == [second, first]
    assert all(hint.startswith("al_live_") for hint in hints)


def test_an_absent_and_a_foreign_key_look_the_same(cast):
    key = cast.new_key(cast.cleos).api_key
    foreign = not_found(access.api_key_for, cast.acme.id, key.id)
    api_keys.revoke(cast.cleos.id, key.id, actor=NOBODY)
    assert not_found(access.api_key_for, cast.acme.id, key.id) == foreign
    assert access.api_key_for(cast.cleos.id, key.id) == key
    assert access.any_api_key(key.id).team == cast.cleos
    not_found(access.any_api_key, "key_x")


def test_people_see_their_own_teams(cast):
    assert list(access.teams_of(cast.ben)) == [cast.acme]
    assert access.membership_for(cast.ben, cast.acme.id).role == "developer"
    not_found(access.membership_for, cast.cleo, cast.acme.id)
