"""The office of a command: made from the settings when the command runs, not before."""

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
    """The office that the settings describe; what stays and serves says that it is no command."""
    from rdv import settings
    from rdv.engine.office import Office

    gc.freeze()  # what was imported stays until the end
    gc.enable()
    return Office.open(settings.load(), face)


def run(function: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a use case as the agent of the settings."""
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
    """Runs a use case that may take slots away: shows whom it touches before anything is written (I1).

    With `dry_run` nothing is written. Otherwise whoever is touched is shown, and a person is asked unless `yes` was
    said; a script (no terminal, or `--json`) that did not say it is refused with Refused("not_confirmed").
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
