"""The host of a URL, brought into the one spelling that is checked, looked up and connected to."""

import ipaddress
import re

import idna

from aurous.kernel.outbound.addresses import IPAddress, is_public
from aurous.kernel.outbound.errors import UrlMalformed, UrlRefused

HOST_CHARS_MAX = 253

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
# What other parsers read as an IPv4 address whose parts are octal, hexadecimal or left out.
_ENDS_LIKE_AN_ADDRESS = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")
_INSIDE = re.compile(
    r"(.*\.)?(localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa)"
)
_NO_HOST = "The URL has no valid host name. Write it as https://host/path."
_NOT_PUBLIC = "The host is not a public one. Use a file that anybody on the internet can reach."


def canonical_host(text: str) -> str:
    """A host as it stands in a URL, in lower case, IDNA and shortest form; IPv6 without brackets.

    Raises ``UrlMalformed`` for what is no host, ``UrlRefused`` for spellings made to confuse.
    """
    if "%" in text:
        raise UrlRefused("The host holds a percent sign. Write the host in plain letters.")
    if text.startswith("["):
        return _canonical_ipv6(text)
    name = text.lower() if text.isascii() else _to_ascii(text)
    if name.endswith("."):
        raise UrlRefused("The host ends with a dot. Leave it out.")
    if len(name) > HOST_CHARS_MAX or not _NAME.fullmatch(name):
        raise UrlMalformed(_NO_HOST)
    if _ENDS_LIKE_AN_ADDRESS.fullmatch(name) and address_of(name) is None:
        raise UrlRefused(
            "The host looks like an IP address in an unusual spelling. Use a host name."
        )
    return name


def _canonical_ipv6(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text[1:-1]))
    except ValueError:
        raise UrlMalformed(_NO_HOST) from None


def _to_ascii(text: str) -> str:
    """As browsers do it: one that maps differently would fetch from somebody else's host."""
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except UnicodeError:
        raise UrlRefused(
            "The host holds letters that host names cannot have. Write it in its xn-- form."
        ) from None


def address_of(host: str) -> IPAddress | None:
    """The address that a canonical host is, if it is one and no name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def check_public_host(host: str) -> None:
    """Refuse a canonical host that cannot be a public one whatever a name server says."""
    address = address_of(host)
    if address is not None:
        if not is_public(address):
            raise UrlRefused(_NOT_PUBLIC)
    elif "." not in host or _INSIDE.fullmatch(host):
        raise UrlRefused(_NOT_PUBLIC)
