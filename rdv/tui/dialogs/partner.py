"""A partner's file: who it is, the appointments by type with their count, what happened to it (A7)."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Button, Label

from rdv import wording
from rdv.engine import partners
from rdv.engine.views import PartnerFile
from rdv.sentences.mark import N_
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.dialogs.partner_form import PartnerForm
from rdv.tui.flows import flow
from rdv.tui.shift import Shift
from rdv.tui.widgets.table import Table, contact
from rdv.wording import say as _


class PartnerDialog(Dialog[int]):
    """The tab « Rendez-vous » of the file; the answer is the number of an appointment to open."""

    TITLE_TEXT = N_("Partner's file")
    BINDINGS: ClassVar[list[Any]] = [
        Binding("v", "show(False)", N_("See all")),
        Binding("b", "show(True)", N_("Upcoming")),
        Binding("m", "edit", N_("Change")),
        Binding("h", "history", N_("History")),
    ]

    def __init__(self, code: str, shift: Shift) -> None:
        super().__init__()
        self.code, self.shift = code, shift
        self.upcoming = False

    def body(self) -> ComposeResult:
        yield Label("", id="who", markup=False)
        yield Table(N_("Place"), N_("Counter"), N_("Date"), N_("Status"), id="appointments")
        yield Label("", id="history", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button(_(N_("Close")), id="close")
        yield Button(_(N_("See all")), id="all")
        yield Button(_(N_("Upcoming")), id="upcoming")
        yield Button(_(N_("Change")), id="edit")

    def on_mount(self) -> None:
        """All of them at first."""
        super().on_mount()
        self._read()

    @flow("read")
    async def _read(self) -> None:
        file = await self.shift.run(partners.show_partner, partner=self.code, upcoming=self.upcoming)
        self._show(file)

    def _show(self, file: PartnerFile) -> None:
        card = file.card
        self.query_one(".dialog--title", Label).update(f"{card.name} ({card.code})")
        self.query_one("#who", Label).update(contact(card) or _(N_("No phone, no e-mail.")))
        rows: dict[int, tuple[object, ...]] = {}
        for number, group in enumerate(file.groups, 1):
            rows[-number] = (f"▾ {group.type} ({group.count})", "", "", "")
            for one in group.appointments:
                status = f"{wording.SIGNS[one.status]} {wording.label(one.status)}"
                rows[one.id] = (one.place, one.counter, one.starts_at, status)
        table = self.query_one(Table)
        table.fill(rows)
        if not table.has_focus:
            table.focus()

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        if event.key > 0:
            self.dismiss(event.key)

    def action_show(self, upcoming: bool) -> None:
        """« Voir tous » or « À venir »."""
        self.upcoming = upcoming
        self._read()

    @flow("act")
    async def action_edit(self) -> None:
        """Name, phone, e-mail."""
        file = await self.shift.run(partners.show_partner, partner=self.code)
        if await self.app.push_screen_wait(PartnerForm(self.shift, file.card)) is not None:
            self._read()

    @flow("read")
    async def action_history(self) -> None:
        """What happened to the file."""
        lines = await self.shift.run(partners.partner_history, partner=self.code)
        told = [
            f"{wording.moment(line.at)}  {wording.taker(line.actor)} : {wording.story(line.action, line.facts)}"
            for line in lines
        ]
        self.query_one("#history", Label).update("\n".join(told) or _(N_("Nothing happened to this file.")))

    @on(Button.Pressed, "#all")
    def _all(self) -> None:
        self.action_show(False)

    @on(Button.Pressed, "#upcoming")
    def _upcoming(self) -> None:
        self.action_show(True)

    @on(Button.Pressed, "#edit")
    def _edit(self) -> None:
        self.action_edit()
