"""How an operator acts: fills a page in, looks at the preview, shows who they are, does it."""

import time

from allauth.account.internal.flows import login
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings

from tests.cast import PASSWORD

CONFIRM = "/account/reauthenticate/"


def confirm(client, *, seconds_ago=0.0):
    """As if this person had shown who they are, so long ago."""
    session = client.session
    record = {"method": "password", "at": time.time() - seconds_ago, "reauthenticated": True}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = session["_auth_user_id"]
    session.save()


def stale(client):
    """A while ago, one second too long."""
    confirm(client, seconds_ago=settings.OPERATOR_CONFIRM_SECONDS + 1)


def preview(client, page, **words):
    """The page's answer to what was filled in, and what a browser would send next."""
    token = client.get(page).context["form"]["token"].value()
    sent = {"token": token, "previewed": ""} | words
    answer = client.post(page, sent)
    assert answer.status_code == 200
    form = answer.context["form"]
    hidden = {name: form[name].value() for name in ("token", "previewed")}
    return answer, sent | hidden | {"_do": "1"}


def do(client, page, **words):
    """All the way; the last answer."""
    _, sent = preview(client, page, **words)
    return client.post(page, sent, follow=True)


def answer_who_i_am(client, answer):
    """From the question to where the act goes on by itself."""
    assert answer.status_code == 302
    assert answer.url.startswith(CONFIRM)
    return client.post(answer.url, {"password": PASSWORD}, follow=True)


def asks_who_it_is(client, page, sent, nothing_happened):
    """Without a fresh proof and with a stale one the page asks first; then the act goes on."""
    for forget in (lambda: client.force_login(boss_of(client)), lambda: stale(client)):
        forget()
        answer = client.post(page, sent)
        assert answer.status_code == 302
        assert answer.url.startswith(CONFIRM)
        assert nothing_happened()
    return answer_who_i_am(client, answer)


def boss_of(client):
    """Who is logged in."""
    from accounts.models import User

    user = User.objects.get(pk=client.session["_auth_user_id"])
    client.logout()
    return user
