"""Each check of the settings: silent when they are right, one error with a hint when not."""

import pytest

from aurous import checks
from aurous.http.versions.registry import OLDEST

LONG = "k" * 50
CASES = [
    ("aurous.E001", checks.check_secret_key, {"SECRET_KEY": "k" * 49}, {"SECRET_KEY": LONG}),
    (
        "aurous.E002",
        checks.check_pepper_lengths,
        {"AUROUS_KEY_PEPPERS": f"2:{LONG},1:{'k' * 31}"},
        {"AUROUS_KEY_PEPPERS": f"2:{LONG},1:{'k' * 32}"},
    ),
    (
        "aurous.E003",
        checks.check_public_url,
        {"AUROUS_PUBLIC_URL": "api.example.com"},
        {"AUROUS_PUBLIC_URL": "https://api.example.com/aurous"},
    ),
    (
        "aurous.E004",
        checks.check_hold_model,
        {"AUROUS_HOLD_MODEL": "embeddings.Nothing"},
        {"AUROUS_HOLD_MODEL": "sessions.Session"},
    ),
    (
        "aurous.E005",
        checks.check_redis_url,
        {"REDIS_URL": "http://127.0.0.1:6379"},
        {"REDIS_URL": "rediss://127.0.0.1:6379/0"},
    ),
    (
        "aurous.E006",
        checks.check_transport,
        {"EMBEDDINGS_TRANSPORT": "pigeon"},
        {"EMBEDDINGS_TRANSPORT": "inprocess"},
    ),
    (
        "aurous.E007",
        checks.check_celery_has_redis,
        {"EMBEDDINGS_TRANSPORT": "celery", "REDIS_URL": ""},
        {"EMBEDDINGS_TRANSPORT": "celery", "REDIS_URL": "redis://127.0.0.1/0"},
    ),
    (
        "aurous.E008",
        checks.check_default_version,
        {"API_DEFAULT_VERSION": "2020-01-01"},
        {"API_DEFAULT_VERSION": OLDEST},
    ),
    (
        "aurous.E009",
        checks.check_admin_host,
        {"AUROUS_PUBLIC_URL": "https://api.example.com", "ADMIN_HOST": "api.example.com"},
        {"AUROUS_PUBLIC_URL": "https://api.example.com", "ADMIN_HOST": "admin.example.com:8443"},
    ),
    (
        "aurous.W001",
        checks.check_admin_second_factor,
        {"ADMIN_MFA": False},
        {"ADMIN_MFA": True},
    ),
]


@pytest.mark.parametrize(("id_", "check", "wrong", "right"), CASES, ids=[case[0] for case in CASES])
def test_a_wrong_setting_is_an_error_with_a_hint(settings, id_, check, wrong, right):
    settings.PRODUCTION = True
    for name, value in wrong.items():
        setattr(settings, name, value)
    (error,) = check()
    assert error.id == id_
    assert error.hint
    assert LONG not in str(error)
    for name, value in right.items():
        setattr(settings, name, value)
    assert check() == []


def test_development_may_do_without_second_factors(settings):
    settings.PRODUCTION = settings.ADMIN_MFA = False
    assert checks.check_admin_second_factor() == []


@pytest.mark.parametrize("host", ["https://admin.example.com", "admin.example.com/x", "a b"])
def test_what_is_no_host(settings, host):
    settings.ADMIN_HOST = host
    assert [error.id for error in checks.check_admin_host()] == ["aurous.E009"]


def test_development_may_have_short_secrets(settings):
    settings.PRODUCTION = False
    settings.SECRET_KEY = settings.AUROUS_KEY_PEPPERS = "short"
    assert checks.check_secret_key() == checks.check_pepper_lengths() == []


@pytest.mark.parametrize(
    "url", ["", "ftp://a", "https://", "http://[::1", "https://a?b=1", "https://a#b", "//a"]
)
def test_what_is_no_web_address(settings, url):
    settings.AUROUS_PUBLIC_URL = url
    assert [error.id for error in checks.check_public_url()] == ["aurous.E003"]


@pytest.mark.parametrize("name", ["nonsense", "", "a.b.c"])
def test_what_names_no_model(settings, name):
    settings.AUROUS_HOLD_MODEL = name
    assert [error.id for error in checks.check_hold_model()] == ["aurous.E004"]


def test_peppers_that_cannot_be_read_are_told_by_their_own_app(settings):
    settings.PRODUCTION = True
    settings.AUROUS_KEY_PEPPERS = "1:a,1:b"
    assert checks.check_pepper_lengths() == []


def test_all_of_them_are_registered():
    from django.core.checks.registry import registry

    registered = registry.get_checks(include_deployment_checks=True)
    assert {case[1] for case in CASES} <= set(registered)
