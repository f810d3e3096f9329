"""``/v1/keys``: a team's API keys, for keys of the scope ``full``."""

from typing import Any, ClassVar

from django.db import connection
from django.http import HttpResponse

from accounts import api_keys, caller_cache
from accounts.access import api_key_for, api_keys_of
from accounts.actors import key_actor
from accounts.api import fields, schemas
from accounts.api.answers import key_json, with_text
from accounts.api_keys import NewKey
from accounts.idempotency import answer_once
from aurous.http.exchange import ApiRequest, json_response
from aurous.http.idempotency_header import key_of
from aurous.http.openapi import LIST_QUERY, Operation
from aurous.http.pagination import list_body, page
from aurous.http.query import query_of
from aurous.http.views import ApiView
from aurous.kernel.clock import database_now


class KeysView(ApiView):
    """All keys of the team."""

    route_class = "manage"
    scopes: ClassVar = {"GET": "full", "POST": "full"}
    operations: ClassVar = {
        "GET": Operation(
            "List keys",
            {200: schemas.KEYS},
            id="list_keys",
            description="Newest first. Revoked and expired ones stay in the list.",
            query=LIST_QUERY,
            tag="Keys",
        ),
        "POST": Operation(
            "Make a key",
            {201: schemas.KEY_WITH_TEXT},
            id="create_key",
            description="The answer is the only one that shows the key itself.",
            request=schemas.NEW_KEY,
            idempotent=True,
            tag="Keys",
        ),
    }

    def get(self, request: ApiRequest) -> HttpResponse:
        """A page of keys."""
        rows, has_more, cursor = page(
            api_keys_of(request.auth.team_id), request=request, scope="keys"
        )
        now = database_now(connection)
        return json_response(list_body([key_json(row, now) for row in rows], has_more, cursor))

    def post(self, request: ApiRequest) -> HttpResponse:
        """Make one; with an idempotency key, once."""
        query_of(request, ())
        idempotency_key = key_of(request)
        wanted = fields.new_key(self.exact_body(request))
        team_id, actor = request.auth.team_id, key_actor(request.auth)

        def work() -> HttpResponse:
            made = api_keys.add(
                team_id, name=wanted.name, scope=wanted.scope, actor=actor, **wanted.options
            )
            return json_response(_with_text(made), status=201)

        return answer_once(request, idempotency_key, work, secret=True)


class KeyView(ApiView):
    """One key."""

    route_class = "manage"
    scopes: ClassVar = {"GET": "full", "PATCH": "full", "DELETE": "full"}
    operations: ClassVar = {
        "GET": Operation("Read a key", {200: schemas.KEY}, id="read_key", tag="Keys"),
        "PATCH": Operation(
            "Change a key",
            {200: schemas.KEY},
            id="change_key",
            description="What is not named stays; null takes a rule away.",
            request=schemas.KEY_CHANGES,
            tag="Keys",
        ),
        "DELETE": Operation(
            "Revoke a key",
            {200: schemas.KEY_DELETED},
            id="revoke_key",
            description="For good, with all its secrets. It stays in the list.",
            tag="Keys",
        ),
    }

    def get(self, request: ApiRequest, key_id: str) -> HttpResponse:
        """The key, revoked or not."""
        query_of(request, ())
        return json_response(_shown(request.auth.team_id, key_id))

    def patch(self, request: ApiRequest, key_id: str) -> HttpResponse:
        """Change what is named, all of it or nothing."""
        query_of(request, ())
        wanted = fields.changes(self.exact_body(request))
        api_keys.change(request.auth.team_id, key_id, actor=key_actor(request.auth), **wanted)
        return json_response(_shown(request.auth.team_id, key_id))

    def delete(self, request: ApiRequest, key_id: str) -> HttpResponse:
        """Revoke it; again is the same."""
        query_of(request, ())
        api_keys.revoke(request.auth.team_id, key_id, actor=key_actor(request.auth))
        return json_response({"id": key_id, "deleted": True})


class KeyRollView(ApiView):
    """A second secret for a key."""

    route_class = "manage"
    scopes: ClassVar = {"POST": "full"}
    body_optional = True
    operations: ClassVar = {
        "POST": Operation(
            "Roll a key",
            {200: schemas.KEY_WITH_TEXT},
            id="roll_key",
            description="A new secret under the same id and rules; the one of before stays good "
            "for overlap_hours. The answer is the only one that shows the new one.",
            request=schemas.ROLL,
            idempotent=True,
            tag="Keys",
        )
    }

    def post(self, request: ApiRequest, key_id: str) -> HttpResponse:
        """Roll it; with an idempotency key, once."""
        query_of(request, ())
        idempotency_key = key_of(request)
        hours = fields.overlap_hours(self.exact_body(request))
        team_id, actor = request.auth.team_id, key_actor(request.auth)

        def work() -> HttpResponse:
            made = api_keys.add_secret(team_id, key_id, actor=actor, overlap_hours=hours)
            return json_response(_with_text(made))

        answer = answer_once(request, idempotency_key, work, secret=True)
        caller_cache.forget_key(key_id)
        return answer


def _shown(team_id: str, key_id: str) -> dict[str, Any]:
    return key_json(api_key_for(team_id, key_id), database_now(connection))


def _with_text(made: NewKey) -> dict[str, Any]:
    return with_text(_shown(made.api_key.team_id, made.api_key.id), made.text)
