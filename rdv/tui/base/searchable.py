"""Pages whose list can be saved as a search, and that run saved searches (Q1, Q2)."""

from collections import Counter as Tally
from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding

from rdv.engine.booking import searches
from rdv.engine.setup import counters, places, types
from rdv.engine.views.appointments import SearchView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentList, RdvError, fold
from rdv.tui.base.page import Page
from rdv.tui.dialogs.filters import FiltersDialog
from rdv.tui.dialogs.searches import SaveSearchDialog, SearchesDialog
from rdv.tui.flows import ask, foreground
from rdv.tui.shift import Shift
from rdv.tui.widgets.bars import FILTERS, FilterBar, Press

_PAGES = {
    AppointmentList.TO_RESCHEDULE: "to_reschedule",
    AppointmentList.PAST_WITHOUT_STATUS: "past",
}


def page_of(search: SearchView) -> str:
    """Return the entry of the menu with the list of a search (Q2)."""
    if search.entry != "appointments":
        return search.entry
    return next((page for view, page in _PAGES.items() if search.filters.get("view") == view), "planned")


class Searchable(Page):
    """A page with the list LIST, as `rdv search` names it; a page without has none of this.

    While a search is run, `search` is it, and the list is `await self.run_saved(search)`.
    """

    LIST: ClassVar[str] = ""
    BINDINGS: ClassVar[list[Any]] = [
        Binding("k", "save_search", N_("Save list")),
        Binding("j", "run_search", N_("Saved searches"), show=False),
        Binding("escape", "leave_search", N_("Leave the search")),
    ]

    def __init__(self, shift: Shift) -> None:
        super().__init__(shift)
        self.search: SearchView | None = None

    def on_screen_resume(self) -> None:
        """Run a search that was chosen on another page."""
        asked = self.shift.asked.pop(self.ENTRY, None)
        if asked is not None:
            self.show_search(asked)

    # for pages to override

    @property
    def is_listing(self) -> bool:
        """Return True if the list is visible."""
        return bool(self.LIST)

    def own_filters(self) -> dict[str, Any]:
        """Return the filters other than types, places and counters, as `rdv search save` names them."""
        return {}

    def period(self) -> tuple[str, str] | None:
        """Return the first and the last day of the list as text, or None if it has none."""
        return None

    def show_search(self, search: SearchView) -> None:
        """Show the result of a search in list mode."""
        self.search = search
        self.is_elsewhere = True
        self.refresh_bindings()
        self.reload()

    # for pages to call

    async def run_saved(self, search: SearchView) -> Sequence[Any]:
        """Return the current result of a search (Q2). Leave a search that cannot run any longer."""
        try:
            return (await self.shift.run(searches.run_search, search=search.id)).views
        except RdvError as error:
            if error.error != "not_found":
                raise
            self.leave_search()
            self.app.call_later(self.app.tell, error)  # type: ignore[attr-defined]
            return ()

    def period_around_today(self, first: Any, last: Any) -> tuple[str, str]:
        """Return a period as a search stores it: relative to today if it holds today, so that it follows the
        calendar.
        """
        today = self.shift.now.date()
        if first <= today <= last:
            return _("today"), _("+{count}d", count=(last - first).days)
        return wording.day(first), wording.day(last)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow saving and running searches in list mode."""
        if action in ("save_search", "run_search"):
            return self.is_listing
        return self.search is not None if action == "leave_search" else True

    def action_save_search(self) -> None:
        """Keep the filters of the list under a name."""
        self.save_search()

    @foreground
    async def save_search(self) -> None:
        """Ask for the name."""
        if self.search is not None:
            filters, name = dict(self.search.filters), self.search.label
            period = (str(filters.pop("from", "")), str(filters.pop("to", "")))
            dated = self.period() is not None
        else:
            filters, name = await self.filters_now(), ""
            found = self.period()
            period, dated = found or ("", ""), found is not None
        dialog = SaveSearchDialog(self.shift, self.LIST, filters, name=name, period=period if dated else None)
        await ask(self, dialog)

    def action_run_search(self) -> None:
        """Run a search that was saved here."""
        self.choose_search()

    @foreground
    async def choose_search(self) -> None:
        """Ask which one."""
        every = await self.shift.run(searches.list_searches, entry=self.LIST)
        answer = await ask(self, SearchesDialog([one for one in every if page_of(one) == self.ENTRY]))
        if answer is not None:
            self.show_search(answer)

    def action_leave_search(self) -> None:
        """Return to the list with its filters."""
        self.leave_search()

    def leave_search(self) -> None:
        """Show the list with the current filters."""
        self.search = None
        self.is_elsewhere = True
        self.refresh_bindings()
        self.reload()

    async def filters_now(self) -> dict[str, Any]:
        """Return the current filters as `rdv search save` takes them: labels, or numbers for ambiguous labels."""
        seen = self.shift.filters
        words: dict[str, Any] = {}
        for name, chosen, every in (
            ("type", seen.types, types.list_types),
            ("place", seen.places, places.list_places),
            ("counter", seen.counters, counters.list_counters),
        ):
            if chosen:
                rows: Sequence[Any] = await self.shift.know(every)
                words[name] = _references(chosen, rows)
        return words | self.own_filters()


def _references(chosen: Sequence[int], rows: Sequence[Any]) -> list[str]:
    known = Tally(fold(row.label) for row in rows)
    clear = {row.id: row.label for row in rows if known[fold(row.label)] == 1 and not row.label.isdecimal()}
    return [clear.get(number, str(number)) for number in chosen]


LISTS: dict[str, Any] = {
    "types": types.list_types,
    "places": places.list_places,
    "counters": counters.list_counters,
}
"""Where the things to choose from are read, by filter."""


class Filtered(Searchable):
    """A page with a FilterBar; what is chosen holds for all of them, as long as the shift."""

    BINDINGS: ClassVar[list[Any]] = [Binding("f", "filter", N_("Filter"))]

    async def show_filters(self) -> None:
        """Says in the bar what the page is narrowed to: by its filters, or by the search that it runs."""
        chosen: dict[str, tuple[str, ...]] = {}
        for name in FILTERS:
            if self.search is not None:
                chosen[name] = tuple(self.search.filters.get(name[:-1], ()))
            elif ids := getattr(self.shift.filters, name):
                chosen[name] = tuple(view.label for view in await self.shift.know(LISTS[name]) if view.id in ids)
        self.query_one(FilterBar).show(chosen)

    def action_filter(self, first: str = "types") -> None:
        """Choose types, places, counters."""
        self.choose_filters(first)

    @foreground
    async def choose_filters(self, first: str) -> None:
        """Ask which ones."""
        choices = {name: {v.id: v.label for v in await self.shift.know(LISTS[name])} for name in ("types", "places")}
        every = await self.shift.know(counters.list_counters)
        choices["counters"] = {view.id: f"{view.label} · {view.place}" for view in every}
        answer = await ask(self, FiltersDialog(choices, self.shift.filters, first))
        if answer is not None:
            self.shift.filters = answer
            self.leave_search()

    @on(Press.Pressed)
    def _filter_pressed(self, event: Press.Pressed) -> None:
        if event.name in FILTERS:
            self.action_filter(event.name)
