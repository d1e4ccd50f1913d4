"""What every page that is narrowed to types, places and counters shares: the bar that says so, and the dialog (S6)."""

from typing import Any, ClassVar

from textual import on
from textual.binding import Binding

from rdv.engine.setup import configuration, counters
from rdv.i18n.sentences.mark import N_
from rdv.tui.base.searchable import Searchable
from rdv.tui.dialogs.filters import FiltersDialog
from rdv.tui.flows import flow
from rdv.tui.widgets.bars import FILTERS, FilterBar, Press

LISTS: dict[str, Any] = {
    "types": configuration.list_types,
    "places": configuration.list_places,
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
                chosen[name] = tuple(view.label for view in await self.shift.run(LISTS[name]) if view.id in ids)
        self.query_one(FilterBar).show(chosen)

    @flow("ask")
    async def action_filter(self, first: str = "types") -> None:
        """Types, places, counters."""
        choices = {name: {v.id: v.label for v in await self.shift.run(LISTS[name])} for name in ("types", "places")}
        every = await self.shift.run(counters.list_counters)
        choices["counters"] = {view.id: f"{view.label} · {view.place}" for view in every}
        answer = await self.app.push_screen_wait(FiltersDialog(choices, self.shift.filters, first))
        if answer is not None:
            self.shift.filters = answer
            self.leave_search()

    @on(Press.Pressed)
    def _filter_pressed(self, event: Press.Pressed) -> None:
        if event.name in FILTERS:
            self.action_filter(event.name)
