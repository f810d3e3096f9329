"""A small internet for each test, with TLS of its own and a canary that must stay untouched."""

from collections.abc import Callable, Iterator

import pytest

from tests.kernel.outbound.certificates import Certificates, make
from tests.kernel.outbound.servers import Canary, Script, Server, answers
from tests.kernel.outbound.world import PUBLIC, World

Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def listening_canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


@pytest.fixture
def canary(listening_canary: Canary) -> Canary:
    """Counts from zero in each test."""
    listening_canary.connections()
    return listening_canary


@pytest.fixture
def world(canary: Canary, certificates: Certificates) -> Iterator[World]:
    """Knows ``files.example.com`` and has no server yet."""
    made = World(canary, certificates.trust)
    made.names["files.example.com"] = [PUBLIC]
    yield made
    made.stop()


@pytest.fixture
def serve(world: World, certificates: Certificates) -> Serve:
    """Starts a server with TLS from a script, or from the bytes of its answer."""

    def start(
        script: Script | bytes,
        *,
        address: str = PUBLIC,
        certificate: str = "good",
        tls: bool = True,
    ) -> Server:
        context = certificates.server(certificate) if tls else None
        script = answers(script) if isinstance(script, bytes) else script
        return world.serve(script, address=address, tls=context)

    return start
