"""Taking a model out of service and putting it back: the only writer of its state.

Every process knows within 5 s (``embeddings.catalog``). Drained: nobody new is let in, and what
was let in is answered. Paused: what waits for a worker is given back too, free of charge; only
what a worker has already is answered.
"""

from django.db import connection, transaction

from accounts import audit
from accounts.actors import Actor
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from embeddings import catalog
from embeddings.models import CatalogModel

State = CatalogModel.State
RETRY_AFTER_MAX_S = 86_400
_ACTIONS = {
    State.ACTIVE: "model.resumed",
    State.DRAINING: "model.draining",
    State.PAUSED: "model.paused",
}


def set_state(
    slug: str,
    state: CatalogModel.State,
    *,
    actor: Actor,
    reason: str,
    notice: str = "",
    retry_after_s: int = catalog.UNAVAILABLE_RETRY_AFTER_S,
) -> CatalogModel:
    """Change the state, and what customers read while nobody is let in.

    What is so already changes nothing. Raises ``resource_not_found``.
    """
    with transaction.atomic(durable=True):
        row = CatalogModel.objects.select_for_update().filter(pk=slug).first()
        if row is None:
            raise AurousError("resource_not_found", f"There is no model {slug!r}.")
        wanted = {"state": state.value, "notice": notice, "retry_after_s": retry_after_s}
        differences = audit.apply(row, wanted)
        if "state" in differences:
            audit.apply(row, {"state_at": database_now(connection)})
        if differences:
            data = {**differences, "reason": reason}
            audit.record(_ACTIONS[state], team=None, actor=actor, target=slug, data=data)
    catalog.forget()
    return row
