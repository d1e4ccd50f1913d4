"""`rdv reschedule`: new slots for many appointments at once (I3)."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Unpack

import typer

from rdv import date_input
from rdv.cli import render
from rdv.cli.files import read_bytes, save
from rdv.cli.groups import noun
from rdv.cli.options import (
    AsJson,
    CounterRefs,
    DryRun,
    From,
    OfPartner,
    PlaceRefs,
    ServiceRefs,
    To,
    TypeRefs,
    View,
    Widen,
    Yes,
    list_filters,
)
from rdv.cli.session import office
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentList, Refused

if TYPE_CHECKING:
    from rdv.engine.booking.rescheduling import Move
    from rdv.engine.office import Office
    from rdv.engine.seats.lists import ListFilters
    from rdv.engine.views.plans import Rescheduled, ReschedulePlan

app = noun()

Numbers = Annotated[list[int] | None, typer.Argument(metavar="[REF]...", help=_("These appointments only."))]
PlanFile = Annotated[
    str | None, typer.Argument(metavar="[FILE]", help=_("A plan, edited or not; - for standard input."))
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help=_("Write the plan to a new file, .json or .csv."))
]

ROUNDS = 3
"""How many times a plan is made again for appointments whose new slot was taken, before a person has to look."""


@app.command(help=_("Propose a new slot for each: the plan of least cost, nothing written."))
def plan(
    refs: Numbers = None,
    view: View = AppointmentList.TO_RESCHEDULE,
    widen: Widen = False,
    first: From = None,
    last: To = None,
    types: TypeRefs = None,
    places: PlaceRefs = None,
    counters: CounterRefs = None,
    services: ServiceRefs = None,
    partner: OfPartner = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    filters = list_filters(view, widen, first, last, types, places, counters, services, partner)
    proposed = _planned(office(), appointments=refs or (), **filters)
    if out is not None:
        save(out, _as_file(proposed, out))
    render.reschedule_plan(proposed, as_json)


@app.command(help=_("Move many appointments: those of a plan, or of a list, which is planned first."))
def apply(
    file: PlanFile = None,
    view: View = AppointmentList.TO_RESCHEDULE,
    widen: Widen = False,
    first: From = None,
    last: To = None,
    types: TypeRefs = None,
    places: PlaceRefs = None,
    counters: CounterRefs = None,
    services: ServiceRefs = None,
    partner: OfPartner = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.booking.rescheduling import apply_moves
    from rdv.engine.exports.plans import read_plan

    here = office()
    if file is not None:
        moves = read_plan(read_bytes(file), name=file)
    else:
        filters = list_filters(view, widen, first, last, types, places, counters, services, partner)
        proposed = _planned(here, **filters)
        moves = _moves(proposed)
        if not as_json:
            render.reschedule_plan(proposed, as_json=False)
    if dry_run:
        render.rescheduled(here.preview(apply_moves, here.me, moves=moves), as_json, done=False)
        return
    wanted = moves and not yes
    if wanted and (as_json or not render.confirm(_("Move {count} appointments?", count=len(moves)))):
        raise Refused("not_confirmed")
    render.rescheduled(_applied(here, moves, again=file is None), as_json, done=True)


def _planned(here: "Office", appointments: Sequence[int] = (), **filters: Unpack["ListFilters"]) -> "ReschedulePlan":
    from rdv.engine.booking.rescheduling import plan_moves

    with render.progress(_("Planning")) as progress:
        return here.run(plan_moves, here.me, appointments=appointments, progress=progress, **filters)


def _applied(here: "Office", moves: Sequence["Move"], *, again: bool) -> "Rescheduled":
    """Apply a plan and return the result. Appointments of a list whose new slot was taken are planned again; a file is
    applied as it is, because a person decided it.
    """
    from rdv.engine.booking.rescheduling import apply_moves
    from rdv.engine.views.plans import Rescheduled

    moved: tuple[Any, ...] = ()
    refused: tuple[Any, ...] = ()
    with render.progress(_("Moving")) as progress:
        for _round in range(ROUNDS if again else 1):
            outcome = here.run(apply_moves, here.me, moves=moves, progress=progress)
            moved, refused = moved + outcome.moved, refused + outcome.refused
            moves = _moves(outcome.again)
            if not moves:
                break
    return Rescheduled(moved, outcome.again, refused)


def _moves(proposed: "ReschedulePlan") -> list["Move"]:
    from rdv.engine.booking.rescheduling import Move

    return [Move(one.card.id, one.counter_id, date_input.at(one.starts_at)) for one in proposed.moves]


def _as_file(proposed: "ReschedulePlan", out: Path) -> bytes:
    from rdv.engine.exports.plans import to_csv, to_json

    if out.suffix.casefold() == ".json":
        return json.dumps(to_json(proposed), ensure_ascii=False, indent=2).encode()
    return to_csv(proposed)
