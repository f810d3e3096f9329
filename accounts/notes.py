"""Notes of operators on teams: added, read, never changed. The team never sees them."""

from django.db import connection, transaction

from accounts import validation
from accounts.access import team_for
from accounts.actors import Actor
from accounts.models import TeamNote
from accounts.models.notes import NOTE_CHARACTERS_MAX
from aurous.kernel.clock import database_now


def add(team_id: str, text: str, *, author: Actor) -> TeamNote:
    """Write a note down. Raises ``resource_not_found``, ``value_out_of_range``."""
    said = validation.text(text, param="text", characters_max=NOTE_CHARACTERS_MAX)
    with transaction.atomic(durable=True):
        return TeamNote.objects.create(
            team=team_for(team_id),
            author_id=author.id,
            author_label=author.label,
            text=said,
            created_at=database_now(connection),
        )


def newest(team_id: str, most: int) -> list[TeamNote]:
    """What was written last."""
    return list(TeamNote.objects.filter(team_id=team_id).order_by("-id")[:most])
