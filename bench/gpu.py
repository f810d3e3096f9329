"""`python -m bench.gpu`: what the vision engine and MiniLM reach on a GPU, beside arithmetic.

The model has Qwen3-VL-2B's shape and random weights, made on the device: speed does not depend on
what the weights are. Without a GPU it says so and exits with 2; `--device cpu --layers 2
--shrink 8` runs the same code over a cut-down shape, whose numbers mean nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import torch

from bench.machine import machine
from bench.report import table
from bench.vision_shape import Shape
from bench.vision_work import (
    WORKLOADS,
    Measured,
    agreement,
    build,
    measure,
    text_tokens_per_second,
)
from embeddings.engine import minilm
from embeddings.engine.text_encoder import TextEncoder

# An H100's dense bfloat16 peak, and what shares of it the floors stand for.
PEAK_TFLOPS = 989.0
FLOOR_TFLOPS = (250.0, 400.0)
COSINE_MIN = 0.999
NO_GPU = 2
MINILM_BATCHES = ((1, 20), (256, 20), (64, 200))  # texts, tokens of each
_HEADINGS = (
    *("workload", "at once", "forward ms", "encode ms", "tokens/s", "items/s"),
    *("TFLOP/s", "MFU %", *(f"items/s at {floor:.0f}" for floor in FLOOR_TFLOPS)),
)


def row_of(measured: Measured, peak_tflops: float) -> dict[str, Any]:
    """One line as numbers. Rates are of the forward pass, template tokens included."""
    items, seconds = measured.workload.items, measured.forward_s
    tflops = measured.flop / seconds / 1e12
    floors = [floor * 1e12 * items / measured.flop for floor in FLOOR_TFLOPS]
    values = [
        measured.workload.name,
        items,
        seconds * 1e3,
        measured.encode_s * 1e3,
        measured.tokens / seconds,
        items / seconds,
        tflops,
        100 * tflops / peak_tflops,
        *floors,
    ]
    return dict(zip(_HEADINGS, values, strict=True))


def cells(row: dict[str, Any]) -> list[str]:
    """The same for people."""
    return [
        value if isinstance(value, str) else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        for value in row.values()
    ]


def text_rows(device: str, dtype: str, runs: int) -> dict[str, float]:
    """MiniLM, whose end is the tokenizer: tokens a second of the engine alone."""
    engine = TextEncoder(
        slug="minilm",
        fingerprint="bench",
        folder=minilm.required_folder(),
        device=device,
        dtype=dtype,
        threads=torch.get_num_threads(),
    )
    return {
        f"{items} × {tokens} tokens": text_tokens_per_second(
            engine, 384, runs=runs, device=device, items=items, tokens=tokens
        )
        for items, tokens in MINILM_BATCHES
    }


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure everything; one JSON object."""
    device, dtype = arguments.device, arguments.dtype
    shape = Shape().cut(arguments.layers, arguments.shrink)
    engine, parameters = build(shape, device=device, dtype=getattr(torch, dtype))
    workloads = WORKLOADS[: arguments.workloads]
    rows = []
    for workload in workloads:
        print(f"{workload.items} × {workload.name}", file=sys.stderr)
        measured = measure(engine, shape, workload, runs=arguments.runs, device=device)
        rows.append(row_of(measured, arguments.peak_tflops))
    return {
        "machine": machine() | {"device": _device(device), "dtype": dtype},
        "parameters": parameters,
        "least_cosine": agreement(engine, workloads, shape.hidden),
        "rows": rows,
        "minilm_tokens_per_s": text_rows(device, dtype, arguments.runs),
        "memory_gb": torch.cuda.max_memory_allocated() / 1e9 if device == "cuda" else None,
    }


def markdown(found: dict[str, Any]) -> str:
    """The same as a table with its notes."""
    minilm_rates = [
        f"- MiniLM, {name}: {rate:,.0f} tokens/s"
        for name, rate in found["minilm_tokens_per_s"].items()
    ]
    return "\n".join(
        [
            "; ".join(f"{name} {value}" for name, value in found["machine"].items()),
            "",
            table(_HEADINGS, [cells(row) for row in found["rows"]]),
            "",
            f"- Random weights in the shape of Qwen3-VL-2B: {found['parameters']:,} parameters.",
            f"- Alone and in a batch: least cosine {found['least_cosine']:.6f}.",
            *minilm_rates,
            *(
                [f"- Memory at the most: {found['memory_gb']:.1f} GB."]
                if found["memory_gb"]
                else []
            ),
        ]
    )


def _device(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else "CPU"


def parse(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--dtype", choices=["bfloat16", "float32"], default="bfloat16")
    parser.add_argument("--layers", type=int, default=28, help="at the most, in either part")
    parser.add_argument("--shrink", type=int, choices=[1, 2, 4, 8], default=1, help="of all widths")
    parser.add_argument("--runs", type=int, default=10, help="of each workload")
    parser.add_argument("--workloads", type=int, default=len(WORKLOADS), help="the first so many")
    parser.add_argument("--peak-tflops", type=float, default=PEAK_TFLOPS, help="of the device")
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """1 when an input has another vector in a batch than alone; 2 without a GPU."""
    arguments = parse(words)
    if arguments.device == "cuda" and not torch.cuda.is_available():
        print(
            "This machine has no GPU that torch can use: nothing was measured. "
            "`--device cpu --layers 2 --shrink 8` tries the code, not the speed.",
            file=sys.stderr,
        )
        return NO_GPU
    found = run(arguments)
    print(json.dumps(found) if arguments.json else markdown(found))
    return 0 if found["least_cosine"] >= COSINE_MIN else 1


if __name__ == "__main__":
    sys.exit(main())
