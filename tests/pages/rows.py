"""Rows of Acme that pages are about: one of each kind, and people of every role."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts import invitations, members
from accounts.models import Membership, Role, User
from billing import topups
from billing.models import TopUp
from billing.webhooks import endpoints
from billing.webhooks.endpoints import NewSecret
from billing.webhooks.manual import send_test
from embeddings import history
from embeddings.access import inferences_of
from tests.cast import NOBODY, Cast, person


@dataclass
class Rows:
    """Acme, its people by role, and ids of its rows as they are asked for."""

    cast: Cast
    people: dict[str, User]
    ids: dict[str, Any] = field(default_factory=dict)

    @property
    def team_id(self) -> str:
        """Acme's."""
        return self.cast.acme.id

    @property
    def key_id(self) -> str:
        """A key of Acme's."""
        return self._once("key", lambda: self.cast.new_key(name="Indexer").api_key.id)

    @property
    def member_id(self) -> int:
        """Somebody of Acme who only looks, and whom nobody would miss."""
        return int(self._once("member", self._another_member))

    def _another_member(self) -> int:
        number = len(self.cast.acme.memberships.all())
        someone = person(f"viewer-{number}@acme.example")
        with transaction.atomic():
            members.add(self.cast.acme, someone, Role.VIEWER, actor=NOBODY)
        return someone.pk

    @property
    def invitation_id(self) -> str:
        """An invitation of Acme's that nobody has answered."""
        return str(self._once("invitation", self._invite))

    def _invite(self) -> str:
        number = len(self.cast.acme.invitations.all())
        address = f"guest-{number}@elsewhere.example"
        return str(
            invitations.invite(self.team_id, address, Role.VIEWER, by=self.cast.ada).invitation.id
        )

    @property
    def inference_id(self) -> str:
        """A request of Acme's."""
        return self._once("inference", self._past_request)

    def _past_request(self) -> str:
        if not inferences_of(self.team_id).exists():
            history.fill(self.cast.acme, 1, seed=1, actor=NOBODY, report=lambda _done: None)
        return str(inferences_of(self.team_id).latest("created_at").id)

    @property
    def endpoint_id(self) -> str:
        """A webhook endpoint of Acme's."""
        return self._once("endpoint", lambda: new_endpoint(self.team_id).endpoint.id)

    @property
    def delivery_id(self) -> str:
        """A test that waits to be sent to it."""
        return self._once("delivery", lambda: send_test(self.team_id, self.endpoint_id).id)

    @property
    def topup_id(self) -> str:
        """An order of Acme's that nobody has paid."""
        return self._once("topup", lambda: new_order(self.team_id).id)

    def _once(self, name: str, make: Any) -> Any:
        if name not in self.ids:
            self.ids[name] = make()
        return self.ids[name]


def new_order(team_id: str, cents: int = 2_500, **columns: Any) -> TopUp:
    """An order of credit as it is before anybody at Stripe hears of it."""
    wanted = {"kind": TopUp.Kind.CHECKOUT, "ordered_by": "ada@acme.example"}
    return topups.new_topup(team_id, cents, **(wanted | columns))


def new_endpoint(team_id: str, **fields: Any) -> NewSecret:
    """An endpoint for all events, with its secret."""
    wanted = {"url": "https://hooks.acme.example/aurous", "events": ["*"], "actor": NOBODY}
    return endpoints.create(team_id, **(wanted | fields))


def rows_of(cast: Cast) -> Rows:
    """Acme with somebody of every role."""
    people = {Role.OWNER.value: cast.ada}
    for role in Role.values:
        if role not in people:
            people[role] = person(f"{role}@acme.example", name=role.title())
            with transaction.atomic():
                members.add(cast.acme, people[role], role, actor=NOBODY)
    return Rows(cast, people)


def former_member(cast: Cast) -> User:
    """Somebody who was in Acme and is not any more."""
    gone = person("gone@acme.example")
    with transaction.atomic():
        members.add(cast.acme, gone, Role.ADMIN, actor=NOBODY)
    with transaction.atomic():
        members.remove(Membership.objects.get(user=gone), actor=NOBODY)
    return gone
