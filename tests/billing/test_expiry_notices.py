"""Mails 30, 7 and 1 days before credit expires, each once."""

from datetime import timedelta

from django.core import mail
from django.core.mail import EmailMultiAlternatives

from billing import expiry_notices, notices
from tests.billing import stage
from tests.billing.stripe.world import an_owner

C = stage.CREDIT


def passes(clock, **time):
    clock.advance(**time)
    expiry_notices.run_pass()
    notices.run_pass()
    sent, mail.outbox[:] = [message.subject for message in mail.outbox], []
    return sent


def subject(days):
    return f"Credit of Acme expires in {days} day{'' if days == 1 else 's'}"


def test_the_owners_are_told_30_7_and_1_days_ahead(clock):
    team = stage.a_team()
    an_owner(team, "ada@acme.example")
    stage.grant(team, 5 * C, expires_at=clock.now + timedelta(days=40))
    told = [passes(clock, days=day) for day in (0, 9, 2, 20, 3, 5, 1, 3)]
    assert told == [[], [], [subject(30)], [], [subject(7)], [subject(1)], [], []]


def test_credit_for_five_days_is_told_once_at_once(clock):
    team = stage.a_team()
    an_owner(team, "ada@acme.example")
    stage.grant(team, 5 * C, expires_at=clock.now + timedelta(days=5))
    assert passes(clock, days=0) == [subject(7)]
    assert passes(clock, days=1) == []


def test_what_is_spent_is_not_told(clock):
    team = stage.a_team()
    an_owner(team, "ada@acme.example")
    stage.grant(team, stage.PRICE, expires_at=clock.now + timedelta(days=5))
    stage.spent(team, 1)
    assert passes(clock, days=0) == []


def test_a_mail_server_that_is_away_is_asked_again(clock, monkeypatch):
    team = stage.a_team()
    an_owner(team, "ada@acme.example")
    stage.grant(team, 5 * C, expires_at=clock.now + timedelta(days=5))

    def away(*_):
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", away)
        assert passes(clock, days=0) == []
    assert passes(clock, hours=1) == [subject(7)]
    assert passes(clock, hours=1) == []
