"""The only door to a team's requests."""

from django.db.models import QuerySet

from embeddings.models import Inference


def inferences_of(team_id: str) -> QuerySet[Inference]:
    """The requests of a team."""
    return Inference.objects.filter(team_id=team_id)
