"""« Partenaires »: whom one looks for, as one types; their files (A7)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Input, Label

from rdv.changes import Part
from rdv.engine.booking import partners
from rdv.engine.views.appointments import SearchView
from rdv.engine.views.partners import PartnerCard
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Refused, Right
from rdv.tui.base.appointment_flows import open_partner
from rdv.tui.base.searchable import Searchable
from rdv.tui.dialogs.merge import MergeDialog
from rdv.tui.dialogs.partner_form import PartnerForm
from rdv.tui.flows import ask, foreground, reading
from rdv.tui.shift import Shift
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.lines import SearchField, write
from rdv.tui.widgets.table import Table
from rdv.tui.writes import call

SHOWN = 200
"""How many are listed: whoever sees as many types another letter."""


class PartnersPage(Searchable):
    """A field, and the partners whom its words mean below."""

    ENTRY = "partners"
    PARTS = (Part.PARTNERS,)
    LIST = "partners"
    BINDINGS: ClassVar[list[Any]] = [
        Binding("slash", "look", N_("Search"), key_display="/", show=False),
        Binding("escape", "list", N_("List")),
        Binding("down", "list", show=False),
        Binding("n", "add", N_("New file")),
        Binding("m", "edit", N_("Change")),
        Binding("g", "merge", N_("Merge")),
        Binding("h", "history", N_("History")),
    ]

    def __init__(self, shift: Shift) -> None:
        super().__init__(shift)
        self.found: dict[int, PartnerCard] = {}

    def body(self) -> ComposeResult:
        with Horizontal(classes="search"):
            yield Label(_("Search"), id="search-label")
            yield SearchField(placeholder=_("Name, phone, code or e-mail"), id="search", compact=True)
            yield Label("", id="count", markup=False)
            if self.shift.may(Right.APPOINTMENTS):
                yield Press(_("New file"), "add", classes="-mode")
        columns = (N_("Name"), N_("Code"), N_("Appts"), N_("Phone"), N_("E-mail"))
        yield Table(*columns, markable=True, id="partners")

    def on_mount(self) -> None:
        """One types at once."""
        self.query_one("#search").focus()

    @reading
    async def reload(self) -> None:
        """Read which partners the words mean now. The cursor stays on its row."""
        text = self.query_one("#search", Input).value

        async def read() -> list[PartnerCard]:
            return await self.shift.run(partners.find_partners, text=text, limit=SHOWN)

        self._show(await self.patiently(read))

    def _show(self, cards: Sequence[PartnerCard]) -> None:
        self.found = {card.id: card for card in cards}
        self.query_one(Table).fill({card.id: _row(card) for card in cards})
        told = _("Found: {count}", count=len(cards)) if len(cards) < SHOWN else _("The first {count}", count=SHOWN)
        write(self.query_one("#count", Label), told)

    # saved searches (Q1, Q2)

    async def filters_now(self) -> dict[str, Any]:
        """The words."""
        return {"text": self.query_one("#search", Input).value.strip()}

    def show_search(self, search: SearchView) -> None:
        """Its words are put in the field: they are all that it holds."""
        self.query_one("#search", Input).value = str(search.filters.get("text", ""))
        self.query_one(Table).focus()

    # what is typed and chosen

    @on(Input.Changed, "#search")
    def _typed(self) -> None:
        self.reload()

    @on(Input.Submitted, "#search")
    def _submitted(self) -> None:
        table = self.query_one(Table)
        if len(self.found) == 1:
            table.action_open()
        table.focus()

    @on(Press.Pressed)
    def _pressed(self) -> None:
        self.action_add()

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        if event.key in self.found:
            self.open_file(self.found[event.key].code)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the agent has no right to, and what makes no sense where one types, has no key (G1)."""
        if action in ("add", "edit", "merge"):
            return self.shift.may(Right.APPOINTMENTS)
        typing = self.focused is not None and self.focused.id == "search"
        if action in ("list", "look"):
            return typing == (action == "list")
        return super().check_action(action, parameters)

    def action_look(self) -> None:
        """To the field."""
        self.query_one("#search").focus()

    def action_list(self) -> None:
        """To the list."""
        self.query_one(Table).focus()

    # files

    @property
    def chosen(self) -> list[PartnerCard]:
        """The marked ones, or the one that is pointed at."""
        return [self.found[key] for key in self.query_one(Table).chosen if key in self.found]

    @foreground
    async def open_file(self, code: str, tab: str = "appointments") -> None:
        """Show the file, until it is closed."""
        await open_partner(self, self.shift, code, tab=tab)

    def action_history(self) -> None:
        """Show what happened to the file."""
        self.open_file(self.required(self.chosen)[0].code, "history")

    def action_add(self) -> None:
        """Make a new file. The words of the search field are offered as its name."""
        words = self.query_one("#search", Input).value
        self.add(words.strip() if any(letter.isalpha() for letter in words) and "@" not in words else "")

    @foreground
    async def add(self, name: str) -> None:
        """Ask for name, phone, e-mail."""
        card = await ask(self, PartnerForm(self.shift, name=name))
        if card is not None:
            self.query_one("#search", Input).value = card.code
            self.action_list()

    def action_edit(self) -> None:
        """Change name, phone, e-mail."""
        self.edit(self.required(self.chosen)[0])

    @foreground
    async def edit(self, card: PartnerCard) -> None:
        """Ask for them."""
        await ask(self, PartnerForm(self.shift, card))

    def action_merge(self) -> None:
        """Make one file of the two that are marked."""
        self.merge(self.chosen)

    @foreground
    async def merge(self, chosen: Sequence[PartnerCard]) -> None:
        """Ask which code stays."""
        if len(chosen) != 2:
            raise Refused("two_files")
        kept = await ask(self, MergeDialog(*chosen))
        if kept is None:
            return
        gone = next(card for card in chosen if card is not kept)
        await self.shift.write(
            call(partners.merge_partners, partner=gone.code, into=kept.code),
            said=_(
                N_("{name}: {gone} is now {kept}, both codes answer"), name=kept.name, gone=gone.code, kept=kept.code
            ),
        )


def _row(card: PartnerCard) -> tuple[object, ...]:
    return card.name, card.code, card.appointments, card.phone and wording.phone(card.phone), card.email
