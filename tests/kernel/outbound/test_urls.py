"""What the parser makes of good URLs, of allowed local hosts, and of anything at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous.kernel.outbound.addresses import is_public
from aurous.kernel.outbound.errors import OutboundFault, UrlMalformed, UrlRefused
from aurous.kernel.outbound.urls import URL_CHARS_MAX, Target, parse_target
from tests.kernel.outbound.tricks import STATIC

PARTS = [
    *("https", "http", "file", ":", "//", "/", "\\", "@", "%", "[", "]", "?", "#", ".", "-", "_"),
    *(
        "127.0.0.1",
        "example.com",
        "localhost",
        "0x7f",
        "1",
        ":443",
        ":80",
        "::1",
        "xn--",
        "é",
        "。",
    ),
    *(" ", "\t", "\0", "\u200d", "ß", "１", "𝟏", "\u00ad", "\U000e0001", "\ud800"),
]
URLS = st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text(max_size=40)


@pytest.mark.parametrize(
    ("url", "host", "path_and_query"),
    [
        ("https://example.com", "example.com", "/"),
        ("https://example.com/", "example.com", "/"),
        ("HTTPS://Example.COM:443/A?B#c", "example.com", "/A?B"),
        ("https://example.com?a=b", "example.com", "/?a=b"),
        ("https://example.com#a", "example.com", "/"),
        ("https://example.com/a/../b;c=d,e", "example.com", "/a/../b;c=d,e"),
        ("https://example.com/@user:1/a@b", "example.com", "/@user:1/a@b"),
        ("https://example.com//127.0.0.1/", "example.com", "//127.0.0.1/"),
        ("https://example.com/?u=https://127.0.0.1/", "example.com", "/?u=https://127.0.0.1/"),
        ("https://example.com/ü?x=ñ", "example.com", "/%C3%BC?x=%C3%B1"),
        ('https://example.com/"<>^`{|}', "example.com", "/%22%3C%3E%5E%60%7B%7C%7D"),
        ("https://my_bucket.s3.example.com/k", "my_bucket.s3.example.com", "/k"),
        ("https://1.example.com/", "1.example.com", "/"),
        ("https://localhost.example.com/", "localhost.example.com", "/"),
        ("https://internal.example.com/", "internal.example.com", "/"),
        ("https://thelocal.se/", "thelocal.se", "/"),
        ("https://Bücher.example/", "xn--bcher-kva.example", "/"),
        ("https://faß.example/", "xn--fa-hia.example", "/"),
        ("https://例え.example/", "xn--r8jz45g.example", "/"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/"),
        ("https://93.184.216.34/", "93.184.216.34", "/"),
        ("https://[2606:2800:220:1:0:0:0:1]/", "2606:2800:220:1::1", "/"),
        ("https://[64:ff9b::93.184.216.34]/", "64:ff9b::5db8:d822", "/"),
    ],
)
def test_a_good_url_is_taken_in_one_spelling(url, host, path_and_query):
    assert parse_target(url) == Target("https", host, 443, path_and_query, local=False)


def test_a_url_of_exactly_the_limit_is_taken_and_one_more_is_not():
    url = "https://example.com/".ljust(URL_CHARS_MAX, "a")
    assert parse_target(url).path_and_query.endswith("a")
    with pytest.raises(UrlRefused, match="2,048 characters"):
        parse_target(url + "a")


@pytest.mark.parametrize(
    ("url", "listed", "scheme", "authority"),
    [
        ("http://localhost:8000/a", "localhost:8000", "http", "localhost:8000"),
        ("https://LOCALHOST:8000/a", "LocalHost:8000", "https", "localhost:8000"),
        ("http://127.0.0.1:9/a", "127.0.0.1:9", "http", "127.0.0.1:9"),
        ("http://[::1]:9/a", "[::1]:9", "http", "[::1]:9"),
        ("http://media/a", "media:80", "http", "media"),
        ("https://media/a", "media:443", "https", "media"),
    ],
)
def test_a_listed_host_and_port_may_be_local_and_plain(url, listed, scheme, authority):
    target = parse_target(url, local_hosts=["else:1", listed])
    assert target.local
    assert (target.scheme, target.authority) == (scheme, authority)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8001/",
        "http://localhost/",
        "http://localhost.:8000/",
        "http://a.localhost:8000/",
        "http://127.0.0.1:8000/",
        "http://127.1:8000/",
        "http://user@localhost:8000/",
        "http://localhost:8000@127.0.0.1/",
        "ftp://localhost:8000/",
        "http://localhost:8000\\@127.0.0.1/",
    ],
)
def test_a_listed_host_allows_that_host_and_port_and_nothing_near_it(url):
    with pytest.raises(UrlRefused):
        parse_target(url, local_hosts=["localhost:8000"])


def test_no_host_is_local_unless_listed():
    assert not parse_target("https://example.com/", local_hosts=["localhost:8000"]).local


@given(URLS)
def test_any_text_is_a_public_target_or_one_of_the_two_faults(text):
    try:
        target = parse_target(text)
    except (UrlMalformed, UrlRefused):
        return
    assert (target.scheme, target.port) == ("https", 443)
    assert re.fullmatch(r"/[!-~]*", target.path_and_query)
    if target.address is not None:
        assert is_public(target.address)
    else:
        assert re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", target.host)
    # What goes onto the wire is read the same way again.
    written = f"https://{target.authority}{target.path_and_query}"
    if len(written) <= URL_CHARS_MAX:
        assert parse_target(written) == target


@pytest.mark.parametrize("secret", ["?token=hunter2", "#hunter2", "/hunter2", "?a=b&hunter2"])
def test_a_target_shows_no_path_and_no_query(secret):
    target = parse_target(f"https://example.com{secret}")
    assert "hunter2" not in f"{target!r}{target!s}"


@pytest.mark.parametrize("url", [url for url, _ in STATIC], ids=range(len(STATIC)))
def test_what_a_customer_is_told_says_what_to_do_and_repeats_nothing(url):
    spoilt = f"{url}?token=hunter2"
    with pytest.raises(OutboundFault) as caught:
        parse_target(spoilt)
    assert re.fullmatch(r"[A-Z][^<>{}\[\]@]+\. [A-Z][^{}\[\]]+\.", str(caught.value))
    assert "hunter2" not in f"{caught.value!r}"
    assert "127.0" not in str(caught.value)
