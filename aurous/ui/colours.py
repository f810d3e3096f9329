"""Which of the six colours a series has: the same thing the same one on every page."""

from collections.abc import Sequence
from zlib import crc32

OTHERS = 6  # what is put together is grey
_COUNT = 5


def colours(names: Sequence[str], order: Sequence[str] = ()) -> list[int]:
    """The colour of each name, 1 to 6, by its place in ``order``, else by the name itself.

    ``order`` is what can be, in an order that does not change when more comes to it. Where two
    of one chart would have the same colour, the later one in that order takes the next free one.
    """
    known = {name: place for place, name in enumerate(order)}
    rank = {name: known.get(name, len(known) + crc32(name.encode())) for name in names}
    taken: dict[str, int] = {}
    for name in sorted(names, key=lambda name: (rank[name], name)):
        wanted = rank[name] % _COUNT + 1
        circle = [*range(wanted, _COUNT + 1), *range(1, wanted), OTHERS]
        taken[name] = next(colour for colour in circle if colour not in taken.values())
    return [taken[name] for name in names]
