import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts import access, teams
from accounts.authentication import caller_for
from accounts.models import ApiKey, ApiKeySecret, AuditEvent, Membership, User
from aurous.kernel.errors import AurousError
from tests.cast import NOBODY, PASSWORD, person

pytestmark = pytest.mark.urls("tests.accounts.urls")

MODELS = ["user", "team", "membership", "apikey", "apikeysecret", "auditevent"]


@pytest.fixture(autouse=True)
def a_folder_of_static_files(settings, tmp_path):
    settings.STATIC_ROOT = str(tmp_path)  # whitenoise warns where there is none


@pytest.fixture
def boss(db):
    return User.objects.create_superuser("boss@aurous.example", PASSWORD)


@pytest.fixture
def admin_client(client, boss):
    client.force_login(boss)
    return client


def page(model, *arguments, view="change"):
    return reverse(f"admin:accounts_{model}_{view}", args=arguments)


def act(client, model, action, *objects):
    data = {"action": action, "_selected_action": [thing.pk for thing in objects]}
    return client.post(page(model, view="changelist"), data, follow=True)


def last_event():
    return AuditEvent.objects.latest("id")


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_and_can_be_searched(admin_client, cast, model):
    cast.key()
    answer = admin_client.get(page(model, view="changelist"), {"q": "acme"})
    assert answer.status_code == 200


def test_every_row_opens_and_none_shows_a_digest_or_a_key(admin_client, cast):
    made = cast.new_key()
    secret = ApiKeySecret.objects.get(api_key=made.api_key)
    rows = [cast.ada, Membership.objects.first(), made.api_key, secret, last_event()]
    models = [model for model in MODELS if model != "team"]  # tests/admin/test_team_page.py
    for model, row in zip(models, rows, strict=True):
        answer = admin_client.get(page(model, row.pk))
        assert answer.status_code == 200
        assert secret.digest not in answer.text
        assert made.text not in answer.text


def test_a_stranger_does_not_get_in(client, cast):
    client.force_login(cast.ada)
    assert client.get(page("team", view="changelist")).status_code == 302


# --- people -----------------------------------------------------------------------------------


