"""Wrong usage, told in our words: Typer's own messages exist in English alone."""

import difflib
import gettext
import os
import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from typer._click.exceptions import (  # the only door to what Typer raises for a wrong usage
    BadOptionUsage,
    BadParameter,
    ClickException,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
)

from rdv.terms import Invalid
from rdv.wording import DOMAIN, LOCALES
from rdv.wording import say as _

UsageProblem = ClickException


def speak(language: str) -> None:
    """Has the headings of `--help`, which go through gettext's own domain, speak this language."""
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, str(LOCALES))
    gettext.textdomain(DOMAIN)


def translate_help(command: Any) -> None:
    """Has the option `--help` of a command, and of those under it, speak our words."""
    option = command.get_help_option(command.context_class(command))
    if option is not None:
        option.help = _("Show this message and exit.")
    for under in getattr(command, "commands", {}).values():
        translate_help(under)


def close_to(word: str, words: Iterable[str]) -> tuple[str, ...]:
    """The words that come close to one, best first."""
    return tuple(difflib.get_close_matches(word, list(words), n=3, cutoff=0.5))


def asks_for_help(problem: UsageProblem) -> str | None:
    """The help of a noun that was given no verb; None when something else is wrong."""
    return problem.message if isinstance(problem, NoArgsIsHelpError) else None


def explained(problem: UsageProblem) -> Invalid:
    """What Typer found wrong, as an error of ours."""
    context: Any = getattr(problem, "ctx", None)
    command = context.command_path if context else "rdv"
    if isinstance(problem, NoSuchOption):
        close = tuple(problem.possibilities or ())
        return Invalid("usage_option", option=problem.option_name, close=close, command=command)
    if isinstance(problem, BadOptionUsage):
        return Invalid("usage_missing", parameter=problem.option_name, command=command)
    if isinstance(problem, MissingParameter):
        return Invalid("usage_missing", parameter=_name(problem.param), command=command)
    if isinstance(problem, BadParameter):
        return _bad_value(problem, command)
    extra = re.match(r"Got unexpected extra argument.*? \((.*)\)$", problem.message)
    if extra:
        return Invalid("usage_extra", extra=extra[1], command=command)
    unknown = re.match(r"No such command '(.*?)'", problem.message)
    if unknown and context:
        close = close_to(unknown[1], context.command.list_commands(context))
        return Invalid("usage_command", command=unknown[1], close=close)
    return Invalid("usage", problem=problem.format_message().rstrip("."), command=command)


def _bad_value(problem: BadParameter, command: str) -> Invalid:
    """A value that cannot be; Typer checks values through pydantic, which keeps what was given."""
    parameter = _name(problem.param)
    cause = problem.__cause__
    first: Any = cause.errors()[0] if isinstance(cause, ValidationError) else {"input": "", "type": "other"}
    words = tuple(re.findall(r"'([^']*)'", problem.message.partition("one of ")[2]))
    if words:
        return Invalid("usage_word", parameter=parameter, value=first["input"], words=words)
    if "ge" in first.get("ctx", {}) or "le" in first.get("ctx", {}):
        least, most = first["ctx"].get("ge"), first["ctx"].get("le")
        return Invalid("usage_range", parameter=parameter, value=first["input"], least=least, most=most)
    kind = str(first["type"]).partition("_")[0]
    why = f"expects_{kind}" if kind in ("int", "bool", "date") else "expects_other"
    return Invalid("usage_value", parameter=parameter, value=first["input"], why=why, command=command)


def _name(parameter: Any) -> str:
    """A parameter as the help shows it: --from, START."""
    if parameter is None:
        return "?"
    return str(parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.metavar or parameter.name.upper())
