"""Versions are told in one page, and the oldest one is deleted by touching three files."""

import re

from aurous.http.versions import registry
from tests.architecture.source import ROOT, modules

SETTINGS, REGISTRY = "aurous/api_settings.py", "aurous/http/versions/registry.py"


def test_the_code_names_the_oldest_version_in_three_files_at_most():
    """The default, the registry, and the file of the changes that came after it."""
    code = modules("aurous", "accounts", "billing", "embeddings")
    after = [f"v{version.replace('-', '_')}" for version in registry.versions()[1:2]]
    naming = {module.path for module in code if registry.OLDEST in module.text}
    assert naming <= {SETTINGS, REGISTRY, *(f"aurous/http/versions/{name}.py" for name in after)}
    for name in after:
        assert [module.path for module in code if name in module.text] == [REGISTRY]


def test_the_page_of_versions_has_a_section_for_each_with_its_changes():
    """Newest first. Those that have ended stay, below the others: there are programs for them."""
    page = (ROOT / "docs/versions.md").read_text()
    sections = re.findall(r"^## (\d{4}-\d\d-\d\d)$", page, re.MULTILINE)
    assert sections == sorted(set(sections), reverse=True)
    assert sections[: len(registry.versions())] == list(reversed(registry.versions()))
    for change in registry.CHANGES:
        assert f"**{change.title}.**" in page


def test_the_reference_shows_the_newest_version_only():
    """So that its examples outlive the others."""
    recorded = (ROOT / "docs/reference/answers.json").read_text()
    assert [version for version in registry.versions()[:-1] if version in recorded] == []
