"""What may be used only in its place: torch, stripe, lookups without a tenant, clocks, models."""

import ast

import pytest

from tests.architecture.source import (
    PRODUCT,
    Module,
    calls_in,
    dotted,
    imports_of,
    modules,
    snippet,
    under,
)

TORCH = ("torch", "transformers", "sentence_transformers", "safetensors")
LOOKUPS = ("get_object_or_404", "get_list_or_404")
CLOCKS = ("datetime.now", "datetime.utcnow", "timezone.now", "time.time", "date.today")
PLAIN = {"str", "int", "float", "bool", "list", "dict", "tuple", "None", "Any"}
TASK_LINES_MAX = 8


def torch_outside_the_engines(module: Module) -> list[str]:
    if under(module.name, "embeddings.engine"):
        return []
    return [
        f"{module.at(node)}: {found} is imported here. Only embeddings/engine/ may: a web process "
        "has no memory for it. Ask the engine through embeddings.engine.base."
        for node, found in imports_of(module)
        if under(found, *TORCH)
    ]


def stripe_outside_its_gateway(module: Module) -> list[str]:
    if under(module.name, "billing.gateway"):
        return []
    return [
        f"{module.at(node)}: stripe is imported here. Only billing/gateway/ may; go through it."
        for node, found in imports_of(module)
        if under(found, "stripe")
    ]


def lookups_without_a_tenant(module: Module) -> list[str]:
    if not {"api", "pages"} & set(module.name.split(".")[1:2]):
        return []
    return [
        f"{module.at(call)}: {dotted(call.func)}(…) finds rows of every team. Use the app's "
        "access.py, whose doors take the team and answer 404 for what is another's."
        for call in calls_in(module)
        if dotted(call.func).endswith(".objects.get") or dotted(call.func) in LOOKUPS
    ]


def clocks_of_the_application(module: Module) -> list[str]:
    if not under(module.name, "billing", "embeddings", "accounts"):
        return []
    if under(module.name, "billing.admin", "accounts.admin", "embeddings.admin"):
        return []  # what a page shows decides nothing
    return [
        f"{module.at(call)}: {dotted(call.func)}() is this machine's clock. Only the database's "
        "decides about money and deadlines: aurous.kernel.clock.database_now(connection)."
        for call in calls_in(module)
        if dotted(call.func).endswith(CLOCKS)
    ]


def tasks_that_are_rooms(module: Module) -> list[str]:
    if not module.name.endswith(".tasks"):
        return []
    complaints = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        if not any("task" in dotted(decorator) for decorator in node.decorator_list):
            continue
        arguments = [*node.args.args, *node.args.kwonlyargs]
        for argument in arguments:
            words = {
                part.id
                for part in ast.walk(argument.annotation or ast.Name("nothing"))
                if isinstance(part, ast.Name)
            }
            if words - PLAIN:
                complaints.append(
                    f"{module.at(argument)}: the task {node.name} takes {argument.arg!r}. Tasks "
                    "take ids and plain values, annotated as such; load the object inside."
                )
        if (node.end_lineno or 0) - node.lineno + 1 > TASK_LINES_MAX:
            complaints.append(
                f"{module.at(node)}: the task {node.name} has more than {TASK_LINES_MAX} lines. "
                "A task is a door: move its work into an operation."
            )
    return complaints


def unbounded_saves(module: Module) -> list[str]:
    return [
        f"{module.at(call)}: save() writes back every column, also those that somebody else has "
        "just changed. Give update_fields=[…], or force_insert=True for a new row."
        for call in calls_in(module)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "save"
        and not {keyword.arg for keyword in call.keywords}
        & {"update_fields", "force_insert", "commit", "using"}
    ]


# Rule, then for each: a module's name, a bad snippet, and a good one.
RULES = {
    torch_outside_the_engines: (
        ("embeddings.worker", "import torch", "from embeddings.engine.load import load"),
        ("embeddings.tokens", "from transformers import AutoTokenizer", "import tokenizers"),
        ("aurous.health", "def f():\n    import torch.cuda", "import torchless"),
    ),
    stripe_outside_its_gateway: (
        ("billing.topups", "import stripe", "from billing import gateway"),
        ("billing.api.topups", "from stripe import StripeClient", "import stripes"),
    ),
    lookups_without_a_tenant: (
        ("billing.api.grants", "Grant.objects.get(id=id_)", "grant_for(team_id, id_)"),
        ("accounts.pages.keys", "get_object_or_404(ApiKey, pk=1)", "api_key_for(team_id, 1)"),
        ("billing.api.x", "shortcuts = Grant.objects.get(pk=1)", "request.query_params.get('a')"),
    ),
    clocks_of_the_application: (
        ("billing.holds", "at = datetime.now(UTC)", "at = books.now"),
        ("billing.holds", "at = datetime.datetime.now()", "at = database_now(connection)"),
        ("embeddings.worker", "began = time.time()", "began = time.monotonic()"),
        ("accounts.api_keys", "at = timezone.now()", "at = day.today"),
    ),
    tasks_that_are_rooms: (
        (
            "billing.tasks",
            "@shared_task\ndef pay(team: Team): ...",
            "@shared_task\ndef pay(team_id: str): ...",
        ),
        (
            "billing.tasks",
            "@app.task(bind=True)\ndef pay(team): ...",
            "def helper(team): ...",
        ),
        (
            "billing.tasks",
            "@shared_task\ndef pay(id_: str):\n" + "    work()\n" * 8,
            "@shared_task\ndef pay(ids: list[str]):\n" + "    work()\n" * 7,
        ),
    ),
    unbounded_saves: (
        ("accounts.teams", "team.save()", "team.save(update_fields=['name'])"),
        ("accounts.teams", "Team(name='x').save()", "Team(name='x').save(force_insert=True)"),
    ),
}
EXAMPLES = [(rule, *example) for rule, examples in RULES.items() for example in examples]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule):
    assert [line for module in modules(*PRODUCT) for line in rule(module)] == []


@pytest.mark.parametrize(("rule", "name", "bad", "good"), EXAMPLES)
def test_the_rule_finds_the_bad_and_leaves_the_good(rule, name, bad, good):
    complaints = rule(snippet(bad, name))
    assert len(complaints) == 1
    assert complaints[0].startswith(f"{name.replace('.', '/')}.py:")
    assert rule(snippet(good, name)) == []


def test_torch_may_be_imported_in_the_engines():
    assert torch_outside_the_engines(snippet("import torch", "embeddings.engine.bert")) == []
