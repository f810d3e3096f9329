"""A vector as something to look at: its first numbers, and all of them as fine bars."""

from dataclasses import dataclass

from embeddings.reply import Vector

WIDTH, HEIGHT = 512, 56
NUMBERS_SHOWN = 8
BARS_MAX = 256  # more would be thinner than a pixel


@dataclass(frozen=True, slots=True)
class Bar:
    """One number, or the strongest of a few neighbours. Pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A preview of a vector."""

    dimensions: int
    numbers: tuple[str, ...]
    json: str
    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT
    middle: int = HEIGHT // 2


def drawn(vector: Vector) -> Drawing:
    """Numbers in their shortest form; bars up for positive, down for negative ones."""
    values = [float(value) for value in vector]
    group = -(-len(values) // BARS_MAX)
    strongest = [max(values[at : at + group], key=abs) for at in range(0, len(values), group)]
    most = max((abs(value) for value in strongest), default=0.0) or 1.0
    place = WIDTH / len(strongest)
    texts = [repr(float(str(value))) for value in vector]
    return Drawing(
        len(values),
        tuple(f"{value:+.4f}" for value in values[:NUMBERS_SHOWN]),
        f"[{', '.join(texts)}]",
        [_bar(number * place, place, value / most) for number, value in enumerate(strongest)],
    )


def _bar(x: float, place: float, share: float) -> Bar:
    height = abs(share) * (HEIGHT / 2 - 1)
    y = HEIGHT / 2 - (height if share > 0 else 0)
    return Bar(round(x, 2), round(y, 2), round(place * 0.75, 2), round(max(height, 0.5), 2))
