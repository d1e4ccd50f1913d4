"""How every command is made: a noun with its verbs, or a verb of its own."""

import typer


def noun() -> typer.Typer:
    """A group of verbs, which says its help when it is given none."""
    return typer.Typer(
        no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )


def verb() -> typer.Typer:
    """A single command."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
