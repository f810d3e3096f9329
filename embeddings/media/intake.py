"""From a work item to pixels, in a worker: fetch, check, decode, resize.

What is fetched stays in memory and is dropped as soon as it is decoded. All threads of a worker
share a budget for it, one for pictures and one for videos.
"""

import time
from dataclasses import dataclass, field

import numpy as np
from django.conf import settings

from aurous import metrics
from aurous.kernel.outbound.client import fetch
from aurous.kernel.outbound.errors import BodyTooLarge, FetchFailed, UrlMalformed, UrlRefused
from aurous.kernel.outbound.limits import Limits
from embeddings.engine.base import Clip, Picture
from embeddings.measuring import media_refused, read_data, too_busy
from embeddings.media import data_urls
from embeddings.media.budget import Budget, BudgetSpent
from embeddings.media.errors import MediaError, SandboxBroken, SandboxBusy
from embeddings.media.geometry import FRAMES_MERGED, TOKEN_PIXELS
from embeddings.media.kinds import decoder_limits, limits_of
from embeddings.media.sandbox import Data, Sandbox
from embeddings.work import MediaItem

KINDS = ("image", "video")


@dataclass(slots=True)
class _Reservation:
    """Bytes of the budget that one file takes, while it is fetched and decoded."""

    budget: Budget
    deadline: float  # of the request, monotonic seconds
    bytes: int = field(default=0)

    def take(self, bytes_: int) -> None:
        patience = time.monotonic() + settings.MEDIA_RESERVE_SECONDS
        self.budget.take(bytes_, deadline=min(self.deadline, patience))
        self.bytes += bytes_

    def give_back(self) -> None:
        self.budget.give_back(self.bytes)
        self.bytes = 0


class Intake:
    """One a worker; its methods may be called by many threads."""

    def __init__(self) -> None:
        self._budgets = {kind: Budget(limits_of(kind).bytes_in_flight_max) for kind in KINDS}
        self._sandbox = Sandbox(settings.MEDIA_DECODE_PROCESSES_MAX, limits=decoder_limits())

    def read(self, item: MediaItem, *, deadline: float) -> Picture | Clip:
        """The pixels of one picture or video. ``deadline`` is in monotonic seconds.

        Raises ``AurousError``: ``media_*`` with the path of the field, or 503 where it was this
        worker that was too busy.
        """
        deadline = min(deadline, time.monotonic() + limits_of(item.kind).read_s)
        reservation = _Reservation(self._budgets[item.kind], deadline)
        try:
            return self._read(item, deadline, reservation)
        except MediaError as error:
            refused = media_refused(error, item.path)
        except (BudgetSpent, SandboxBusy, SandboxBroken):
            refused = too_busy()
        finally:
            reservation.give_back()
        # Out here, not in the handler: what was caught knows the frames in which the file's bytes
        # are, and the error that the request keeps would keep them alive.
        raise refused

    def stop(self) -> None:
        """End the decoders."""
        self._sandbox.stop()

    def _read(self, item: MediaItem, deadline: float, reservation: _Reservation) -> Picture | Clip:
        began = time.monotonic()
        data = self._bytes(item, deadline, reservation)
        fetched = time.monotonic()
        found = self._decoded(item, data, deadline)
        metrics.MEDIA_FETCH_SECONDS.labels(item.kind).observe(fetched - began)
        metrics.MEDIA_DECODE_SECONDS.labels(item.kind).observe(time.monotonic() - fetched)
        return found

    def _bytes(self, item: MediaItem, deadline: float, reservation: _Reservation) -> Data:
        if data_urls.is_data_url(item.url):
            reservation.take(data_urls.bytes_of(item.url))
            return read_data(item.url, item.kind, item.path)
        limits = _fetch_limits(item.kind, deadline)
        hosts = settings.AUROUS_MEDIA_DEV_HOSTS
        proxy = settings.AUROUS_EGRESS_PROXY or None
        try:
            return fetch(
                item.url, limits, local_hosts=hosts, on_length=reservation.take, proxy=proxy
            )
        except UrlRefused as error:
            raise MediaError("media_url_not_allowed", str(error)) from None
        except UrlMalformed as error:
            raise MediaError("invalid_format", str(error)) from None
        except FetchFailed as error:
            raise MediaError("media_fetch_failed", str(error)) from None
        except BodyTooLarge as error:
            raise MediaError("media_too_large", str(error)) from None

    def _decoded(self, item: MediaItem, data: Data, deadline: float) -> Picture | Clip:
        timeout_s = max(0.0, deadline - time.monotonic())
        if item.kind == "image":
            pixels = self._sandbox.read_image(data, tokens_max=item.fit_tokens, timeout_s=timeout_s)
            return Picture(item.at, pixels)
        read = self._sandbox.read_video(data, timeout_s=timeout_s)
        return Clip(item.at, read.frames, read.seconds)


def tokens_read(media: Picture | Clip) -> int:
    """Tokens of what was read, by its pixels."""
    if isinstance(media, Picture):
        return int(np.prod(media.pixels.shape[:2])) // TOKEN_PIXELS
    return int(np.prod(media.frames.shape[:3])) // (TOKEN_PIXELS * FRAMES_MERGED)


def _fetch_limits(kind: str, deadline: float) -> Limits:
    of_kind = limits_of(kind)
    return Limits(
        bytes_max=of_kind.bytes_max,
        deadline_s=max(0.0, min(of_kind.fetch_s, deadline - time.monotonic())),
        connect_s=settings.MEDIA_CONNECT_SECONDS,
        head_s=settings.MEDIA_HEAD_SECONDS,
        bytes_per_second_min=settings.MEDIA_BYTES_PER_SECOND_MIN,
        grace_s=settings.MEDIA_RATE_GRACE_SECONDS,
        redirects_max=settings.MEDIA_REDIRECTS_MAX,
    )
