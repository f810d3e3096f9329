"""A model for development and tests where no weights can be fetched."""

import json
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from embeddings.engine.vision_weights import RANDOM_MARKER, SETTING

_BUILT = """Built a random model of the vision architecture: not trained, vectors mean nothing.
  {folder}
  {parameters:,} parameters, {megabytes:.1f} MB, {seconds:.1f} s
Serve it:
  {setting}={folder}
"""


class Command(BaseCommand):
    help = (
        "Build a tiny random model of the vision architecture, for tests and development. The same "
        "seed gives the same model everywhere."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="a new or empty folder, or one that this built before")
        parser.add_argument("--seed", type=int, default=0, help="another seed, another model")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(options["folder"]).expanduser().absolute()
        _check_free(folder)
        began = time.monotonic()
        parameters = _build(folder, options["seed"])
        seconds = time.monotonic() - began
        size = sum(file.stat().st_size for file in folder.iterdir())
        if options["json"]:
            told = {"folder": str(folder), "parameters": parameters, "bytes": size, "random": True}
            self.stdout.write(json.dumps(told))
            return
        self.stdout.write(
            _BUILT.format(
                folder=folder,
                parameters=parameters,
                megabytes=size / 1e6,
                seconds=seconds,
                setting=SETTING,
            )
        )


def _check_free(folder: Path) -> None:
    """Only what an earlier run of this command wrote may be replaced."""
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{folder} is not a folder.")
    names = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    if not names:
        return
    added = sorted(names - _built_files(folder))
    if added:
        raise CommandError(
            f"{folder} is not empty, and this command did not build {', '.join(added[:3])} in it."
        )


def _built_files(folder: Path) -> set[str]:
    """What the marker in a folder says that an earlier run of this command wrote."""
    try:
        return set(json.loads((folder / RANDOM_MARKER).read_text())["files"])
    except (OSError, ValueError, KeyError):
        return set()


def _build(folder: Path, seed: int) -> int:
    """Build beside the folder and put the whole into its place."""
    from embeddings.engine import tiny_vision

    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".tiny-vision-") as beside:
        built = Path(beside) / "model"
        built.mkdir()
        parameters = tiny_vision.build(built, seed=seed)
        shutil.rmtree(folder, ignore_errors=True)
        built.rename(folder)
    return parameters
