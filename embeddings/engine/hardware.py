"""What `auto` means on this machine, decided without torch so that web and worker agree."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
NVIDIA_DEVICE = Path("/dev/nvidiactl")
# Where neither exists bfloat16 is emulated and slower than float32.
BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}


def resolve_device(setting: str) -> str:
    """Turn AUROUS_DEVICE (auto, cuda, cpu) into `cuda` or `cpu`."""
    if setting in {"cuda", "cpu"}:
        return setting
    if setting != "auto":
        raise ValueError(f"AUROUS_DEVICE must be auto, cuda or cpu, not {setting!r}")
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in {"", "-1"}
    return "cuda" if NVIDIA_DEVICE.exists() and not hidden and _torch_knows_cuda() else "cpu"


def resolve_dtype(setting: str, *, device: str) -> str:
    """Turn AUROUS_DTYPE (auto, float32, bfloat16) into `float32` or `bfloat16`."""
    if setting in {"float32", "bfloat16"}:
        return setting
    if setting != "auto":
        raise ValueError(f"AUROUS_DTYPE must be auto, float32 or bfloat16, not {setting!r}")
    return "bfloat16" if device == "cuda" or BFLOAT16_FLAGS & _cpu_flags() else "float32"


def _cpu_flags() -> set[str]:
    try:
        lines = CPU_INFO.read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())


def _torch_knows_cuda() -> bool:
    try:
        return not version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return False
