"""Looking a name up: once, whole, in time, and with a bound on how many hang."""

import socket
import threading
from ipaddress import ip_address

import pytest

from aurous.kernel.outbound import resolver
from aurous.kernel.outbound.errors import FetchFailed
from aurous.kernel.outbound.network import open_socket
from aurous.kernel.outbound.patience import Deadline
from aurous.kernel.outbound.resolver import checked_addresses, look_up, system_addresses
from aurous.kernel.outbound.urls import parse_target
from tests.kernel.outbound.servers import PATIENCE_S, Canary


def test_a_public_name_is_asked_for_whole_so_that_no_search_list_applies():
    asked = []
    target = parse_target("https://files.example.com/")
    checked_addresses(target, lambda name: asked.append(name) or ["1.1.1.1"], Deadline.after(20))
    assert asked == ["files.example.com."]


def test_a_local_name_is_asked_for_as_it_is_and_may_be_local():
    target = parse_target("http://media:80/", local_hosts=["media:80"])
    found = checked_addresses(target, {"media": ["10.0.0.1"]}.__getitem__, Deadline.after(20))
    assert found == [ip_address("10.0.0.1")]


def test_addresses_come_in_the_order_of_the_resolver():
    texts = ["2606:4700::1", "1.1.1.1", "8.8.8.8"]
    found = look_up("a.", lambda _name: texts, Deadline.after(20))
    assert [str(address) for address in found] == texts


def test_look_ups_that_hang_leave_room_for_no_more_than_the_limit(monkeypatch):
    monkeypatch.setattr(resolver, "_slots", threading.BoundedSemaphore(1))
    hang, ended = threading.Event(), threading.Event()

    def hangs(_name):
        assert hang.wait(PATIENCE_S)
        ended.set()
        return ["1.1.1.1"]

    with pytest.raises(FetchFailed, match="too slow"):
        look_up("a.", hangs, Deadline.after(0.05))
    with pytest.raises(FetchFailed, match="too slow"):  # the first still hangs
        look_up("b.", lambda _name: ["1.1.1.1"], Deadline.after(0.05))
    hang.set()
    assert ended.wait(PATIENCE_S)
    assert look_up("b.", lambda _name: ["1.1.1.1"], Deadline.after(PATIENCE_S))


def test_a_look_up_that_raises_gives_its_place_back(monkeypatch):
    monkeypatch.setattr(resolver, "_slots", threading.BoundedSemaphore(1))

    def raises(_name):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    for _ in range(3):
        with pytest.raises(FetchFailed, match="not known"):
            look_up("a.", raises, Deadline.after(PATIENCE_S))


def test_the_system_is_asked_in_bytes_and_for_streams(monkeypatch):
    asked = []

    def getaddrinfo(*arguments, **named):
        asked.append((arguments, named))
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:4700::1", 0, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 0)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert system_addresses("example.com.") == ["2606:4700::1", "1.1.1.1"]
    assert asked == [((b"example.com.", None), {"type": socket.SOCK_STREAM})]


def test_the_system_really_answers():
    assert system_addresses("127.0.0.1") == ["127.0.0.1"]


@pytest.mark.parametrize("version", [4, 6])
def test_a_socket_leads_to_exactly_the_address(version):
    canary = Canary()
    host, port = canary.place(version)
    with open_socket(ip_address(host), port, PATIENCE_S) as opened:
        assert opened.getpeername()[:2] == (host, port)
        assert opened.gettimeout() == PATIENCE_S
    assert canary.connections() == 1
    canary.close()


def test_a_socket_to_where_nobody_listens_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        open_socket(ip_address("127.0.0.1"), port, PATIENCE_S)
