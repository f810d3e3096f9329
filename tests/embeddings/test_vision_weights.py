"""Where the vision model's files come from, and what operators are told when they do not come."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embeddings.engine import file_hashes, hub, vision_weights
from embeddings.engine.load import fingerprint_of, owner_of, unavailable_because
from tests.embeddings.tiny_vision import tiny_vision_folder

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PINNED = f"Qwen/Qwen3-VL-Embedding-2B@{COMMIT}"


@pytest.fixture
def model(tmp_path, settings):
    """A copy of the tiny model, which the setting names."""
    folder = tmp_path / "model"
    shutil.copytree(tiny_vision_folder(), folder)
    settings.AUROUS_VISION_WEIGHTS = str(folder)
    settings.AUROUS_DEVICE = "cpu"
    settings.AUROUS_DTYPE = "float32"
    return folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the hub's client."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_folder_with_all_files_is_a_model(model):
    assert unavailable_because("qwen3_vl") is None
    assert vision_weights.required_folder() == model


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("", "AUROUS_VISION_WEIGHTS is not set"),
        ("  ", "AUROUS_VISION_WEIGHTS is not set"),
        ("/nowhere/at/all", "there is no folder /nowhere/at/all"),
        ("Qwen/Qwen3-VL-Embedding-2B", "write Qwen/Qwen3-VL-Embedding-2B@ and the 40 hex"),
        ("Qwen/Qwen3-VL-Embedding-2B@main", "write Qwen/Qwen3-VL-Embedding-2B@ and the 40 hex"),
        (f"Qwen/Qwen3-VL-Embedding-2B@{COMMIT[:12]}", "the 40 hex digits of a commit"),
        (PINNED, "`manage.py fetch_vision_weights` does it"),
    ],
)
def test_a_setting_that_leads_nowhere_is_told_with_what_to_do(settings, cache, setting, told):
    settings.AUROUS_VISION_WEIGHTS = setting
    reason = unavailable_because("qwen3_vl")
    assert told in reason
    assert "AUROUS_VISION_WEIGHTS" in reason
    with pytest.raises(FileNotFoundError, match="AUROUS_VISION_WEIGHTS"):
        vision_weights.required_folder()


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(model, name):
    (model / name).unlink()
    assert f"{name} is missing" in unavailable_because("qwen3_vl")


def test_another_architecture_is_told(model):
    change(model / "config.json", model_type="qwen2_5_vl")
    assert "'qwen2_5_vl'; this engine runs 'qwen3_vl'" in unavailable_because("qwen3_vl")


def test_vectors_that_are_too_short_are_told(model):
    change(model / "config.json", text_config={"hidden_size": 1_024})
    assert "vectors of 1024 numbers; at least 2048" in unavailable_because("qwen3_vl")


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"model_type": "qwen3_vl"}', '{"model_type": "qwen3_vl", "text_config": 1}'],
)
def test_a_damaged_config_is_told_and_never_raised(model, content):
    (model / "config.json").write_text(content)
    assert "AUROUS_VISION_WEIGHTS" in unavailable_because("qwen3_vl")


def test_shards_must_all_be_there(model):
    (model / "model.safetensors").rename(model / "model-00001-of-00002.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "../model-00002-of-00002.safetensors"}
    index = model / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": shards}))
    assert f"model-00002-of-00002.safetensors is missing in {model}" in unavailable_because(
        "qwen3_vl"
    )
    (model / "model-00002-of-00002.safetensors").write_bytes(b"second")
    assert unavailable_because("qwen3_vl") is None
    both = fingerprint_of("qwen3_vl")
    (model / "model-00002-of-00002.safetensors").write_bytes(b"another")
    assert fingerprint_of("qwen3_vl") != both
    index.write_text("{}")
    assert "cannot be read" in unavailable_because("qwen3_vl")


def test_random_weights_are_called_so(model):
    assert fingerprint_of("qwen3_vl").startswith("random-")
    assert owner_of("qwen3_vl") == "aurous (random weights, not a trained model)"
    (model / vision_weights.RANDOM_MARKER).unlink()
    assert len(fingerprint_of("qwen3_vl")) == 64
    assert owner_of("qwen3_vl") is None


def test_other_engines_and_no_weights_have_no_other_owner(settings):
    settings.AUROUS_VISION_WEIGHTS = ""
    assert [owner_of(name) for name in ("qwen3_vl", "text_encoder", "stub")] == [None] * 3


def test_the_fingerprint_follows_everything_that_decides_a_vector(model, settings, monkeypatch):
    from embeddings.engine import load, qwen3_vl_template

    seen = [fingerprint_of("qwen3_vl")]
    assert fingerprint_of("qwen3_vl") == seen[0]
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        with (model / name).open("a") as file:
            file.write(" ")
        seen.append(fingerprint_of("qwen3_vl"))
    settings.AUROUS_DTYPE = "bfloat16"
    seen.append(fingerprint_of("qwen3_vl"))
    monkeypatch.setattr(qwen3_vl_template, "HEAD", "another")
    seen.append(fingerprint_of("qwen3_vl"))
    monkeypatch.setattr(load, "VISION_PREPROCESSING", "another")
    seen.append(fingerprint_of("qwen3_vl"))
    assert len(set(seen)) == 7


def test_what_is_no_part_of_the_model_leaves_the_fingerprint(model):
    before = fingerprint_of("qwen3_vl")
    (model / "README.md").write_text("hello")
    assert fingerprint_of("qwen3_vl") == before


def test_hub_ids_are_read(settings, cache):
    assert hub.pinned(PINNED) == hub.Revision("Qwen/Qwen3-VL-Embedding-2B", COMMIT)
    for text in ("Qwen/x", f"Qwen/x@{COMMIT.upper()}", f"../x@{COMMIT}", f"a/b/c@{COMMIT}", COMMIT):
        assert hub.pinned(text) is None
    assert hub.unpinned(PINNED) is None
    assert hub.unpinned("/a/folder") is None
    settings.AUROUS_VISION_WEIGHTS = PINNED
    expected = cache / "models--Qwen--Qwen3-VL-Embedding-2B/snapshots" / COMMIT
    assert vision_weights.folder() == expected


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"HF_HOME": "/home/of/hf"},
        {"HF_HOME": "~/hf"},
        {"XDG_CACHE_HOME": "/cache"},
        {"HF_HUB_CACHE": "/models/$USER_NAME"},
        {"HUGGINGFACE_HUB_CACHE": "/old/models", "HF_HOME": "/home/of/hf"},
    ],
    ids=lambda environment: "+".join(environment) or "nothing set",
)
def test_the_cache_is_where_the_hub_s_client_keeps_it(environment):
    code = (
        "from embeddings.engine import hub\n"
        "ours = hub.cache_folder()\n"
        "from huggingface_hub.constants import HF_HUB_CACHE\n"
        "assert str(ours) == HF_HUB_CACHE, (str(ours), HF_HUB_CACHE)\n"
    )
    names = ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    told = clean | {"USER_NAME": "anna"} | environment
    subprocess.run([sys.executable, "-c", code], check=True, env=told)


@pytest.fixture
def large(tmp_path, settings, monkeypatch):
    """A file whose hash is worth remembering, and every reading of a file."""
    settings.VAR_DIR = tmp_path / "var"
    monkeypatch.setattr(file_hashes, "REMEMBERED_BYTES_MIN", 8)
    file_hashes._hashed.cache_clear()
    reads = []
    read = file_hashes._read
    monkeypatch.setattr(file_hashes, "_read", lambda path: reads.append(path) or read(path))
    path = tmp_path / "weights"
    path.write_bytes(b"0123456789")
    return path, reads


def in_another_process(path):
    file_hashes._hashed.cache_clear()
    return file_hashes.sha256(path)


def test_a_large_file_is_read_once_by_all_processes(large):
    path, reads = large
    expected = hashlib.sha256(b"0123456789").hexdigest()
    assert [file_hashes.sha256(path), file_hashes.sha256(path)] == [expected] * 2
    assert in_another_process(path) == expected
    assert len(reads) == 1


def test_a_changed_file_is_read_again(large):
    path, reads = large
    file_hashes.sha256(path)
    path.write_bytes(b"9876543210")
    os.utime(path, ns=(1, 1))
    assert in_another_process(path) == hashlib.sha256(b"9876543210").hexdigest()
    assert len(reads) == 2


@pytest.mark.parametrize("memory", ["", "{", "[1]", '{"x": 1}', "null"])
def test_a_damaged_memory_is_made_anew(large, settings, memory):
    path, reads = large
    settings.VAR_DIR.mkdir()
    (settings.VAR_DIR / file_hashes.MEMORY_FILE).write_text(memory)
    first = file_hashes.sha256(path)
    assert in_another_process(path) == first
    assert len(reads) == 1


def test_a_memory_that_cannot_be_written_costs_only_time(large, settings):
    path, reads = large
    settings.VAR_DIR.write_text("a file where a folder should be")
    first = file_hashes.sha256(path)
    assert in_another_process(path) == first
    assert len(reads) == 2


def test_small_files_are_not_remembered_on_disk(large, settings, tmp_path):
    small = tmp_path / "small"
    small.write_bytes(b"1")
    file_hashes.sha256(small)
    assert not settings.VAR_DIR.exists()


def test_the_hub_s_cache_is_believed_about_files_it_names_by_their_hash(large, tmp_path):
    _, reads = large
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    (blobs / ("ab" * 32)).write_bytes(b"a very large file")
    (blobs / ("cd" * 20)).write_bytes(b"a small file, named by git")
    links = [tmp_path / "large.safetensors", tmp_path / "config.json"]
    for link, blob in zip(links, sorted(blobs.iterdir()), strict=True):
        link.symlink_to(blob)
    assert file_hashes.sha256(links[0]) == "ab" * 32
    assert file_hashes.sha256(links[1]) == hashlib.sha256(b"a small file, named by git").hexdigest()
    assert reads == [(blobs / ("cd" * 20)).resolve()]


def test_a_link_to_a_file_that_only_looks_like_one_of_the_hub_s_is_read(large, tmp_path):
    _, reads = large
    elsewhere = tmp_path / ("ab" * 32)
    elsewhere.write_bytes(b"anything")
    link = tmp_path / "link"
    link.symlink_to(elsewhere)
    assert file_hashes.sha256(link) == hashlib.sha256(b"anything").hexdigest()
    assert len(reads) == 1


def test_a_missing_file_has_no_hash():
    with pytest.raises(FileNotFoundError):
        file_hashes.sha256(Path("/nowhere/at/all"))
