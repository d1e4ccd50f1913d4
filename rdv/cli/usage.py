"""Report wrong usage in the user's language, because Typer's own messages exist only in English.

Typer exports one of its usage errors, BadParameter; the others are recognised by the name of their class.
"""

import difflib
import re
from collections.abc import Iterable
from typing import Any

import typer

from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Invalid

UsageProblem = typer.TyperException

TYPER_HELP = {
    "help": N_("Show this message and exit."),
    "install_completion": N_("Install completion for the current shell."),
    "show_completion": N_("Show completion for the current shell, to copy it or change it."),
}
"""The options that Typer adds, whose texts exist only in English."""


def translate_help(command: Any) -> None:
    """Translate the options that Typer adds to a command and its subcommands."""
    translated(command.get_params(command.context_class(command)))
    for under in getattr(command, "commands", {}).values():
        translate_help(under)


def translated(parameters: list[Any]) -> list[Any]:
    """Return the parameters with those of Typer translated."""
    for parameter in parameters:
        if parameter.name in TYPER_HELP:
            parameter.help = _(TYPER_HELP[parameter.name])
    return parameters


def check_encoding(arguments: Iterable[str]) -> None:
    """Raise Invalid for an argument in another encoding than the terminal's, because letters would be lost."""
    for text in arguments:
        if not text.isascii() and re.search("[\ud800-\udfff]", text):
            raise Invalid("text_encoding", text=text)


def close_to(word: str, words: Iterable[str]) -> tuple[str, ...]:
    """Return the words that are similar to one, best first."""
    return tuple(difflib.get_close_matches(word, list(words), n=3, cutoff=0.5))


def asks_for_help(problem: UsageProblem) -> str | None:
    """Return the help of a noun given without a verb, or None if something else is wrong."""
    return problem.message if type(problem).__name__ == "NoArgsIsHelpError" else None


def explained(problem: UsageProblem) -> Invalid:
    """Return the rdv error that describes a usage error of Typer."""
    context: Any = getattr(problem, "ctx", None)
    command = context.command_path if context else "rdv"
    kind, details = type(problem).__name__, vars(problem)
    if kind == "NoSuchOption":
        close = tuple(details["possibilities"] or ())
        return Invalid("usage_option", option=details["option_name"], close=close, command=command)
    if kind == "BadOptionUsage":
        return Invalid("usage_missing", parameter=details["option_name"], command=command)
    if kind == "MissingParameter":
        return Invalid("usage_missing", parameter=_name(details["param"]), command=command)
    if isinstance(problem, typer.BadParameter):
        return _bad_value(problem, command)
    extra = re.match(r"Got unexpected extra argument.*? \((.*)\)$", problem.message)
    if extra:
        return Invalid("usage_extra", extra=extra[1], command=command)
    unknown = re.match(r"No such command '(.*?)'", problem.message)
    if unknown and context:
        close = close_to(unknown[1], context.command.list_commands(context))
        return Invalid("usage_command", command=unknown[1], close=close)
    return Invalid("usage", problem=problem.format_message().rstrip("."), command=command)


def _bad_value(problem: typer.BadParameter, command: str) -> Invalid:
    """Return the error for a bad value. Typer checks values with pydantic, which records the original input."""
    from pydantic import ValidationError  # `rdv --help` does not need it

    parameter = _name(problem.param)
    cause = problem.__cause__
    first: Any = cause.errors()[0] if isinstance(cause, ValidationError) else {"input": "", "type": "other"}
    words = tuple(re.findall(r"'([^']*)'", problem.message.partition("one of ")[2]))
    if words:
        return Invalid("usage_word", parameter=parameter, value=first["input"], words=words)
    if "ge" in first.get("ctx", {}) or "le" in first.get("ctx", {}):
        least, most = getattr(problem.param, "min", None), getattr(problem.param, "max", None)
        if most is None:
            return Invalid("number", field=parameter, number=first["input"], least=least)
        return Invalid("usage_range", parameter=parameter, value=first["input"], least=least, most=most)
    kind = str(first["type"]).partition("_")[0]
    why = f"expects_{kind}" if kind in ("int", "bool", "date") else "expects_other"
    return Invalid("usage_value", parameter=parameter, value=first["input"], why=why, command=command)


def _name(parameter: Any) -> str:
    """Return the name of a parameter as help shows it: --from, START."""
    if parameter is None:
        return "?"
    return str(parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.metavar or parameter.name.upper())
