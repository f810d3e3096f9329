"""The vision model of the stage: the tiny random one, and a server of pictures beside it."""

from collections.abc import Iterator
from typing import Any

import pytest

from embeddings import catalog, runtime
from tests.embeddings.api.stage import Answer, Customer, customer
from tests.embeddings.media_server import MediaServer
from tests.embeddings.tiny_vision import tiny_vision_folder

VISION = "aurous-embed-vision"
TEXT_NANO, MEDIA_NANO = 18_750, 48_750


@pytest.fixture(scope="module")
def vision(platform: None) -> Iterator[None]:
    """``aurous-embed-vision`` is served for the length of a module, in float32 on the CPU."""
    with pytest.MonkeyPatch.context() as patch:
        from django.conf import settings

        patch.setattr(settings, "AUROUS_VISION_WEIGHTS", str(tiny_vision_folder()))
        patch.setattr(settings, "AUROUS_DTYPE", "float32")
        patch.setattr(settings, "AUROUS_DEVICE", "cpu")
        patch.setattr(settings, "AUROUS_TORCH_THREADS", 1)
        patch.setattr(settings, "MEDIA_DECODE_PROCESSES_MAX", 2)
        catalog.forget()
        yield
        runtime.stop()
    catalog.forget()


@pytest.fixture
def acme(transactional_db: None, vision: None) -> "Viewer":
    """A team with 100 credits: 2 million visual tokens."""
    made = customer("100")
    return Viewer(made.key, made.key_id, made.team)


class Viewer(Customer):
    """A customer who sends parts to the vision model."""

    def see(self, *parts: Any, **more: Any) -> Answer:
        """``POST /v1/embeddings``."""
        return self.embed(list(parts), model=VISION, **more)

    def guess(self, *parts: Any, **fields: Any) -> Answer:
        """``POST /v1/embeddings/estimate``."""
        return self.estimate(list(parts), model=VISION, **fields)


@pytest.fixture(scope="module")
def media_server() -> Iterator[MediaServer]:
    """A server on this machine."""
    with MediaServer().running() as server:
        yield server


@pytest.fixture
def site(media_server: MediaServer, settings: Any) -> MediaServer:
    """The server, allowed as a development host."""
    settings.AUROUS_MEDIA_DEV_HOSTS = [media_server.host]
    return media_server
