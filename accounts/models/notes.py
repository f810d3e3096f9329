"""What operators tell each other about a team."""

from django.db import models

from accounts.models.teams import Team

NOTE_CHARACTERS_MAX = 2_000


class TeamNote(models.Model):
    """One row is one note. The team never sees it. Written by ``accounts.notes`` only.

    Triggers refuse UPDATE and DELETE (migration 0006), as with the audit log; so the author is
    text and no foreign key.
    """

    # No index of its own: the list's begins with the team.
    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    author_id = models.CharField(max_length=64)
    author_label = models.CharField(max_length=254)  # the address, as it was then
    text = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="team_note_not_empty"),
        ]
        indexes = [models.Index(fields=["team", "-id"], name="team_note_list")]

    def __str__(self) -> str:
        return f"note {self.pk} on {self.team_id}"
