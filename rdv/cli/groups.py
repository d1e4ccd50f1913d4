"""How commands are built: a noun with its verbs, or a single verb."""

from typing import Any

import typer
from typer.core import TyperGroup


class Owned(TyperGroup):
    """Verbs on parts of a record: its REF may stand before or after the verb."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read `REF list …` as `list REF …`."""
        if len(args) > 1 and args[0] not in self.commands and args[1] in self.commands:
            args = [args[1], args[0], *args[2:]]
        return super().parse_args(ctx, args)


def noun(cls: type[TyperGroup] = TyperGroup) -> typer.Typer:
    """Make a group of verbs that prints its help when no verb is given."""
    return typer.Typer(
        cls=cls, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )


def verb() -> typer.Typer:
    """Make a single command."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
