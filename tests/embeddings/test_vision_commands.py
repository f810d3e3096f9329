"""The two commands that bring a vision model onto a machine."""

import io
import json
import shutil

import pytest
from django.core.management import CommandError, call_command

from embeddings.engine import vision_weights
from embeddings.engine.load import fingerprint_of, unavailable_because
from tests.embeddings.tiny_vision import tiny_vision_folder

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PINNED = f"aurous/tiny@{COMMIT}"


def run(*words):
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.mark.engine
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    told = json.loads(run("build_tiny_vision", str(tmp_path / "a/b/c"), "--json"))
    assert told == {
        "folder": str(tmp_path / "a/b/c"),
        "parameters": 3_736_192,
        "bytes": sum(file.stat().st_size for file in (tmp_path / "a/b/c").iterdir()),
        "random": True,
    }
    for file in tiny_vision_folder().iterdir():
        assert (tmp_path / "a/b/c" / file.name).read_bytes() == file.read_bytes(), file.name
    run("build_tiny_vision", str(tmp_path / "other"), "--seed", "1")
    weights = [tmp_path / name / "model.safetensors" for name in ("a/b/c", "other")]
    assert weights[0].read_bytes() != weights[1].read_bytes()


@pytest.mark.engine
def test_what_it_prints_serves_the_model(tmp_path, settings):
    printed = run("build_tiny_vision", str(tmp_path / "model"))
    assert "random model" in printed
    assert "not trained, vectors mean nothing" in printed
    settings.AUROUS_VISION_WEIGHTS = printed.split("AUROUS_VISION_WEIGHTS=")[1].strip()
    assert unavailable_because("qwen3_vl") is None
    assert fingerprint_of("qwen3_vl").startswith("random-")
    # It may be built again in its place, by the same command only.
    run("build_tiny_vision", str(tmp_path / "model"))
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny_vision_folder(), folder)
    (folder / "thesis.doc").write_text("years of work")
    with pytest.raises(CommandError, match=r"did not build thesis\.doc"):
        run("build_tiny_vision", str(folder))
    (folder / vision_weights.RANDOM_MARKER).unlink()
    with pytest.raises(CommandError, match="is not empty"):
        run("build_tiny_vision", str(folder))
    assert (folder / "thesis.doc").read_text() == "years of work"
    with pytest.raises(CommandError, match="is not a folder"):
        run("build_tiny_vision", str(folder / "thesis.doc"))


@pytest.fixture
def hub_client(tmp_path, monkeypatch, settings):
    """A client of the hub that finds the tiny model there and notes what it is asked for."""
    import huggingface_hub

    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    settings.AUROUS_VISION_WEIGHTS = PINNED
    asked = []

    def snapshot_download(repo, *, revision, cache_dir, allow_patterns):
        asked.append((repo, revision, cache_dir, allow_patterns))
        folder = cache_dir / f"models--{repo.replace('/', '--')}/snapshots/{revision}"
        shutil.copytree(tiny_vision_folder(), folder)
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return asked


def test_exactly_the_pinned_revision_is_fetched_and_no_code(hub_client, tmp_path):
    assert "has not been downloaded" in unavailable_because("qwen3_vl")
    told = json.loads(run("fetch_vision_weights", "--json"))
    folder = tmp_path / f"hub/models--aurous--tiny/snapshots/{COMMIT}"
    assert told == {"folder": str(folder), "repo": "aurous/tiny", "commit": COMMIT}
    patterns = ["*.safetensors", "*.json", "*.txt", "*.jinja"]
    assert hub_client == [("aurous/tiny", COMMIT, tmp_path / "hub", patterns)]
    assert unavailable_because("qwen3_vl") is None


def test_it_says_what_it_fetched(hub_client):
    assert run("fetch_vision_weights").startswith(f"Fetched aurous/tiny at {COMMIT} into ")


def test_what_was_fetched_and_cannot_be_served_is_told(hub_client, monkeypatch):
    monkeypatch.setattr(vision_weights, "HIDDEN_MIN", 4_096)
    with pytest.raises(CommandError, match="at least 4096 are needed"):
        run("fetch_vision_weights")


def test_a_hub_out_of_reach_is_told_in_one_line(hub_client, monkeypatch):
    import huggingface_hub

    def unreachable(*_args, **_more):
        raise OSError("no route to host")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(CommandError, match=f"{PINNED} was not fetched: no route to host"):
        run("fetch_vision_weights")


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("", "AUROUS_VISION_WEIGHTS is not set"),
        ("aurous/tiny", "write aurous/tiny@ and the 40 hex digits"),
    ],
)
def test_only_a_pinned_revision_is_fetched(hub_client, settings, setting, told):
    settings.AUROUS_VISION_WEIGHTS = setting
    with pytest.raises(CommandError, match=told):
        run("fetch_vision_weights")
    assert hub_client == []


def test_a_folder_needs_no_fetching(hub_client, settings):
    settings.AUROUS_VISION_WEIGHTS = str(tiny_vision_folder())
    with pytest.raises(CommandError, match="is a folder: nothing to fetch"):
        run("fetch_vision_weights")
    assert hub_client == []