def test_a_person_is_made_with_a_password(admin_client):
    assert admin_client.get(page("user", view="add")).status_code == 200
    data = {
        "email": "New@Acme.example",
        "name": "New",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert admin_client.post(page("user", view="add"), data).status_code == 302
    user = User.objects.get(email="new@acme.example")
    assert user.check_password(PASSWORD)


def test_a_second_person_with_the_same_address_is_refused_at_its_field(admin_client, cast):
    data = {"email": "ADA@acme.example", "usable_password": "false"}
    answer = admin_client.post(page("user", view="add"), data)
    assert "email" in answer.context["adminform"].form.errors


def test_a_password_is_changed_in_the_admin(admin_client, cast):
    url = reverse("admin:auth_user_password_change", args=[cast.ada.pk])
    data = {"usable_password": "true", "password1": "a new long one", "password2": "a new long one"}
    assert admin_client.get(url).status_code == 200
    assert admin_client.post(url, data).status_code == 302
    cast.ada.refresh_from_db()
    assert cast.ada.check_password("a new long one")


def test_only_a_superuser_hands_out_rights(client, cast, boss):
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(
        Permission.objects.filter(codename__in=["change_user", "view_user"])
    )
    client.force_login(helper)
    data = {"email": helper.email, "name": "H", "is_active": "on", "is_superuser": "on"}
    assert client.post(page("user", helper.pk), data).status_code == 302
    helper.refresh_from_db()
    assert (helper.name, helper.is_superuser) == ("H", False)


def test_people_and_teams_are_not_deleted(admin_client, cast):
    assert admin_client.post(page("user", cast.ada.pk, view="delete")).status_code == 403
    assert admin_client.post(page("team", cast.acme.pk, view="delete")).status_code == 403
    assert admin_client.get(page("team", view="add")).status_code == 403


# --- teams ------------------------------------------------------------------------------------


def team_form(**changes):
    return {
        "name": "Acme",
        "default_api_version": "2026-05-15",
        "billing_mode": "metered",
        **{
            f"{prefix}-{name}_FORMS": 0
            for prefix in ("api_keys", "memberships")
            for name in ("TOTAL", "INITIAL")
        },
        **changes,
    }


def test_a_team_is_changed_through_the_operation(admin_client, cast, boss):
    data = team_form(name="Acme 2", default_api_version="2026-11-01")
    assert admin_client.post(page("team", cast.acme.pk, view="edit"), data).status_code == 302
    cast.acme.refresh_from_db()
    assert (cast.acme.name, cast.acme.default_api_version) == ("Acme 2", "2026-11-01")
    actions = access.audit_events_of(cast.acme.id).filter(actor_id=str(boss.pk))
    assert {event.action for event in actions} == {"team.renamed", "team.version_set"}


def test_a_refusal_shows_at_its_field(admin_client, cast):
    url = page("team", cast.acme.pk, view="edit")
    answer = admin_client.post(url, team_form(default_api_version="1999-01-01", name=" "))
    assert set(answer.context["adminform"].form.errors) == {"default_api_version", "name"}
    cast.acme.refresh_from_db()
    assert cast.acme.name == "Acme"


# --- members ----------------------------------------------------------------------------------


def test_a_member_is_added_changed_and_removed_with_an_audit(admin_client, cast):
    data = {"team": cast.acme.pk, "user": cast.cleo.pk, "role": "viewer"}
    assert admin_client.post(page("membership", view="add"), data).status_code == 302
    member = access.membership_for(cast.cleo, cast.acme.id)
    assert last_event().action == "member.added"

    assert admin_client.post(page("membership", member.pk), {"role": "admin"}).status_code == 302
    assert last_event().data == {"role": {"old": "viewer", "new": "admin"}}

    url = page("membership", member.pk, view="delete")
    assert admin_client.post(url, {"post": "yes"}).status_code == 302
    assert last_event().action == "member.removed"
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_the_last_owner_stays(admin_client, cast):
    ada = access.membership_for(cast.ada, cast.acme.id)
    answer = admin_client.post(page("membership", ada.pk), {"role": "viewer"})
    assert "role" in answer.context["adminform"].form.errors
    assert admin_client.post(page("membership", ada.pk, view="delete")).status_code == 403


# --- keys and the log -------------------------------------------------------------------------


def test_keys_are_revoked_from_the_list(admin_client, cast):
    made = cast.new_key()
    act(admin_client, "apikey", "revoke", made.api_key)
    with pytest.raises(AurousError, match="revoked"):
        caller_for(made.text)
    assert last_event().action == "key.revoked"


def test_who_may_only_look_at_keys_cannot_revoke_them(client, cast):
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_apikey"))
    client.force_login(helper)
    key = cast.new_key().api_key
    act(client, "apikey", "revoke", key)
    assert ApiKey.objects.get(pk=key.pk).revoked_at is None


@pytest.mark.parametrize("model", ["apikey", "apikeysecret", "auditevent"])
def test_nobody_adds_changes_or_deletes_keys_secrets_or_events(admin_client, cast, model):
    made = cast.new_key()
    secret = ApiKeySecret.objects.get(api_key=made.api_key)
    row = {"apikey": made.api_key, "apikeysecret": secret, "auditevent": last_event()}[model]
    assert admin_client.get(page(model, view="add")).status_code == 403
    assert admin_client.post(page(model, row.pk), {"name": "x"}).status_code == 403
    assert admin_client.post(page(model, row.pk, view="delete"), {"post": "yes"}).status_code == 403


def test_limits_of_a_key_are_shown_in_credits(admin_client, cast):
    key = cast.new_key(limit_day_nano=1_500_000_000).api_key
    answer = admin_client.get(page("apikey", key.pk))
    assert "1.5" in answer.text
    assert "no limit" in answer.text


def test_suspended_teams_can_be_filtered(admin_client, cast):
    teams.suspend(cast.acme.id, actor=NOBODY)
    answer = admin_client.get(page("team", view="changelist"), {"suspended_at__isempty": "0"})
    assert list(answer.context["cl"].queryset) == [cast.acme]
