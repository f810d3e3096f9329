"""What pages call the things that usage is grouped by, and the order that gives them colours."""

from collections.abc import Mapping, Sequence

from accounts.access import api_keys_of
from aurous.http.versions.registry import versions
from billing.api.usage_filters import ENDS
from billing.models import HoldStatus
from embeddings.models import CatalogModel

KEYS_MAX = 500  # newest first; older ones are called by their id
MODALITIES = ("text", "visual", "video")
TONES = {
    HoldStatus.SETTLED.value: "good",
    HoldStatus.FAILED.value: "bad",
    HoldStatus.RELEASED.value: "warn",
}
# Answered is green, and what went wrong is not.
_STATUS_COLOURS = ("released", "running", HoldStatus.SETTLED.value, "queued", "failed")


def key_names(team_id: str) -> dict[str, str]:
    """The names of the team's keys by their ids, the oldest first."""
    keys = api_keys_of(team_id).prefetch_related(None).select_related(None)
    newest = list(keys.values_list("id", "name")[:KEYS_MAX])
    return dict(reversed(newest))


def model_slugs() -> list[str]:
    """Every model of the catalog, served or not, in the order in which they came."""
    return list(CatalogModel.objects.order_by("created_at", "slug").values_list("slug", flat=True))


class Names:
    """Names of one team's things. Two queries, made once."""

    def __init__(self, team_id: str) -> None:
        self.keys: Mapping[str, str] = key_names(team_id)
        self.models: Sequence[str] = model_slugs()

    def of(self, dimension: str, value: str) -> str:
        """What a person calls a value of a dimension."""
        if dimension == "api_key_id":
            return self.keys.get(value, value)
        if dimension == "user" and not value:
            return "No user named"
        if dimension == "modality":
            return {"text": "Text", "visual": "Images", "video": "Video"}[value]
        return value

    def order(self, dimension: str) -> Sequence[str]:
        """The values that there can be, in an order that stays as it is when more come."""
        orders: dict[str, Sequence[str]] = {
            "model": self.models,
            "api_key_id": list(self.keys),
            "status": _STATUS_COLOURS,
            "version": versions(),
            "modality": MODALITIES,
        }
        return orders.get(dimension, ())


STATUSES = {"usage": ENDS, "requests": tuple(HoldStatus.values)}
