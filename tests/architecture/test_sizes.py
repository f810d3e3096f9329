"""No file and no function grows past what one reads in one go."""

import ast

from tests.architecture.source import PACKAGES, Module, modules, snippet

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50


def too_long(module: Module) -> list[str]:
    complaints = []
    lines = module.text.count("\n")
    if lines > FILE_LINES_MAX:
        complaints.append(
            f"{module.path}: {lines} lines, at most {FILE_LINES_MAX}. Find the two nouns in it "
            "and give each a file."
        )
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        length = (node.end_lineno or 0) - node.lineno + 1
        if length > FUNCTION_LINES_MAX:
            complaints.append(
                f"{module.at(node)}: {node.name} has {length} lines, at most "
                f"{FUNCTION_LINES_MAX}. Keep the decisions here and move each step out."
            )
    return complaints


def test_every_file_and_function_can_be_read_in_one_go():
    assert [line for module in modules(*PACKAGES) for line in too_long(module)] == []


def test_a_file_may_have_300_lines_and_not_301():
    assert too_long(snippet("x = 1\n" * 300)) == []
    (complaint,) = too_long(snippet("x = 1\n" * 301))
    assert "301 lines" in complaint


def test_a_function_may_have_50_lines_and_not_51():
    assert too_long(snippet("def f():\n" + "    work()\n" * 49)) == []
    (complaint,) = too_long(snippet("class A:\n    def f(self):\n" + "        work()\n" * 50))
    assert "f has 51 lines" in complaint
