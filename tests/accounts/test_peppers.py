import hashlib
import hmac

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts import api_keys, authentication, caller_cache, peppers
from accounts.models import ApiKeySecret
from aurous.kernel.errors import AurousError
from tests.cast import NOBODY


def test_a_bare_value_is_version_1():
    assert peppers.parse("secret") == (peppers.Pepper(1, b"secret"),)


def test_the_first_pepper_makes_new_digests_and_all_are_accepted():
    assert [pepper.version for pepper in peppers.parse("2:new,1:old")] == [2, 1]
    assert peppers.parse(" 2:new , old ")[1] == peppers.Pepper(1, b"old")


@pytest.mark.parametrize("text", ["", "2:", "2:new,", "0:zero", "1:a,1:b", "new,old"])
def test_peppers_that_cannot_be_read_stop_the_start_without_telling_the_secret(text):
    with pytest.raises(ImproperlyConfigured) as caught:
        peppers.parse(text)
    assert "new" not in str(caught.value)


def test_a_pepper_does_not_show_its_secret():
    assert "old" not in repr(peppers.parse("1:old"))


def test_a_digest_is_an_hmac_sha256(settings):
    settings.AUROUS_KEY_PEPPERS = "1:old"
    expected = hmac.new(b"old", b"text", hashlib.sha256).hexdigest()
    assert peppers.digests("text") == [expected]


def test_a_key_outlives_the_rotation_of_the_pepper_until_the_old_one_is_dropped(cast, settings):
    settings.AUROUS_KEY_PEPPERS = "1:old"
    old = cast.key()

    settings.AUROUS_KEY_PEPPERS = "2:new,1:old"
    assert authentication.caller_for(old).team_id == cast.acme.id
    new = cast.new_key()
    assert ApiKeySecret.objects.get(api_key=new.api_key).pepper_version == 2
    assert authentication.caller_for(new.text).api_key_id == new.api_key.id

    settings.AUROUS_KEY_PEPPERS = "2:new"
    caller_cache.forget_all()
    assert authentication.caller_for(new.text).api_key_id == new.api_key.id
    with pytest.raises(AurousError, match="not known"):
        authentication.caller_for(old)


def test_rolling_moves_a_key_to_the_new_pepper(cast, settings):
    settings.AUROUS_KEY_PEPPERS = "1:old"
    key = cast.new_key().api_key
    settings.AUROUS_KEY_PEPPERS = "2:new,1:old"
    rolled = api_keys.roll(cast.acme.id, key.id, actor=NOBODY, overlap_hours=0)
    settings.AUROUS_KEY_PEPPERS = "2:new"
    assert authentication.caller_for(rolled.text).api_key_id == key.id
