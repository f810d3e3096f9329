"""The only door to a team's requests."""

from django.db.models import QuerySet

from aurous.kernel.errors import AurousError
from embeddings.models import Inference


def inferences_of(team_id: str) -> QuerySet[Inference]:
    """The requests of a team."""
    return Inference.objects.filter(team_id=team_id)


def inference_for(team_id: str, request_id: str) -> Inference:
    """One request of this team by its ``emb_`` or its ``req_`` id, else ``resource_not_found``,
    whether absent or foreign.
    """
    column = "request_id" if request_id.startswith("req_") else "pk"
    known = request_id.isprintable()  # no database looks for a NUL
    row = inferences_of(team_id).filter(**{column: request_id}).first() if known else None
    if row is None:
        raise AurousError("resource_not_found", f"There is no request {request_id!r}.")
    return row
