"""What the requests of the corpus are about, the same in every run to the last byte.

The clock stands still and is moved by hand (``tests.billing.database_clock``). Ids and secrets are
made of its moment and a count, so that they sort by time and a new one somewhere moves no other.
Peppers, the signer of cursors and the device are fixed.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import signing

from accounts import api_keys, teams
from accounts.models import ApiKey, Team
from aurous.http import buckets, pagination
from aurous.kernel import ids
from tests.billing.database_clock import DatabaseClock
from tests.cast import NOBODY
from tests.embeddings.api.stage import Answer, Api, Customer, customer, forget_everything

STARTS_AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
FIXED = {
    "AUROUS_KEY_PEPPERS": "1:golden",
    "AUROUS_DEVICE": "cpu",
    "AUROUS_DTYPE": "float32",
    "AUROUS_VISION_WEIGHTS": "",
}
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NAME = re.compile(r"\{\w+\}")


@dataclass
class Scene:
    """Who asks, what the paths and bodies may name, and the clock. ``version`` applies."""

    version: str
    callers: dict[str, Api]
    clock: DatabaseClock | None = None
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names["version"] = self.version

    @property
    def team(self) -> Any:
        """The team of most keys."""
        caller = self.callers["full"]
        assert isinstance(caller, Customer)
        return caller.team

    def later(self, seconds: float = 1) -> None:
        """Let time pass, where it is ours."""
        if self.clock is not None:
            self.clock.advance(seconds=seconds)

    def filled(self, value: Any) -> Any:
        """A body or header with the names filled in."""
        if isinstance(value, dict):
            return {name: self.filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        named = isinstance(value, str) and _NAME.fullmatch(value)
        return self.names[value[1:-1]] if named else value

    def remember(self, answer: Answer) -> None:
        """What the next request may name: ``{cursor}`` and ``{made}``."""
        if answer.status < 300 and answer.headers["Content-Type"] == "application/json":
            body = answer.json
            self.names["cursor"] = body.get("next_cursor") or self.names.get("cursor", "")
            self.names["made"] = body.get("id", self.names.get("made", ""))


def bare_scene(version: str) -> Scene:
    """One team in real time, for what threads answer."""
    return Scene(version, {"full": customer()})


def freeze(monkeypatch: Any, clock: DatabaseClock) -> None:
    """Make ids, secrets and cursors of the clock's moment; forget whatever was remembered."""
    count = _Count(clock)
    monkeypatch.setattr(ids, "ULID", count.ulid)
    monkeypatch.setattr(secrets, "token_hex", count.token_hex)
    signer = signing.Signer(key="golden", salt="aurous.http.pagination")
    monkeypatch.setattr(pagination, "_SIGNER", signer)
    buckets._limits.cache_clear()
    forget_everything()


class _Count:
    """How many were made at the clock's present moment."""

    def __init__(self, clock: DatabaseClock) -> None:
        self._clock = clock
        self._at, self._made = clock.now, 0

    def _next(self) -> int:
        if self._clock.now != self._at:
            self._at, self._made = self._clock.now, 0
        self._made += 1
        return self._made

    def ulid(self) -> str:
        milliseconds = (self._clock.now - datetime.fromtimestamp(0, UTC)) // timedelta(
            milliseconds=1
        )
        number = (milliseconds << 80) + self._next()
        return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))

    def token_hex(self, count: int) -> str:
        seed = f"{self._clock.now.isoformat()} {self._next()}"
        return hashlib.shake_128(seed.encode()).hexdigest(count)


def whole_scene(version: str, clock: DatabaseClock) -> Scene:
    """Acme with a key of each kind, and strangers."""
    scene = Scene(version, {}, clock)
    scene.callers["full"] = new_team(scene, "Acme", "100")
    scene.names |= {"team": scene.team.id, "first_key": scene.callers["full"].key_id}
    scene.names["first_text"] = str(scene.callers["full"].key)
    _keys(scene)
    scene.callers["stranger"] = new_team(scene, "Cleo's", "1")
    scene.names["foreign_key"] = scene.callers["stranger"].key_id
    scene.callers["suspended"] = suspended = new_team(scene, "Late payers", "0")
    teams.suspend(suspended.team.id, actor=NOBODY)
    return scene


def new_team(scene: Scene, name: str, amount: str) -> Customer:
    """A team with credit and a key of scope ``full``."""
    scene.later()
    made = customer(amount, name)
    # A column's default is computed by the database out of the clock's reach.
    Team.objects.filter(pk=made.team.id).update(created_at=scene.clock.now)
    return made


def new_key(scene: Scene, name: str, scope: str = "full", **options: Any) -> Api:
    """Another key of Acme, by the name ``{NAME_key}``."""
    scene.later()
    made = api_keys.create(scene.team.id, name=name, scope=scope, actor=NOBODY, **options)
    scene.callers[name] = api = Api(made.text, made.api_key.id)
    scene.names[f"{name}_key"] = api.key_id
    return api


def _keys(scene: Scene) -> None:
    for scope in ("read", "write"):
        new_key(scene, scope, scope)
    new_key(scene, "elsewhere", cidrs=["203.0.113.0/24"])
    new_key(scene, "slow", rpm=1)
    expired = new_key(scene, "expired", "read")
    ApiKey.objects.filter(pk=expired.key_id).update(expires_at=scene.clock.now)
    revoked = new_key(scene, "revoked", "read")
    scene.later()
    api_keys.revoke(scene.team.id, revoked.key_id, actor=NOBODY)
    scene.callers["nobody"] = Api(None)
