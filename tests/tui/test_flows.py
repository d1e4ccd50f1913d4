"""Actions read their target at once: no action is itself a flow, and only readings end one another."""

import ast
from pathlib import Path

import pytest

import rdv.tui

MODULES = sorted(Path(rdv.tui.__path__[0]).rglob("*.py"))
FLOWS = {"foreground", "reading", "background"}


def _names(decorators: list[ast.expr]) -> set[str]:
    return {one.id for one in decorators if isinstance(one, ast.Name)}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_an_action_is_a_plain_method_so_that_it_reads_its_target_at_key_time(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name.startswith("action_"):
            assert not _names(node.decorator_list) & FLOWS, f"{module.name}: {node.name}"


def test_only_readings_end_one_another() -> None:
    found = {module.name for module in MODULES if "exclusive=True" in module.read_text("utf-8")}
    assert found == {"flows.py", "key_gate.py"}
    gate = next(module for module in MODULES if module.name == "key_gate.py").read_text("utf-8")
    assert gate.count("exclusive=True") == 1
