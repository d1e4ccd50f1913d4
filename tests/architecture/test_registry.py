"""Every use case of the registry has a right, a label, a command that runs it, a line of documentation and a test."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from rdv.engine.office import REGISTRY
from rdv.i18n import wording
from rdv.i18n.sentences.names import USE_CASES as LABELS
from rdv.terms import Audience, Right
from tests.cli.commands import COMMANDS
from tests.sources import PRODUCT, ROOT, TESTS, text, tree
from tests.towns import speaking
from tests.use_cases import ENGINE, USE_CASES

STEPS = (
    "rdv.engine.upkeep.bootstrap",
    "rdv.engine.upkeep.demo",
    "rdv.engine.upkeep.doctor",
    "rdv.engine.setup.passwords",
    "rdv.engine.upkeep.worker",
)


def words_of(code: CodeType) -> Iterator[str]:
    """Yield every name and text in a function's code, including the functions inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from words_of(constant)
        elif isinstance(constant, str):
            yield constant


def named_by(function: Callable[..., Any], said: frozenset[str]) -> Iterator[FunctionType]:
    """Yield the functions that a function names; from a table of functions, those whose key is in its words or in
    `said`.
    """
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
    """Return the use cases that a command names, directly or through plain functions."""
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
    """Return True if a command may reach a use case through it: a function of commands, or one that prepares or
    signs in.
    """
    return function not in REGISTRY and function.__module__.startswith(("rdv.cli.", *STEPS))


@cache
def commands_of() -> dict[str, list[str]]:
    """Return the paths of the commands that run each use case."""
    found: dict[str, list[str]] = {name: [] for name in USE_CASES}
    for path, command in COMMANDS.items():
        for name in runs(command.callback):
            found.setdefault(name, []).append(path)
    return found


@cache
def pages_of() -> dict[str, list[str]]:
    """Return the portal modules that run each use case, found as `module.function` in their code."""
    found: dict[str, list[str]] = {name: [] for name in USE_CASES}
    for file in [file for file in PRODUCT if "portal" in file.relative_to(ROOT).parts[:1]]:
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.setdefault(f"{node.value.id}.{node.attr}", []).append(file.name)
    return found


def is_for_agents(name: str) -> bool:
    """Return True if a use case needs the right of an agent."""
    return REGISTRY[USE_CASES[name]].audience is Audience.AGENTS


@cache
def documentation() -> str:
    """Return the pages that document commands."""
    return "\n".join(text(ROOT / "docs" / page) for page in ("administrators.md", "agents.md"))


def test_the_registry_is_the_table_of_contents() -> None:
    assert len(USE_CASES) > 50
    assert LABELS.keys() == USE_CASES.keys()


def test_g1_every_use_case_of_agents_takes_a_right() -> None:
    rights = {name: REGISTRY[function].rights for name, function in USE_CASES.items()}
    assert [name for name, needed in rights.items() if bool(needed) is not is_for_agents(name)] == []
    assert {right for needed in rights.values() for right in needed} <= set(Right)


def test_every_use_case_has_a_name_that_people_read_in_both_languages() -> None:
    with speaking("en"):
        english = {name: wording.label(name) for name in USE_CASES}
    with speaking("fr"):
        french = {name: wording.label(name) for name in USE_CASES}
    assert [name for name in USE_CASES if len({name, english[name], french[name]}) < 3] == []


def test_b1_every_use_case_is_reached_by_whom_it_is_for() -> None:
    """Agents run theirs by a command; citizens and visitors act for themselves, by a page of the portal."""
    commands, pages = commands_of(), pages_of()
    assert [name for name in USE_CASES if not (commands if is_for_agents(name) else pages)[name]] == []


def test_the_command_of_every_use_case_is_documented() -> None:
    assert is_documented("portal")
    for_agents = {name: paths for name, paths in commands_of().items() if is_for_agents(name)}
    assert [name for name, paths in for_agents.items() if not any(map(is_documented, paths))] == []


def is_documented(path: str) -> bool:
    """Return True if a page shows the command of this path."""
    return re.search(rf"\brdv {path}\b", documentation()) is not None


def test_a_test_names_every_use_case() -> None:
    this = Path(__file__)
    tests = "\n".join(text(file) for file in TESTS if file != this)
    assert [name for name in USE_CASES if not re.search(mention_of(name), tests)] == []


def mention_of(name: str) -> str:
    """Return the pattern of a use case in a test: its function, with its module where one word is not enough."""
    module, _, function = name.partition(".")
    return rf"\b{function}\b" if "_" in function else rf"\b{module}\.{function}\b"


def test_every_use_case_says_what_it_does() -> None:
    assert [name for name, function in USE_CASES.items() if not inspect.getdoc(function)] == []


def test_a_use_case_is_asked_by_names_alone() -> None:
    assert [name for name, function in USE_CASES.items() if not takes_names_alone(function)] == []


def takes_names_alone(function: Callable[..., Any]) -> bool:
    """Return True if a use case takes its work first and all else by keyword."""
    first, *others = inspect.signature(function).parameters.values()
    keywords = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    return first.name == "work" and all(parameter.kind in keywords for parameter in others)
