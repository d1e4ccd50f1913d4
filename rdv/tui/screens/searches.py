"""« Recherches »: lists with their filters under a name, run where they were saved (Q1, Q2)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from rdv.changes import Part
from rdv.engine.booking import searches
from rdv.engine.views.appointments import SearchView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.base.page import Page, entries
from rdv.tui.base.searchable import page_of
from rdv.tui.dialogs.dialog import ConfirmDialog
from rdv.tui.flows import ask, foreground, reading
from rdv.tui.shift import Shift
from rdv.tui.widgets.banner import ENTRIES, Menu
from rdv.tui.widgets.lines import write
from rdv.tui.widgets.table import Table
from rdv.tui.writes import call

NAMES: dict[str, str] = {
    "type": N_("Type"),
    "place": N_("Place"),
    "counter": N_("Counter"),
    "from": N_("From"),
    "to": N_("To"),
    "days": N_("Days"),
    "status": N_("Status"),
    "view": N_("List"),
    "all": N_("all"),
    "service": N_("Service"),
    "partner": N_("Partner"),
    "text": N_("Words"),
    "limit": N_("At most"),
}
"""What the filters of a search are called."""


class SearchesPage(Page):
    """The searches that the agent sees: one's own, and those of one's services."""

    ENTRY = "searches"
    PARTS = (Part.SEARCHES,)
    BINDINGS: ClassVar[list[Any]] = [Binding("delete", "remove", N_("Remove"))]

    def __init__(self, shift: Shift) -> None:
        super().__init__(shift)
        self.found: dict[int, SearchView] = {}

    def body(self) -> ComposeResult:
        yield Table(N_("Name"), N_("List"), N_("For"), N_("Saved by"), N_("Filters"), id="searches")
        yield Static("", classes="hint", markup=False)

    @reading
    async def reload(self) -> None:
        """Read the searches that there are now."""

        async def read() -> list[SearchView]:
            return await self.shift.run(searches.list_searches)

        every = await self.patiently(read)
        self.found = {search.id: search for search in every}
        self.query_one(Table).fill({search.id: _row(search) for search in every})
        how = _("In a list, k keeps its filters under a name, for you or for your service.")
        none = _("No search is saved yet.")
        write(self.query_one(".hint", Static), how if every else f"{none} {how}")

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        """Runs it where it was saved."""
        search = self.found.get(event.key)
        if search is None:
            return
        page = page_of(search)
        if page not in entries(self.shift):  # a list that this agent may read, whose page is for others
            page = "planned"
        self.shift.asked[page] = search
        self.post_message(Menu.Chosen(page))

    def action_remove(self) -> None:
        """Remove the search under the cursor, after a question."""
        self.ask_to_remove(
            self.required([self.found[key] for key in self.query_one(Table).chosen if key in self.found])[0]
        )

    @foreground
    async def ask_to_remove(self, search: SearchView) -> None:
        """Ask, and remove."""
        await self.shift.preview(searches.remove_search, search=search.id)
        question = _("Remove the search « {name} »?", name=search.label)
        if await ask(self, ConfirmDialog(question, _("Remove"))):
            said = _("Removed: {name}", name=search.label)
            await self.shift.write(call(searches.remove_search, search=search.id), said=said)


def _row(search: SearchView) -> tuple[object, ...]:
    whose = search.service or wording.label(search.visibility)
    return search.label, _(ENTRIES[page_of(search)][0]), whose, search.author, told(search.filters)


def told(filters: Mapping[str, Any]) -> str:
    """« Type : Citoyenneté · Du : aujourd'hui »: filters as they were written; the list itself is said elsewhere."""
    return " · ".join(
        _("{name}: {value}", name=_(NAMES[name]), value=_value(name, value))
        for name, value in filters.items()
        if name != "view"
    )


def _value(name: str, value: str | list[str]) -> str:
    words = [value] if isinstance(value, str) else value
    return ", ".join(wording.label(word) if name == "status" else word for word in words)
