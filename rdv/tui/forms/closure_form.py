"""Closures: days when a place, or every place, is shut, and the public holidays of a year at once (C6)."""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Label, Static

from rdv.engine.setup import closures
from rdv.engine.views.setup import ClosureView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import RdvError
from rdv.tui.dialogs.form import Form, saved
from rdv.tui.dialogs.impact import change
from rdv.tui.flows import reading
from rdv.tui.shift import Shift
from rdv.tui.widgets.day_field import DayField
from rdv.tui.widgets.table import Table
from rdv.tui.writes import call

EVERYWHERE = N_("Every place")


class ClosureForm(Form[str]):
    """Label, place, days. The answer is the label."""

    NEW = N_("New closure")
    KNOWN = N_("Closure")
    REQUIRED: ClassVar[Mapping[str, str]] = {"label": N_("Label"), "first": N_("First day")}

    def __init__(self, shift: Shift, places: Mapping[int, str], view: ClosureView | None = None) -> None:
        super().__init__(shift, view)
        self.places = places

    def fields(self) -> ComposeResult:
        view, today = self.view, self.shift.now.date()
        yield self.label_for("label", N_("Label"))
        yield Input(view.label if view else "", id="label", compact=True)
        yield self.label_for("place", N_("Place"))
        if view is None:
            yield self.choice("place", self.places, None, nothing=EVERYWHERE)
        else:
            yield Label(view.place or _(EVERYWHERE), markup=False)
        yield self.label_for("first", N_("First day"))
        yield DayField(view and view.first_day, today, id="first")
        yield self.label_for("last", N_("Last day"))
        yield DayField(view and view.last_day, today, id="last")

    async def save(self) -> str | None:
        """Shuts, or changes what is shut, once the impact is accepted (I1)."""
        label, first = self.text("label"), self.query_one("#first", DayField).moment
        last = self.query_one("#last", DayField).moment or first
        if first is None:
            return None
        if self.view is None:
            place = self.chosen("place")
            does = call(closures.add_closure, label=label, first=first, last=last, place=place)
        else:
            does = call(closures.set_closure, closure=self.view.id, label=label, first=first, last=last)
        done = await change(self, self.shift, does, said=saved(label))
        return None if done is None else label


class HolidaysForm(Form[str]):
    """The public holidays of a country in a year, shown before they are added."""

    NEW = N_("Shut on public holidays")
    REQUIRED: ClassVar[Mapping[str, str]] = {"country": N_("Country"), "year": N_("Year")}

    def __init__(self, shift: Shift, places: Mapping[int, str]) -> None:
        super().__init__(shift)
        self.places = places

    def body(self) -> ComposeResult:
        yield from super().body()
        yield Static("", id="problem", markup=False)
        yield Table(N_("Date"), N_("Label"), id="holidays")

    def fields(self) -> ComposeResult:
        yield self.label_for("year", N_("Year"))
        yield Input(str(self.shift.now.year), id="year", compact=True, max_length=4)
        yield self.label_for("country", N_("Country"))
        yield Input("FR", id="country", compact=True, max_length=2)
        yield self.label_for("subdivision", N_("Part of the country"))
        yield Input(placeholder=_("Moselle, La Réunion; empty: all of the country"), id="subdivision", compact=True)
        yield self.label_for("place", N_("Place"))
        yield self.choice("place", self.places, None, nothing=EVERYWHERE)

    def on_mount(self) -> None:
        """Nothing is the matter yet."""
        super().on_mount()
        self.query_one("#problem").display = False

    @on(Input.Changed)
    def _typed(self) -> None:
        self._look()

    @reading
    async def _look(self) -> None:
        """The days that are meant, as one types."""
        shown: dict[int, tuple[object, ...]] = {}
        problem = ""
        try:
            country, years, subdivision = self._given()
            found = await asyncio.to_thread(closures.public_holidays, country, years, subdivision)
            shown = {number: (wording.long_day(one.day), one.name) for number, one in enumerate(found)}
        except RdvError as error:
            problem = wording.sentence(error)
        self.query_one(Table).fill(shown)
        line = self.query_one("#problem", Static)
        line.update(problem)
        line.display = bool(problem)

    def _given(self) -> tuple[str, tuple[int, ...], str | None]:
        return self.text("country").upper(), (self.number("year"),), self.text("subdivision") or None

    async def save(self) -> str | None:
        """Shuts on all of them, once the impact is accepted (I1); those already known are left."""
        country, years, subdivision = self._given()
        given: dict[str, Any] = {"country": country, "years": years, "subdivision": subdivision}
        does = call(closures.add_holidays, place=self.chosen("place"), **given)
        done = await change(self, self.shift, does, said=_("Shut on the public holidays of {year}", year=years[0]))
        return None if done is None else str(years[0])
