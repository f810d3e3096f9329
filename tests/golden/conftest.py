"""The running installation, and one that stands still."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aurous.http import openapi
from tests.billing.database_clock import prepare_clock, pretended_clock
from tests.embeddings.api.stage import forget_everything, platform, transactional_db
from tests.golden.scene import FIXED, STARTS_AT, Scene, freeze, whole_scene

__all__ = ["platform", "transactional_db"]


@pytest.fixture(scope="session")
def clock_to_set(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        prepare_clock()


@pytest.fixture
def scene_of(
    clock_to_set: None, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Scene]]:
    """The scene under a version, which is the default and the teams' pin: answers name no other."""
    for name, value in FIXED.items():
        setattr(settings, name, value)
    with pretended_clock(STARTS_AT) as clock:
        freeze(monkeypatch, clock)

        def set_up(version: str) -> Scene:
            settings.API_DEFAULT_VERSION = version
            return whole_scene(version, clock)

        yield set_up
    openapi.document.cache_clear()  # the default stands in it
    forget_everything()
