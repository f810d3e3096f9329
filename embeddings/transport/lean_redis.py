"""kombu's Redis transport with one client a channel.

kombu makes a new client object for each publish, delivery and acknowledgement, which costs more
than what it then does with it (measured: a fifth of the worker's time at one client). Clients
hold no connection of their own; they share the channel's pool.
"""

from typing import Any

from kombu.transport import redis

_kombu: Any = redis  # it has annotations here and there, and its bases have none


class Channel(_kombu.Channel):  # type: ignore[misc]  # Any as a base
    """A channel that keeps its client for as long as its pool lives."""

    _kept: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = super()._create_client()
        return self._kept


class Transport(_kombu.Transport):  # type: ignore[misc]  # as above
    """What ``broker_transport`` names."""

    Channel = Channel
