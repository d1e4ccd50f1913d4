"""The commands of `rdv` as Typer sees them: each path with what it takes."""

from collections.abc import Iterator
from typing import Any

import typer

from rdv.cli.main import app


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Return every command by its path: ("slot list", …)."""
    for name, command in _under(group or typer.main.get_command(app)):
        here = (*path, name)
        if hasattr(command, "list_commands"):
            yield from commands(command, here)
        else:
            yield " ".join(here), command


def groups(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every group of commands, the whole program first."""
    group = group or typer.main.get_command(app)
    yield " ".join(path), group
    for name, command in _under(group):
        if hasattr(command, "list_commands"):
            yield from groups(command, (*path, name))


def _under(group: Any) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(None):
        yield name, group.get_command(None, name)


COMMANDS = dict(commands())
GROUPS = dict(groups())
