"""Numbers on their way to the device and back, beside its work where it can do both at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True, slots=True)
class Returning:
    """A tensor that is being copied back, float32."""

    host: torch.Tensor
    arrived: torch.cuda.Event | None

    def numpy(self) -> np.ndarray:
        """Wait for it, letting other threads run. Raises what the device failed with."""
        if self.arrived is not None:
            self.arrived.synchronize()
        return self.host.numpy()


class Transfer:
    """Copies for one device. On a GPU from and to memory that it reads itself (pinned)."""

    def __init__(self, device: str) -> None:
        self._device = torch.device(device)
        self._stream: torch.cuda.Stream | None = None
        if self._device.type == "cuda":
            self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call] # torch has no types here

    def staged(self, arrays: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
        """Put arrays where the device can fetch them. May run in any thread."""
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        if self._stream is None:
            return tensors
        return {
            name: tensor.pin_memory() if tensor.numel() else tensor
            for name, tensor in tensors.items()
        }

    def sent(self, staged: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Copy to the device, on a stream of its own; what is computed next waits for it."""
        if self._stream is None:
            return dict(staged)
        with torch.cuda.stream(self._stream):
            tensors = {
                name: tensor.to(self._device, non_blocking=True) for name, tensor in staged.items()
            }
        computing = torch.cuda.current_stream()
        computing.wait_stream(self._stream)
        for tensor in tensors.values():
            tensor.record_stream(computing)  # else the copy stream could reuse its memory too early
        return tensors

    def returning(self, tensor: torch.Tensor) -> Returning:
        """Begin to copy a tensor back."""
        if self._stream is None:
            return Returning(tensor, None)
        host = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
        host.copy_(tensor, non_blocking=True)
        arrived = torch.cuda.Event()  # type: ignore[no-untyped-call] # torch has no types here
        arrived.record()
        return Returning(host, arrived)
