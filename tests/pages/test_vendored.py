"""Files of others are those that their packages have, and each is on the list."""

import hashlib
import json
import tomllib

import pytest

from tests.architecture.source import ROOT

PACKAGES = tomllib.loads((ROOT / "aurous/ui/vendored.toml").read_text())["package"]
FILES = {path: digest for package in PACKAGES for path, digest in package["files"].items()}
FOLDERS = ("aurous/ui/icons", "aurous/static/aurous/fonts")


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_file_is_as_it_came(path):
    assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == FILES[path]


def test_nothing_stands_beside_the_list_but_licences():
    found = {
        str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).iterdir()
    }
    assert {path for path in found - set(FILES) if "LICENSE" not in path} == set()


def test_the_versions_are_those_that_the_styles_are_built_with():
    wanted = json.loads((ROOT / "aurous/styles/package.json").read_text())["devDependencies"]
    assert {one["name"]: one["version"] for one in PACKAGES}.items() <= wanted.items()
