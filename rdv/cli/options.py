"""Arguments and options that several commands use."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rdv import date_input
from rdv.date_input import Moment
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentList

if TYPE_CHECKING:
    from rdv.engine.seats.lists import ListFilters

AsJson = Annotated[bool, typer.Option("--json", help=_("One JSON document on standard output, nothing else."))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Show what would be done; write nothing."))]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask before touching appointments."))]

Restore = Annotated[
    bool, typer.Option("--restore", help=_("Give appointments their own slot back where it exists again."))
]

Label = Annotated[str, typer.Argument(metavar="LABEL", help=_("What people call it."))]
Reference = Annotated[str, typer.Argument(metavar="REF", help=_("Its number or its exact label."))]
CounterRef = Annotated[str, typer.Argument(metavar="COUNTER", help=_("The counter, by number or label."))]
AppointmentIds = Annotated[list[int], typer.Argument(metavar="REF...", help=_("The number of the appointment."))]

NewLabel = Annotated[str | None, typer.Option("--label", help=_("Another label."))]
TypeRefs = Annotated[list[str] | None, typer.Option("--type", metavar="REF", help=_("Only this type; repeatable."))]
PlaceRefs = Annotated[list[str] | None, typer.Option("--place", metavar="REF", help=_("Only this place; repeatable."))]
CounterRefs = Annotated[
    list[str] | None, typer.Option("--counter", metavar="REF", help=_("Only this counter; repeatable."))
]
ServiceRefs = Annotated[
    list[str] | None, typer.Option("--service", metavar="REF", help=_("A service; repeatable; none: '' once."))
]


def day_option(*names: str, help: str) -> Any:
    """Return an option that takes a DATE."""
    return typer.Option(*names, metavar="DATE", parser=date_input.read_day, help=help)


From = Annotated[Moment | None, day_option("--from", help=_("First day."))]
To = Annotated[Moment | None, day_option("--to", help=_("Last day, included."))]
Start = Annotated[
    Moment,
    typer.Argument(
        metavar="START", parser=date_input.read, help=_("2017-04-07T11:00, '07/04/2017 11:00', 'lundi 9:30'.")
    ),
]


View = Annotated[AppointmentList, typer.Option("--view", help=_("Which list."))]
Widen = Annotated[bool, typer.Option("--all", help=_("Every past one without outcome, its slot gone or not."))]
OfPartner = Annotated[str | None, typer.Option("--partner", metavar="NAME|CODE", help=_("Of this partner."))]


def list_filters(
    view: AppointmentList,
    widen: bool,
    first: Moment | None,
    last: Moment | None,
    types: list[str] | None,
    places: list[str] | None,
    counters: list[str] | None,
    services: list[str] | None,
    partner: str | None,
) -> "ListFilters":
    """Return the filters of a list of appointments as use cases take them."""
    return {
        "view": view,
        "widen": widen,
        "first": first,
        "last": last,
        "types": types or (),
        "places": places or (),
        "counters": counters or (),
        "services": services or (),
        "partner": partner,
    }


def given(refs: list[str] | None) -> list[str] | None:
    """Return the references of an option, none if its only value is '', or None if the option is absent."""
    return None if refs is None else [ref for ref in refs if ref]
