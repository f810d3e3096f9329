"""The oldest API version can be deleted by touching three files of the code."""

from aurous.http.versions import registry
from tests.architecture.source import modules

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
