"""The project's own files as the tests of the house rules read them: each file is read and parsed once."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PRODUCT = sorted([*(ROOT / "rdv").rglob("*.py"), *(ROOT / "portal").rglob("*.py")])
"""The modules that are installed."""
TOOLS = sorted([*(ROOT / "bench").rglob("*.py"), *(ROOT / "faults").rglob("*.py")])
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


def name_of(file: Path) -> str:
    """Return a file's path in the project."""
    return file.relative_to(ROOT).as_posix()


@cache
def text(file: Path) -> str:
    """Return what a file says."""
    return file.read_text("utf-8")


@cache
def tree(file: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(text(file))
