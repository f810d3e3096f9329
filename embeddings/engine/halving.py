"""What to do when a batch does not fit into the device's memory: halve it and go on."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from embeddings.engine.base import DeviceOutOfMemory

Item = TypeVar("Item")
Row = TypeVar("Row")


def in_halves(
    items: Sequence[Item],
    run: Callable[[Sequence[Item]], Sequence[Row]],
    *,
    out_of_memory: type[Exception],
    release: Callable[[], None],
) -> list[Row | DeviceOutOfMemory]:
    """Run a batch, in smaller parts where memory ends; one result for each item, in order.

    An item that does not fit alone becomes DeviceOutOfMemory. Ends, as every part is smaller.
    """
    try:
        return list(run(items))
    except out_of_memory:
        pass  # the handler is left first: inside it the error would keep the batch's tensors alive
    release()
    if len(items) == 1:
        return [DeviceOutOfMemory("this input alone does not fit into the device's memory")]
    middle = len(items) // 2
    first, second = (
        in_halves(part, run, out_of_memory=out_of_memory, release=release)
        for part in (items[:middle], items[middle:])
    )
    return first + second
