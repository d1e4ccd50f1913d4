"""The office of a command, opened from the settings when the command runs."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from rdv.terms import Face

if TYPE_CHECKING:
    from rdv.engine.office import Office, Work
    from rdv.engine.views.appointments import Impact

P = ParamSpec("P")
T = TypeVar("T")


def office(face: Face = Face.COMMANDS) -> Office:
    """Open the office that the settings describe. A program that keeps running names its face."""
    from rdv import settings
    from rdv.engine.office import Office

    gc.freeze()  # imported modules stay until the process ends
    gc.enable()
    return Office.open(settings.load(), face)


def run(function: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a use case as the agent of the settings."""
    here = office()
    return here.run(function, here.me, *args, **kwargs)


def change(
    function: Callable[Concatenate[Work, P], Impact],
    dry_run: bool,
    yes: bool,
    as_json: bool,
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Run a use case that may take slots away, after showing the appointments concerned (I1).

    With `dry_run` nothing is written. Otherwise, if appointments are concerned, show them and ask, unless `yes` is set.
    Without a terminal, or with `--json`, raise Refused("not_confirmed") unless `yes` is set.
    """
    from rdv.cli import render
    from rdv.terms import Refused

    here = office()
    if dry_run or not yes:
        foreseen = here.preview(function, here.me, *args, **kwargs)
        if dry_run:
            render.impact(foreseen, as_json=as_json, done=False)
            return
        if not foreseen.is_empty and (as_json or not render.confirm_impact(foreseen)):
            raise Refused("not_confirmed")
    render.impact(here.run(function, here.me, *args, **kwargs), as_json=as_json, done=True)
