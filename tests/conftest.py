"""What the whole suite shares: which stores there are, and the rows that migrations made."""

import os
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db.models.signals import post_migrate
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.accounts.flush import let_flush_pass_triggers
from tests.settings import HAS_POSTGRES, HAS_REDIS, ON_SQLITE
from tests.sharing import Scheduling

IN_CI = os.environ.get("CI") == "true"
OURS = ("accounts", "billing", "embeddings")

let_flush_pass_triggers()
hypothesis_settings.register_profile(
    "aurous", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# The same examples every time: a red build is about the change, not about luck.
hypothesis_settings.register_profile(
    "ci", hypothesis_settings.get_profile("aurous"), derandomize=True
)
hypothesis_settings.load_profile("ci" if IN_CI else "aurous")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "redis: needs Redis")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """What goes to which process, whatever ``--dist`` says."""
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With AUROUS_TESTS_OF=database only what asks one: the rest would be the same again."""
    if os.environ.get("AUROUS_TESTS_OF") == "database":
        kept = [item for item in items if _asks_a_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def _asks_a_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db"}
    asked = fixtures & set(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine has no store for, and say so; a build machine must have them all."""
    marks = {mark.name for mark in item.iter_markers()}
    absent = []
    if marks & {"postgres", "stack"} and not HAS_POSTGRES:
        absent.append("PostgreSQL")
    if marks & {"redis", "stack"} and not HAS_REDIS:
        absent.append("Redis")
    if absent:
        reason = f"needs {' and '.join(absent)}, which does not answer here"
        (pytest.fail if IN_CI else pytest.skip)(reason)
    if "postgres" in marks and ON_SQLITE:
        pytest.skip("runs in the PostgreSQL pass of the suite")


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """No test may leave this process above all others: see ``clips.usual_priority``."""
    if hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        pytest.fail("this test left its process with real-time priority")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Put back what migrations made (accounts, models, prices) when a test's end empties all."""
    with django_db_blocker.unblock():
        models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
        rows = [row for model in models for row in model._default_manager.all()]
        first_rows = serializers.serialize("json", rows)

    def put_back(**_kwargs):
        for row in serializers.deserialize("json", first_rows):
            row.save()

    post_migrate.connect(put_back, sender=apps.get_app_config(OURS[-1]), weak=False)
