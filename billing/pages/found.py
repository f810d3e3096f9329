"""Rows of a team for its pages: what is absent or another team's is a page that is not there."""

from collections.abc import Callable
from typing import TypeVar

from django.http import Http404

from aurous.kernel.errors import AurousError

_Row = TypeVar("_Row")


def found(door: Callable[..., _Row], *ids: str) -> _Row:
    """What a door of ``access.py`` gives for these ids. Raises ``Http404``."""
    try:
        return door(*ids)
    except AurousError as error:
        raise Http404 from error
