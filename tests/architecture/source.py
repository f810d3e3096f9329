"""The code as data: files, modules and what they import."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("aurous", "accounts", "billing", "embeddings")
PACKAGES = (*PRODUCT, "bench")


@dataclass(frozen=True)
class Module:
    """One Python file: ``name`` is its dotted name, ``path`` is from the top of the repository."""

    name: str
    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return _parsed(self.text)

    def at(self, node: ast.AST) -> str:
        """Where a node stands, as editors open it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@lru_cache(maxsize=1_024)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def snippet(text: str, name: str = "billing.example") -> Module:
    """A module that exists only in a test of a rule."""
    return Module(name, f"{name.replace('.', '/')}.py", text)


@lru_cache(maxsize=1)
def committed() -> tuple[Path, ...]:
    """Every file that is, or would be, committed; without git, every file that could be."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path for path in ROOT.rglob("*") if not _left_out(path.relative_to(ROOT))]
    return tuple(sorted(path for path in paths if path.is_file()))


def _left_out(path: Path) -> bool:
    return any(part.startswith(".") or part in {"var", "__pycache__"} for part in path.parts)


@lru_cache(maxsize=8)
def modules(*packages: str) -> tuple[Module, ...]:
    """The code of these packages, migrations left out: they are history."""
    found = []
    for path in committed():
        relative = path.relative_to(ROOT)
        if path.suffix != ".py" or relative.parts[0] not in packages:
            continue
        if "migrations" in relative.parts:
            continue
        dotted = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
        found.append(Module(dotted, str(relative), path.read_text()))
    assert found, packages
    return tuple(found)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(module.name for module in modules(*PACKAGES))


def imports_of(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Every import, also inside functions: the module that is meant and where it is asked for."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield node, inner if inner in _names() else node.module


def under(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of these packages or in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def calls_in(module: Module) -> Iterator[ast.Call]:
    """Every call."""
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))


def dotted(node: ast.AST) -> str:
    """``Transfer.objects.filter`` for the chain of names and calls that ends in a node."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return dotted(node.func)
    return node.id if isinstance(node, ast.Name) else "?"
