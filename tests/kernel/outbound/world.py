"""An internet of a few hosts: names, addresses that lead to servers, the canary for the rest."""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence

from aurous.kernel.outbound.addresses import IPAddress
from aurous.kernel.outbound.limits import Limits
from aurous.kernel.outbound.network import Network
from tests.kernel.outbound.servers import Canary, Script, Server

PUBLIC = "93.184.216.34"
PUBLIC_V6 = "2606:2800:220:1::1"
LIMITS = Limits(bytes_max=1_000_000, deadline_s=20)
URL = "https://files.example.com/cat.png"


class World:
    """Counts what it is asked: ``asked`` are names that were looked up, ``dialled`` addresses.

    Addresses that no server has lead to the canary, public or not.
    """

    def __init__(self, canary: Canary, trust: Callable[[], ssl.SSLContext]) -> None:
        self.canary = canary
        self.names: dict[str, Sequence[str]] = {}
        self.asked: list[str] = []
        self.dialled: list[tuple[str, int]] = []
        self._servers: dict[str, Server] = {}
        self.network = Network(self.resolve, self.connect, trust)

    def serve(self, script: Script, *, address: str = PUBLIC, tls: ssl.SSLContext | None) -> Server:
        """Put a server behind an address, whatever port is asked for."""
        self._servers[address] = Server(script, tls=tls)
        return self._servers[address]

    def server_at(self, address: str) -> Server:
        return self._servers[address]

    def resolve(self, name: str) -> Sequence[str]:
        """Names of this world; else as carelessly as systems do, who know many spellings."""
        self.asked.append(name)
        host = name.removesuffix(".")
        if host in self.names:
            return self.names[host]
        try:
            return [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            if host.endswith("localhost"):
                return ["127.0.0.1", "::1"]
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None

    def connect(self, address: IPAddress, port: int, timeout_s: float) -> socket.socket:
        self.dialled.append((str(address), port))
        server = self._servers.get(str(address))
        if server:
            return socket.create_connection(("127.0.0.1", server.port), timeout=timeout_s)
        reached = socket.create_connection(self.canary.place(address.version), timeout=timeout_s)
        reached.shutdown(socket.SHUT_RDWR)  # it is counted and would never answer
        return reached

    def connect_by_name(self, host: str) -> Callable[[IPAddress, int, float], socket.socket]:
        """What a client does that checks a name and then connects to the name: asks again."""

        def connect(_checked: IPAddress, port: int, timeout_s: float) -> socket.socket:
            return self.connect(ipaddress.ip_address(self.resolve(host)[0]), port, timeout_s)

        return connect

    def stop(self) -> None:
        for server in self._servers.values():
            server.stop()
