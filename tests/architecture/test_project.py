"""The house rules of the project: sizes, who prints, who reads the clock, what is never tracked."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from rdv.engine.town.declaration import read_declaration

ROOT = Path(__file__).parent.parent.parent
MODULES = sorted([*(ROOT / "rdv").rglob("*.py"), *(ROOT / "portal").rglob("*.py")])
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
    )
]
LONGEST_MODULE = 400


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@cache
def tracked() -> list[Path]:
    """The files that git keeps, or would keep."""
    ran = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [file for name in ran.stdout.decode().split("\0") if name and (file := ROOT / name).is_file()]


def calls(file: Path) -> Iterator[tuple[str, int]]:
    """Every call of a module as it is written, with its line: ("datetime.now", 12)."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_no_module_is_longer_than_a_reader_s_patience(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("file", [file for file in MODULES if file.name != "render.py"], ids=name_of)
def test_only_render_prints(file: Path) -> None:
    printing = re.compile(
        r"print|pprint|typer\.(echo|secho)|sys\.(stdout|stderr)\.(buffer\.)?write|(rich\.)?print|Console"
    )
    assert [f"{call}, line {line}" for call, line in calls(file) if printing.fullmatch(call)] == []


@pytest.mark.parametrize("file", [file for file in MODULES if file.name != "settings.py"], ids=name_of)
def test_only_settings_reads_the_clock(file: Path) -> None:
    reading = re.compile(r"(.*\.)?(datetime|date)\.(now|utcnow|today)|time\.(time|localtime|gmtime)|pendulum\..*")
    assert [f"{call}, line {line}" for call, line in calls(file) if reading.fullmatch(call)] == []


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_no_text_to_translate_hides_in_an_f_string(file: Path) -> None:
    """Babel does not look there: the text would never reach the catalogues."""
    inside = [one for node in ast.walk(tree(file)) if isinstance(node, ast.JoinedStr) for one in ast.walk(node)]
    assert [
        one.lineno
        for one in inside
        if isinstance(one, ast.Call)
        and ast.unparse(one.func) in ("_", "say", "N_")
        and isinstance(one.args[0], ast.Constant)
    ] == []


SHAPES = ("compose", "body", "buttons", "fields", "given")
"""The methods of a screen that say what is in it, asked or given: the class tells it already."""


def is_command(node: ast.AST) -> bool:
    """Whether a function is a command, which has a help text instead."""
    decorators = getattr(node, "decorator_list", [])
    return any(isinstance(one, ast.Call) and ast.unparse(one.func).endswith(".command") for one in decorators)


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """The public functions, classes and methods of a module."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if node.name not in SHAPES:
                yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{prefix}{node.name}.")


@pytest.mark.parametrize("file", [file for file in MODULES if "versions" not in file.parts], ids=name_of)
def test_every_public_thing_says_what_it_is(file: Path) -> None:
    module = tree(file)
    assert ast.get_docstring(module) or not module.body
    silent = [name for name, node in public(module.body) if not is_command(node) and not ast.get_docstring(node)]  # type: ignore[arg-type]
    assert silent == []


@pytest.mark.parametrize("file", sorted((ROOT / "examples").glob("*.toml")), ids=name_of)
def test_every_example_is_a_town_hall(file: Path) -> None:
    assert read_declaration(file.read_text("utf-8"), name=file.name).counters


def test_no_address_of_a_registry_is_tracked() -> None:
    found = [
        f"{name_of(file)}: {host}" for file in tracked() for host in REGISTRIES if host.encode() in file.read_bytes()
    ]
    assert found == []


def test_no_lock_file_is_tracked() -> None:
    assert "uv.lock" not in [name_of(file) for file in tracked()]


def test_every_dependency_is_pinned_without_an_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    pinned = {re.split(r"==", line)[0] for line in project["tool"]["uv"]["constraint-dependencies"]}
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[><=~!]", line)[0].lower() for line in wanted}
    assert names <= pinned
    assert all(
        re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+", line) for line in project["tool"]["uv"]["constraint-dependencies"]
    )
