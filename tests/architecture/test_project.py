"""Rules of the project: which modules print or read the clock, what is documented, what is never tracked."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rdv.engine.town.declaration import read_declaration
from tests.sources import PRODUCT, ROOT, name_of, tree

REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
    )
]


@cache
def tracked() -> list[Path]:
    """Return the files that git tracks or would add."""
    ran = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [file for name in ran.stdout.decode().split("\0") if name and (file := ROOT / name).is_file()]


@cache
def calls() -> list[tuple[Path, int, str]]:
    """Return every call of the product as it is written: (rdv/logs.py, 12, "datetime.now")."""
    return [
        (file, node.lineno, ast.unparse(node.func))
        for file in PRODUCT
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
    ]


def calls_of(pattern: str, *, allowed: str) -> list[str]:
    """Return where the product calls what matches a pattern, except in the module where it is allowed."""
    return [
        f"{name_of(file)}:{line} {called}"
        for file, line, called in calls()
        if name_of(file) != allowed and re.fullmatch(pattern, called)
    ]


def test_only_render_prints() -> None:
    printing = r"print|pprint|typer\.(echo|secho)|sys\.(stdout|stderr)\.(buffer\.)?write|(rich\.)?print|Console"
    assert calls_of(printing, allowed="rdv/cli/render.py") == []


def test_only_settings_reads_the_clock() -> None:
    reading = r"(.*\.)?(datetime|date)\.(now|utcnow|today)|time\.(time|localtime|gmtime)|pendulum\..*"
    assert calls_of(reading, allowed="rdv/settings.py") == []


def test_no_module_imports_what_a_library_keeps_private() -> None:
    """A private module may move or vanish in any release of its library."""
    assert [
        f"{name_of(file)}:{node.lineno} {node.module}"
        for file in PRODUCT
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ImportFrom) and re.search(r"(^|\.)_[a-z]", node.module or "")
    ] == []


def test_no_text_to_translate_hides_in_an_f_string() -> None:
    """Babel does not extract texts from f-strings, so such a text would never reach the catalogues."""
    hidden = {
        f"{name_of(file)}:{call.lineno}"
        for file in PRODUCT
        for string in ast.walk(tree(file))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in ("_", "say", "N_")
        and isinstance(call.args[0], ast.Constant)
    }
    assert hidden == set()


SHAPES = ("compose", "body", "buttons", "fields", "given")
"""The methods that lay out a screen or a form, which its class documents."""


def is_command(node: ast.AST) -> bool:
    """Return True for a command, which has a help text instead of a docstring."""
    decorators = getattr(node, "decorator_list", [])
    return any(isinstance(one, ast.Call) and ast.unparse(one.func).endswith(".command") for one in decorators)


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield the public functions, classes and methods of a module."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if node.name not in SHAPES:
                yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{prefix}{node.name}.")


def test_every_public_thing_says_what_it_is() -> None:
    silent = []
    for file in PRODUCT:
        if "versions" in file.parts:
            continue
        module = tree(file)
        if module.body and not ast.get_docstring(module):
            silent.append(name_of(file))
        silent += [
            f"{name_of(file)} {name}"
            for name, node in public(module.body)
            if not is_command(node) and not ast.get_docstring(node)  # type: ignore[arg-type]
        ]
    assert silent == []


def test_every_example_is_a_town_hall() -> None:
    examples = sorted((ROOT / "examples").glob("*.toml"))
    towns = [read_declaration(file.read_text("utf-8"), name=file.name) for file in examples]
    assert examples
    assert [file.name for file, town in zip(examples, towns, strict=True) if not town.counters] == []


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
