"""How every command is made: a noun with its verbs, or a verb of its own."""

from typing import Any

import typer
from typer.core import TyperGroup


class Owned(TyperGroup):
    """Verbs on what belongs to something: its REF may come before the verb as well as after it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`REF list …` as `list REF …`."""
        if len(args) > 1 and args[0] not in self.commands and args[1] in self.commands:
            args = [args[1], args[0], *args[2:]]
        return super().parse_args(ctx, args)


def noun(cls: type[TyperGroup] = TyperGroup) -> typer.Typer:
    """A group of verbs, which says its help when it is given none."""
    return typer.Typer(
        cls=cls, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )


def verb() -> typer.Typer:
    """A single command."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
