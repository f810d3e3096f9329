"""What a local Stripe remembers: objects, events, answers by key, what is to be sent."""

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from billing.gateway.local.errors import missing
from billing.gateway.local.objects import make

Raw = dict[str, Any]


class Store:
    """Plain data, in a file where one is named. Not thread-safe: its owner locks."""

    def __init__(self, clock: Callable[[], int], path: Path | None = None) -> None:
        self._clock = clock
        self._path = path
        self.data: Raw = {"objects": {}, "answers": {}, "cards": {}, "outgoing": [], "count": 0}
        if path is not None and path.exists():
            self.data = json.loads(path.read_text())

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return self._clock()

    def add(self, kind: str, prefix: str, **fields: Any) -> Raw:
        """A new object, with an id and, where the kind has them, its moment and ``livemode``."""
        self.data["count"] += 1
        object_id = f"{prefix}_local{self.data['count']:06d}{secrets.token_hex(6)}"
        made = make(kind, id=object_id, **fields)
        if "created" in made:
            made["created"] = self.now
        self.data["objects"][object_id] = made
        return made

    def get(self, kind: str, object_id: str) -> Raw:
        """An object. Raises the 404 answer."""
        found: Raw | None = self.data["objects"].get(object_id)
        if found is None or found["object"] != kind:
            raise missing(kind, object_id)
        return found

    def all(self, kind: str, **equal: Any) -> Iterator[Raw]:
        """Objects of a kind with these values, newest first."""
        for made in reversed(list(self.data["objects"].values())):
            if made["object"] == kind and all(made.get(k) == v for k, v in equal.items()):
                yield made

    def tell(self, type_: str, about: Raw) -> Raw:
        """An event with the object as it is now; it waits to be sent."""
        event = self.add("event", "evt", type=type_, data={"object": json.loads(json.dumps(about))})
        event["api_version"] = None
        self.data["outgoing"].append(event["id"])
        return event

    def keep(self) -> None:
        """Write whole or not at all."""
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._path.with_suffix(".new")
            beside.write_text(json.dumps(self.data))
            beside.replace(self._path)
