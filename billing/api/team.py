"""``GET`` and ``PATCH /v1/team``."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse

from accounts import teams
from accounts.access import team_for
from accounts.actors import key_actor
from accounts.models import Team
from aurous.http.exchange import ApiRequest, json_response
from aurous.http.openapi import Operation
from aurous.http.query import query_of
from aurous.http.rendering import credits_json
from aurous.http.views import ApiView
from aurous.kernel.errors import AurousError
from billing.api import schemas
from billing.balance import balance_of

_CHANGEABLE = ("name", "default_api_version")


class TeamView(ApiView):
    """The team that the key belongs to."""

    scopes: ClassVar = {"GET": "read", "PATCH": "full"}
    route_class = "manage"
    operations: ClassVar = {
        "GET": Operation("Read the team", {200: schemas.TEAM}, tag="Team"),
        "PATCH": Operation(
            "Change the team", {200: schemas.TEAM}, request=schemas.TEAM_CHANGES, tag="Team"
        ),
    }

    def get(self, request: ApiRequest) -> HttpResponse:
        """The team."""
        query_of(request, ())
        return json_response(_as_json(team_for(request.auth.team_id)))

    def patch(self, request: ApiRequest) -> HttpResponse:
        """Change what is named; the rest stays."""
        changes = _changes(self.body(request))
        team = teams.change(request.auth.team_id, actor=key_actor(request.auth), **changes)
        return json_response(_as_json(team))


def _changes(body: dict[str, Any]) -> teams.TeamChanges:
    changes: teams.TeamChanges = {}
    for name, value in body.items():
        if name not in _CHANGEABLE:
            known = ", ".join(_CHANGEABLE)
            raise AurousError(
                "unknown_field",
                f"`{name[:64]}` cannot be changed here; {known} can.",
                param=name[:64],
            )
        if not isinstance(value, str):
            raise AurousError("invalid_format", f"`{name}` must be a string.", param=name)
    if "name" in body:
        changes["name"] = body["name"]
    if "default_api_version" in body:
        changes["default_api_version"] = body["default_api_version"]
    return changes


def _as_json(team: Team) -> dict[str, Any]:
    return {
        "id": team.id,
        "name": team.name,
        "default_api_version": team.default_api_version or settings.API_DEFAULT_VERSION,
        "credits": credits_json(balance_of(team.id).posted),
        "billing_mode": team.billing_mode,
        "created_at": team.created_at,
    }
