"""How much a stranger's server may cost: bytes, seconds, and the slowest rate that is put up with.

With the defaults a server that drips is given up after about 5 seconds: `head_s` if it drips the
headers, at most twice `grace_s` if it drips the body.
"""

from dataclasses import dataclass

CONNECT_S = 3.0
HEAD_S = 5.0
GRACE_S = 2.5
BYTES_PER_SECOND_MIN = 8 * 1024
REDIRECTS_MAX = 3

HEAD_BYTES_MAX = 32 * 1024
INTERIM_ANSWERS_MAX = 8  # "103 Early Hints" and the like, each of which could come for ever
ADDRESSES_MAX = 4  # of one host that are tried one after the other
READ_BYTES = 64 * 1024

# A body cut into single bytes, or wrapped in long chunk headers, costs us much and its sender
# little. TCP, TLS and sane servers stay far from these; a short body may come as it likes.
TURNS_FREE = 8_192  # reads and parsed pieces
BYTES_A_TURN_MIN = 128
WRAPPING_BYTES_FREE = 256 * 1024  # beyond as much again as the body itself


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one request, redirects included.

    ``deadline_s`` covers everything: names, connections, TLS, headers, bodies. ``connect_s`` is
    for the look-up of a name and again for reaching one address, TLS included. ``head_s`` is from
    the request to the end of the headers. A body must bring ``bytes_per_second_min`` on average
    in each ``grace_s`` seconds.
    """

    bytes_max: int
    deadline_s: float
    connect_s: float = CONNECT_S
    head_s: float = HEAD_S
    bytes_per_second_min: int = BYTES_PER_SECOND_MIN
    grace_s: float = GRACE_S
    redirects_max: int = REDIRECTS_MAX
