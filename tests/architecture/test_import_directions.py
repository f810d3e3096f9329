"""Imports run one way: kernel < http < accounts < billing < embeddings < what wires them."""

import pytest

from tests.architecture.source import PRODUCT, Module, imports_of, modules, snippet, under

# Lowest first; a package may import itself and what stands before it.
LAYERS = (
    "aurous.kernel",
    "aurous.http",
    "aurous.ui",
    "accounts",
    "billing",
    "embeddings",
    "aurous",
)
# Importable by all, and knowing none of them.
BASICS = (
    "aurous.admin_settings",
    "aurous.api_settings",
    "aurous.browser_settings",
    "aurous.env",
    "aurous.logs",
    "aurous.mail_settings",
    "aurous.media_settings",
    "aurous.metrics",
    "aurous.settings",
    "aurous.stripe_settings",
    "aurous.unfold",
)
DOORS = ("admin", "api", "apps", "checks", "management", "pages", "tasks")
APPS = ("accounts", "billing", "embeddings")


def layer_of(name: str) -> int:
    """The place of a module; basics are below everything."""
    if under(name, *BASICS):
        return -1
    return next(place for place, layer in enumerate(LAYERS) if under(name, layer))


def upward_imports(module: Module) -> list[str]:
    """Imports of something that stands above."""
    return [
        f"{module.at(node)}: {module.name} imports {found}, which is above it. Hand it in as an "
        f"argument, or move what both need down to {LAYERS[max(0, layer_of(module.name))]}."
        for node, found in imports_of(module)
        if under(found, *PRODUCT) and layer_of(found) > layer_of(module.name)
    ]


def sideways_imports(module: Module) -> list[str]:
    """Inside an app: models that know operations, operations that know a door."""
    app, _, inside = module.name.partition(".")
    if app not in APPS:
        return []
    place = inside.partition(".")[0]
    complaints = []
    for node, found in imports_of(module):
        their_app, _, their_inside = found.partition(".")
        theirs = their_inside.partition(".")[0]
        if their_app not in APPS or their_app != app:
            continue
        if place == "models" and theirs != "models":
            complaints.append(
                f"{module.at(node)}: a model imports {found}. Models know only models: put the "
                "behaviour into an operation at the root of the app."
            )
        elif theirs in DOORS and place not in DOORS:
            complaints.append(
                f"{module.at(node)}: {module.name} imports the door {found}. Doors import "
                "operations, never the other way: move what is needed to the root of the app."
            )
    return complaints


@pytest.mark.parametrize("rule", [upward_imports, sideways_imports])
def test_every_import_goes_down(rule):
    assert [line for module in modules(*PRODUCT) for line in rule(module)] == []


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("aurous.kernel.ids", "from aurous.http import caller"),
        ("aurous.kernel.ids", "import billing.models"),
        ("aurous.http.views", "from accounts.models import Team"),
        ("accounts.teams", "from billing.ledger import open_account"),
        ("billing.holds", "def f():\n    from embeddings.models import Inference"),
        ("embeddings.runtime", "from aurous.celery import app"),
        ("embeddings.runtime", "from aurous import celery"),
        ("aurous.metrics", "from aurous.kernel.ids import new_id"),
        ("aurous.env", "import accounts.peppers"),
    ],
)
def test_an_import_that_goes_up_is_found(importer, line):
    (complaint,) = upward_imports(snippet(line, importer))
    assert "above it" in complaint


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("aurous.kernel.locks", "from aurous.kernel.errors import AurousError"),
        ("aurous.http.edge", "from aurous import metrics"),
        ("billing.holds", "from accounts.models import Team"),
        ("embeddings.runtime", "from django.conf import settings"),
        ("aurous.celery", "from embeddings.runtime import runtime"),
        ("aurous.management.commands.run", "from aurous import processes"),
        ("accounts.teams", "import accountsomething"),
    ],
)
def test_an_import_that_goes_down_is_fine(importer, line):
    assert upward_imports(snippet(line, importer)) == []


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("billing.models.grants", "from billing.ledger import Books"),
        ("billing.models.grants", "from billing import ledger"),
        ("billing.holds", "from billing.api.schemas import BALANCE"),
        ("embeddings.transport.celery", "from embeddings.tasks import EMBED"),
        ("accounts.teams", "from accounts import admin"),
    ],
)
def test_a_model_that_knows_operations_and_an_operation_that_knows_a_door_are_found(importer, line):
    assert len(sideways_imports(snippet(line, importer))) == 1


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("billing.models.grants", "from billing.models.transfers import Transfer"),
        ("billing.models.grants", "from aurous.kernel.ids import new_id"),
        ("billing.ledger", "from billing.models import Account"),
        ("billing.api.balance", "from billing.api import schemas"),
        ("billing.tasks", "from billing.reaper import reap"),
        ("aurous.celery", "from embeddings import tasks"),
    ],
)
def test_a_door_that_knows_operations_is_fine(importer, line):
    assert sideways_imports(snippet(line, importer)) == []
