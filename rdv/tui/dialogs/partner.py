"""A partner's file: the person, the appointments by type with their number, the history (A7)."""

from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Button, Label, TabbedContent, TabPane

from rdv.engine.booking import partners
from rdv.engine.views.appointments import PartnerFile
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Right
from rdv.tui.dialogs.dialog import Dialog, history_line
from rdv.tui.dialogs.partner_form import PartnerForm
from rdv.tui.flows import ask, foreground, reading
from rdv.tui.shift import Shift
from rdv.tui.widgets.table import Table, contact, printable

HEADS = -1000
"""The key of the head of the first type, of the second below it, and so on: keys above are of appointments."""


class PartnerDialog(Dialog[int]):
    """The file in two tabs, « Rendez-vous » and « Historique »; the answer is the number of an appointment to open."""

    TITLE_TEXT = N_("Partner's file")
    BINDINGS: ClassVar[list[Any]] = [
        Binding("v", "show(False)", N_("See all")),
        Binding("b", "show(True)", N_("To come")),
        Binding("m", "edit", N_("Change")),
        Binding("h", "history", N_("History")),
    ]

    def __init__(self, code: str, shift: Shift, tab: str = "appointments") -> None:
        super().__init__()
        self.code, self.shift, self.tab = code, shift, tab
        self.upcoming = False
        self.folded: set[str] = set()
        self.file: PartnerFile | None = None

    def body(self) -> ComposeResult:
        yield Label("", id="who", markup=False)
        with TabbedContent(initial=self.tab):
            with TabPane(_("Appointments"), id="appointments"):
                yield Table(N_("Place"), N_("Counter"), N_("Date ↓"), N_("Status"))
                yield Label(_("No appointment."), id="none")
            with TabPane(_("History"), id="history"), VerticalScroll():
                yield Label("", id="story", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        yield Button(_("See all"), id="all")
        yield Button(_("To come"), id="upcoming")
        if self.shift.may(Right.APPOINTMENTS):
            yield Button(_("Change"), id="edit")

    def on_mount(self) -> None:
        """Show all appointments at first."""
        super().on_mount()
        self.query_one(Table if self.tab == "appointments" else "#close").focus()
        self._read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow changes to agents with the right (G1)."""
        return action != "edit" or self.shift.may(Right.APPOINTMENTS)

    @reading
    async def _read(self) -> None:
        file = await self.shift.run(partners.show_partner, partner=self.code, upcoming=self.upcoming)
        lines = await self.shift.run(partners.partner_history, partner=self.code)
        self._show(file)
        told = [history_line(line) for line in reversed(lines)]
        self.query_one("#story", Label).update("\n".join(told) or _("Nothing happened to this file."))

    def _show(self, file: PartnerFile) -> None:
        self.file = file
        card = file.card
        self.query_one(".dialog--title", Label).update(f"{card.name} ({card.code})")
        self.query_one("#who", Label).update(contact(card) or _("No phone, no e-mail."))
        rows: dict[int, tuple[object, ...]] = {}
        for number, group in enumerate(file.groups):
            is_folded = group.type in self.folded
            head = f"{'▸' if is_folded else '▾'} {group.type} ({group.count})"
            rows[HEADS - number] = (Text(printable(head), "bold"), *[Text("")] * 3)
            for one in () if is_folded else group.appointments:
                status = wording.signed(one.status)
                rows[one.id] = (one.place, one.counter, f"{one.starts_at:%d/%m/%Y %H:%M:%S}", status)
        table = self.query_one(Table)
        table.fill(rows)
        table.display = bool(rows)
        self.query_one("#none").display = not rows
        for name in ("all", "upcoming"):
            self.query_one(f"#{name}").set_class(self.upcoming == (name == "upcoming"), "-on")

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        if event.key > 0:
            self.dismiss(event.key)
        elif self.file is not None:
            self.folded ^= {self.file.groups[HEADS - event.key].type}
            self._show(self.file)

    def action_show(self, upcoming: bool) -> None:
        """Switch between « Voir tous » and « À venir »."""
        self.upcoming = upcoming
        self.query_one(TabbedContent).active = "appointments"
        self._read()

    def action_edit(self) -> None:
        """Change name, phone, e-mail."""
        self.edit()

    @foreground
    async def edit(self) -> None:
        """Ask for them."""
        file = await self.shift.run(partners.show_partner, partner=self.code)
        if await ask(self, PartnerForm(self.shift, file.card)) is not None:
            self._read()

    def action_history(self) -> None:
        """Show the history of the file, or the appointments again."""
        tabs = self.query_one(TabbedContent)
        tabs.active = "appointments" if tabs.active == "history" else "history"

    @on(Button.Pressed, "#all")
    def _all(self) -> None:
        self.action_show(False)

    @on(Button.Pressed, "#upcoming")
    def _upcoming(self) -> None:
        self.action_show(True)

    @on(Button.Pressed, "#edit")
    def _edit(self) -> None:
        self.action_edit()
