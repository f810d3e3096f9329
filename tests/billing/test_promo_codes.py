"""Promo codes: worth credit, once a team, as often as they may be used."""

from datetime import timedelta

import pytest

from aurous.kernel.errors import AurousError
from billing import promo_codes
from billing.models import PromoCode, PromoRedemption
from tests.billing import stage
from tests.cast import NOBODY

C = stage.CREDIT


def create(code="WELCOME", amount=5 * C, **more):
    return promo_codes.create(code, amount, actor=NOBODY, **more)


def redeem(team, code="welcome "):
    return promo_codes.redeem(team, code, actor=NOBODY)


def refused(call):
    with pytest.raises(AurousError) as error:
        call()
    return error.value.code


def test_a_code_gives_promotional_credit_once_a_team(team):
    create(grant_days=30)
    grant = redeem(team)
    assert (grant.kind, grant.amount) == ("promotional", 5 * C)
    assert timedelta(days=29) < grant.expires_at - stage.now() <= timedelta(days=30)
    assert refused(lambda: redeem(team)) == "value_out_of_range"
    assert stage.standing(team)[0] == 15 * C
    assert PromoCode.objects.get().redemptions == 1


def test_a_code_is_used_as_often_as_it_may_be(team):
    create(redemptions_max=1)
    redeem(team)
    assert refused(lambda: redeem(stage.a_team())) == "resource_not_found"
    assert PromoRedemption.objects.count() == 1


def test_a_code_that_is_over_disabled_or_unknown_gives_nothing(team):
    create("OLD", expires_at=stage.now() - timedelta(seconds=1))
    create("OFF")
    promo_codes.disable("off", actor=NOBODY)
    for code in ("old", "off", "never-was", ""):
        assert refused(lambda code=code: redeem(team, code)) == "resource_not_found"
    assert stage.standing(team)[0] == 10 * C


def test_codes_that_make_no_sense_are_refused(db):
    create()
    assert refused(create) == "value_out_of_range"
    assert refused(lambda: create("NOTHING", 0)) == "value_out_of_range"
    for bad in ("", "two words", "x" * 41):
        assert refused(lambda bad=bad: create(bad)) == "invalid_format"
