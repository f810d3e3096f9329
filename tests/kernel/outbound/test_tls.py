"""Only a server that proves to be the host is listened to, whatever the environment says."""

import socket
import ssl

import pytest

from aurous.kernel.outbound.client import fetch
from aurous.kernel.outbound.errors import FetchFailed
from aurous.kernel.outbound.network import Network, public_trust
from tests.kernel.outbound.servers import ok
from tests.kernel.outbound.world import LIMITS, PUBLIC, URL

NOT_VALID = "certificate is not valid for this host"


@pytest.mark.parametrize("certificate", ["expired", "stranger"])
def test_a_certificate_that_is_expired_or_of_an_unknown_authority_is_refused(
    world, serve, certificate
):
    server = serve(ok(b"cat"), certificate=certificate)
    with pytest.raises(FetchFailed, match=NOT_VALID):
        fetch(URL, LIMITS, network=world.network)
    assert server.requests == []


@pytest.mark.parametrize("host", ["other.example.net", "a.b.example.com", "93.184.216.35"])
def test_a_certificate_for_another_host_is_refused(world, serve, host):
    world.names[host] = [PUBLIC]
    server = serve(ok(b"cat"))
    serve(ok(b"cat"), address="93.184.216.35")
    with pytest.raises(FetchFailed, match=NOT_VALID):
        fetch(f"https://{host}/", LIMITS, network=world.network)
    assert server.requests == []


def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(world, serve):
    serve(ok(b"cat"), address="93.184.216.99")  # an address that the certificate does not name
    world.names["files.example.com"] = ["93.184.216.99"]
    assert fetch(URL, LIMITS, network=world.network) == b"cat"


def test_an_international_name_is_proven_in_its_ascii_form(world, serve):
    server = serve(ok(b"cat"))
    world.names["xn--bcher-kva.example"] = [PUBLIC]
    assert fetch("https://bücher.example/", LIMITS, network=world.network) == b"cat"
    assert server.names == ["xn--bcher-kva.example"]
    assert b"\r\nHost: xn--bcher-kva.example\r\n" in server.requests[0]


def test_a_name_with_an_underscore_is_proven_too(world, serve):
    serve(ok(b"cat"))
    world.names["my_bucket.example.net"] = [PUBLIC]
    assert fetch("https://my_bucket.example.net/", LIMITS, network=world.network) == b"cat"


def test_a_server_of_old_tls_only_is_refused(world, certificates):
    old = certificates.server()
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    server = world.serve(lambda visit: visit.head(), tls=old)
    with pytest.raises(FetchFailed, match=r"TLS 1\.2 or newer"):
        fetch(URL, LIMITS, network=world.network)
    assert server.requests == []


def test_a_server_that_answers_tls_in_plain_text_is_refused(world, serve):
    serve(lambda visit: visit.say(ok(b"cat")), tls=False)
    with pytest.raises(FetchFailed, match=r"TLS 1\.2 or newer"):
        fetch(URL, LIMITS, network=world.network)


def test_a_peer_that_is_gone_before_tls_begins_is_never_spoken_to_in_the_clear(world):
    network = Network(world.resolve, lambda *_: socket.socket(), world.network.trust)
    with pytest.raises(FetchFailed, match="ended early"):
        fetch(URL, LIMITS, network=network)


def test_the_public_trust_checks_names_wants_tls_1_2_and_knows_the_public_authorities():
    context = public_trust()
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) > 50


def test_the_environment_changes_neither_trust_nor_way(
    world, serve, certificates, monkeypatch, tmp_path
):
    host, port = world.canary.place(4)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://{host}:{port}")
        monkeypatch.setenv(name.upper(), f"http://{host}:{port}")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(certificates.folder / "ca.pem"))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    public_trust.cache_clear()
    serve(ok(b"cat"))
    with pytest.raises(FetchFailed, match=NOT_VALID):  # our test authority is not a public one
        fetch(URL, LIMITS, network=Network(world.resolve, world.connect))
    assert fetch(URL, LIMITS, network=world.network) == b"cat"
    assert [address for address, _ in world.dialled] == [PUBLIC, PUBLIC]
    assert world.canary.connections() == 0
    assert list(tmp_path.iterdir()) == []
