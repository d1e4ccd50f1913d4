"""Every use case of the registry has a right, a label, a command that runs it, a line of documentation and a test."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

import rdv.engine
from rdv.engine.office import REGISTRY
from rdv.i18n import wording
from rdv.i18n.sentences.names import USE_CASES
from rdv.terms import Audience, Right
from tests.cli.commands import COMMANDS
from tests.towns import speaking

ROOT = Path(__file__).parent.parent.parent
ENGINE = {
    name: importlib.import_module(name)
    for _, name, is_package in pkgutil.walk_packages(rdv.engine.__path__, "rdv.engine.")
    if not is_package
}
STEPS = (
    "rdv.engine.upkeep.bootstrap",
    "rdv.engine.upkeep.demo",
    "rdv.engine.upkeep.doctor",
    "rdv.engine.setup.passwords",
    "rdv.engine.upkeep.worker",
)
CASES = {case.name: function for function, case in REGISTRY.items() if function.__module__ in ENGINE}


def words_of(code: CodeType) -> Iterator[str]:
    """Every name and text that a function's code mentions, those of the functions inside it too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from words_of(constant)
        elif isinstance(constant, str):
            yield constant


def named_by(function: Callable[..., Any], said: frozenset[str]) -> Iterator[FunctionType]:
    """The functions that a function names; of a table of them, those whose key is among its words or those `said`."""
    words = frozenset(words_of(function.__code__))
    bound = inspect.getclosurevars(function)
    named = [*bound.globals.values()]
    for name, module in ENGINE.items():
        room, _, last = name.rpartition(".")
        if name in words or {room, last} <= words or module in bound.globals.values():
            named += [getattr(module, word, None) for word in words]
    if "use_cases" in bound.nonlocals:  # of the commands that services and desks share
        named.append(bound.nonlocals["use_cases"]())
    for table in [one for one in named if isinstance(one, dict)]:
        named += [case for key, case in table.items() if str(key) in words | said]
    yield from (one for one in named if isinstance(one, FunctionType))


def runs(command: Callable[..., Any]) -> set[str]:
    """The use cases that a command names, itself or through the plain functions on its way."""
    first = inspect.unwrap(command)
    said = frozenset(words_of(first.__code__))
    seen, ahead = set(), [first]
    while ahead:
        function = ahead.pop()
        seen.add(function)
        ahead += [one for one in named_by(function, said) if is_step(one) and one not in seen]
        seen.update(one for one in named_by(function, said) if one in REGISTRY)
    return {REGISTRY[one].name for one in seen if one in REGISTRY}


def is_step(function: FunctionType) -> bool:
    """Whether a command may call it on its way to a use case: its own, or one that readies a database or lets in."""
    return function not in REGISTRY and function.__module__.startswith(("rdv.cli.", *STEPS))


@cache
def commands_of() -> dict[str, list[str]]:
    """The paths of the commands that run each use case."""
    found: dict[str, list[str]] = {name: [] for name in CASES}
    for path, command in COMMANDS.items():
        for name in runs(command.callback):
            found.setdefault(name, []).append(path)
    return found


@cache
def pages_of() -> dict[str, list[str]]:
    """The modules of the portal that run each use case: « citizens.show_mine », in code and not in words."""
    found: dict[str, list[str]] = {name: [] for name in CASES}
    for file in sorted((ROOT / "portal").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.setdefault(f"{node.value.id}.{node.attr}", []).append(file.name)
    return found


def is_for_agents(name: str) -> bool:
    """Whether a use case takes the right of an agent."""
    return REGISTRY[CASES[name]].audience is Audience.AGENTS


@cache
def all_tests() -> str:
    this = Path(__file__)
    return "\n".join(file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py") if file != this)


@cache
def documentation() -> str:
    return "\n".join((ROOT / "docs" / page).read_text("utf-8") for page in ("administrators.md", "agents.md"))


def test_the_registry_is_the_table_of_contents() -> None:
    assert len(CASES) > 50
    assert USE_CASES.keys() == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_g1_every_use_case_of_agents_takes_a_right(name: str) -> None:
    rights = REGISTRY[CASES[name]].rights
    assert bool(rights) is is_for_agents(name)
    assert set(rights) <= set(Right)


@pytest.mark.parametrize("name", CASES)
def test_every_use_case_has_a_name_that_people_read_in_both_languages(name: str) -> None:
    with speaking("en"):
        english = wording.label(name)
    with speaking("fr"):
        french = wording.label(name)
    assert english != name and french != name
    assert english != french


@pytest.mark.parametrize("name", CASES)
def test_b1_every_use_case_is_reached_by_whom_it_is_for(name: str) -> None:
    """Agents' by a command; those of citizens and of anybody by a page of the portal, for they act for themselves."""
    reached = commands_of() if is_for_agents(name) else pages_of()
    assert reached[name], f"nothing runs {name}"


@pytest.mark.parametrize("name", CASES)
def test_the_command_of_every_use_case_is_documented(name: str) -> None:
    if not is_for_agents(name):
        assert re.search(r"\brdv portal\b", documentation())
        return
    paths = commands_of()[name]
    assert any(re.search(rf"\brdv {path}\b", documentation()) for path in paths), paths


@pytest.mark.parametrize("name", CASES)
def test_a_test_names_every_use_case(name: str) -> None:
    module, _, function = name.partition(".")
    named = rf"\b{function}\b" if "_" in function else rf"\b{module}\.{function}\b"
    assert re.search(named, all_tests())


@pytest.mark.parametrize("name", CASES)
def test_every_use_case_says_what_it_does(name: str) -> None:
    assert inspect.getdoc(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_a_use_case_is_asked_by_names_alone(name: str) -> None:
    first, *others = inspect.signature(CASES[name]).parameters.values()
    assert first.name == "work"
    assert {parameter.kind for parameter in others} <= {
        inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD,
    }  # fmt: skip
