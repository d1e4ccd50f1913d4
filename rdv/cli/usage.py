"""Wrong usage, told in our words: Typer's own messages exist in English alone."""

import difflib
import gettext
import os
import re
from collections.abc import Iterable
from typing import Any

from typer._click.exceptions import (  # the only door to what Typer raises for a wrong usage
    BadParameter,
    ClickException,
    MissingParameter,
    NoSuchOption,
)

from rdv.terms import Invalid
from rdv.wording import DOMAIN, LOCALES

UsageProblem = ClickException


def speak(language: str) -> None:
    """Has the headings of `--help`, which go through gettext's own domain, speak this language."""
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, str(LOCALES))
    gettext.textdomain(DOMAIN)


def close_to(word: str, words: Iterable[str]) -> tuple[str, ...]:
    """The words that come close to one, best first."""
    return tuple(difflib.get_close_matches(word, list(words), n=3, cutoff=0.5))


def explained(problem: UsageProblem) -> Invalid:
    """What Typer found wrong, as an error of ours."""
    command = getattr(getattr(problem, "ctx", None), "command_path", "rdv")
    if isinstance(problem, NoSuchOption):
        close = tuple(problem.possibilities or ())
        return Invalid("usage_option", option=problem.option_name, close=close, command=command)
    if isinstance(problem, MissingParameter):
        return Invalid("usage_missing", parameter=_name(problem.param), command=command)
    quoted = re.match(r"'(.*?)' is not|.*?'(.*?)'", problem.message)
    if isinstance(problem, BadParameter) and quoted:
        value = quoted[1] or quoted[2]
        return Invalid("usage_value", parameter=_name(problem.param), value=value, command=command)
    extra = re.match(r"Got unexpected extra arguments? \((.*)\)", problem.message)
    if extra:
        return Invalid("usage_extra", extra=extra[1], command=command)
    unknown = re.match(r"No such command '(.*?)'", problem.message)
    if unknown:
        group: Any = problem.ctx.command  # type: ignore[attr-defined]
        return Invalid("usage_command", command=unknown[1], close=close_to(unknown[1], group.list_commands(problem)))
    return Invalid("usage", problem=problem.format_message(), command=command)


def _name(parameter: Any) -> str:
    if parameter is None:
        return "?"
    return str(parameter.opts[0] if parameter.param_type_name == "option" else parameter.human_readable_name)
