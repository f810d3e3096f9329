"""The engines by name. Importing this imports no torch; only `load` of a real model does."""

import hashlib
import json
from collections.abc import Callable

from django.conf import settings

from embeddings.engine import minilm, vision_weights
from embeddings.engine.base import Engine
from embeddings.engine.hardware import resolve_device, resolve_dtype

# Raise it when pooling, normalising or the wrapping of tokens changes: old vectors then no longer
# compare with new ones, and the fingerprint says so.
TEXT_PREPROCESSING = "wordpiece;[CLS]…[SEP];mean;l2;1"
VISION_PREPROCESSING = "rgb;/255;mean .5;std .5;patch 16 2 2;last token;cut;l2;1"
STUB_PREPROCESSING = "shake128;l2;1"


def load(engine: str, slug: str) -> Engine:
    """Load the engine of a catalog entry. Raises FileNotFoundError when its weights are missing."""
    _known(engine)
    return _LOADERS[engine](slug)


def unavailable_because(engine: str) -> str | None:
    """Say, for operators, why `load` would fail; None when weights are where they should be."""
    if engine not in _LOADERS:
        return f"This build has no engine {engine!r}; it has {', '.join(sorted(_LOADERS))}."
    reasons = {
        "text_encoder": minilm.unavailable_because,
        "qwen3_vl": vision_weights.unavailable_because,
    }
    return reasons[engine]() if engine in reasons else None


def fingerprint_of(engine: str) -> str:
    """Hash all that decides the numbers of a vector, without torch: the web tells it to customers.

    With `auto` the dtype depends on the machine. Where web and workers run on different kinds of
    machine, set AUROUS_DEVICE and AUROUS_DTYPE for both.
    """
    _known(engine)
    facts = {"engine": engine} | _FACTS[engine]()
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"random-{digest}" if owner_of(engine) else digest


def owner_of(engine: str) -> str | None:
    """Who the model's owner is where that is not what the catalog says: random weights."""
    if engine != "qwen3_vl":
        return None
    folder = vision_weights.folder()
    random = folder is not None and vision_weights.is_random(folder)
    return vision_weights.RANDOM_OWNER if random else None


def _known(engine: str) -> None:
    if engine not in _LOADERS:
        raise ValueError(unavailable_because(engine))


def _dtype() -> str:
    return resolve_dtype(settings.AUROUS_DTYPE, device=resolve_device(settings.AUROUS_DEVICE))


def _stub_facts() -> dict[str, str]:
    return {"preprocessing": STUB_PREPROCESSING}


def _text_facts() -> dict[str, str]:
    model = minilm.required_folder()
    return {
        "preprocessing": TEXT_PREPROCESSING,
        "weights": minilm.file_sha256(model / minilm.WEIGHTS_FILE),
        "tokenizer": minilm.file_sha256(model / minilm.TOKENIZER_FILE),
        "dtype": _dtype(),
    }


def _vision_facts() -> dict[str, str]:
    from embeddings.engine import qwen3_vl_template as template

    return {
        "preprocessing": VISION_PREPROCESSING,
        "template": json.dumps([template.HEAD, template.TAIL, template.FORM]),
        "dtype": _dtype(),
    } | vision_weights.facts(vision_weights.required_folder())


def _stub(slug: str) -> Engine:
    from embeddings.engine.stub import StubEngine

    return StubEngine(slug=slug, fingerprint=fingerprint_of("stub"))


def _text_encoder(slug: str) -> Engine:
    from embeddings.engine.text_encoder import TextEncoder

    return TextEncoder(
        slug=slug,
        fingerprint=fingerprint_of("text_encoder"),
        folder=minilm.required_folder(),
        device=resolve_device(settings.AUROUS_DEVICE),
        dtype=_dtype(),
        threads=settings.AUROUS_TORCH_THREADS,
    )


def _qwen3_vl(slug: str) -> Engine:
    from embeddings.engine.qwen3_vl import load_engine

    return load_engine(
        slug=slug,
        fingerprint=fingerprint_of("qwen3_vl"),
        folder=vision_weights.required_folder(),
        device=resolve_device(settings.AUROUS_DEVICE),
        dtype=_dtype(),
        threads=settings.AUROUS_TORCH_THREADS,
    )


_FACTS: dict[str, Callable[[], dict[str, str]]] = {
    "stub": _stub_facts,
    "text_encoder": _text_facts,
    "qwen3_vl": _vision_facts,
}
_LOADERS: dict[str, Callable[[str], Engine]] = {
    "stub": _stub,
    "text_encoder": _text_encoder,
    "qwen3_vl": _qwen3_vl,
}
