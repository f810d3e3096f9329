"""Versions are told in one page, and the oldest one is deleted by touching three files of code."""

import re

from aurous.http.versions import registry
from tests.architecture.source import ROOT, modules

SETTINGS, REGISTRY = "aurous/settings.py", "aurous/http/versions/registry.py"


def test_the_code_names_the_oldest_version_in_three_files_at_most():
    """The default, the registry, and the file of the changes that came after it."""
    code = modules("aurous", "accounts", "billing", "embeddings")
    next_version = registry.versions()[1]
    changes = f"aurous/http/versions/v{next_version.replace('-', '_')}.py"
    naming = {module.path for module in code if registry.OLDEST in module.text}
    importing = {
        module.path
        for module in code
        if changes.rpartition("/")[2].removesuffix(".py") in module.text
    }
    assert importing == {REGISTRY}
    assert naming <= {SETTINGS, REGISTRY, changes}


def test_the_page_of_versions_has_a_section_for_each_with_its_changes():
    page = (ROOT / "docs/versions.md").read_text()
    sections = re.findall(r"^## (\d{4}-\d\d-\d\d)$", page, re.MULTILINE)
    assert sections == list(reversed(registry.versions()))
    for change in registry.CHANGES:
        assert f"**{change.title}.**" in page
