"""« À replanifier » and « Sans statut »: those whose slot is gone, to come (A5) or past (A6)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from rdv.changes import Changes
from rdv.engine.booking import appointments
from rdv.engine.views.appointments import AppointmentCard
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import AppointmentList
from rdv.tui.base.list_page import ACTIONS, ListPage
from rdv.tui.dialogs.plan import PlanDialog
from rdv.tui.flows import ask, foreground
from rdv.tui.shift import Shift
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.table import contact

MOST = 500
"""How many are shown at most: nobody reads more, filters make them fewer."""


class LostPage(ListPage):
    """A list of those who have no slot any more, and what took it."""

    LIST = "appointments"
    VIEW: ClassVar[AppointmentList]
    COLUMNS = (N_("When"), N_("Partner"), N_("Why without slot"), N_("Counter"), N_("Type"), N_("Contact"))
    WHOLE = 3
    widen = False
    count = 0
    """How many the search that is run finds, beyond those that are shown as well."""

    def concerns(self, changes: Changes) -> bool:
        """A search is run again whenever anything changed."""
        return super().concerns(changes) or self.search is not None

    async def read(self) -> Sequence[AppointmentCard]:
        """The list, as far as it is shown, or what a saved search finds."""
        if self.search is not None:
            found = await self.run_saved(self.search)
            self.count = len(found)
            return found[:MOST]
        return await self.shift.run(
            appointments.list_appointments,
            view=self.VIEW, widen=self.widen, limit=MOST, **self.shift.filters.as_given(),
        )  # fmt: skip

    def row(self, card: AppointmentCard) -> tuple[object, ...]:
        """When it was, whose it is, why it has no slot, where, how to reach them."""
        why = card.displaced_by and wording.label(card.displaced_by)
        return self.when(card.starts_at), card.partner.name, why, card.counter, card.type, contact(card.partner)

    def own_filters(self) -> dict[str, Any]:
        """Which list it is."""
        return {"view": str(self.VIEW)} | ({"all": "yes"} if self.widen else {})

    def summary(self) -> str:
        """How many there are; when there are more, that filters help."""
        if self.search is not None:
            told = _("{shown} of {count}", shown=MOST, count=self.count) if self.count > MOST else self.count
            return _("Search: {name} ({count})", name=self.search.label, count=told)
        if self.count_found < MOST:
            return super().summary()
        return _("The first {count} appointments: filters show the others", count=MOST)


class ToReschedulePage(LostPage):
    """Those to come whose slot is gone: each can be moved, and new slots be proposed for all."""

    ENTRY = "to_reschedule"
    VIEW = AppointmentList.TO_RESCHEDULE
    NOTHING = N_("Nobody has to be given another slot.")
    BINDINGS: ClassVar[list[Any]] = [Binding("p", "plan", N_("New slots")), *ACTIONS]

    def choices(self) -> ComposeResult:
        """A plan for all."""
        yield Press(_("p Propose new slots"), "plan", classes="-mode")

    def action_plan(self) -> None:
        """Plan new slots for the marked ones, or for all that the filters let pass (I3)."""
        self.required(self.found)
        given: dict[str, Any] = {"appointments": [card.id for card in self.marked]}
        if not given["appointments"]:
            given = {"view": self.VIEW, **self.shift.filters.as_given()}
        self.plan(given)

    @foreground
    async def plan(self, given: dict[str, Any]) -> None:
        """Show the plan."""
        await ask(self, PlanDialog(self.shift, **given))


class PastPage(LostPage):
    """Those that are past and have no outcome: of slots that are gone, or all of them (A6)."""

    ENTRY = "past"
    VIEW = AppointmentList.PAST_WITHOUT_STATUS
    NOTHING = N_("Every past appointment has its outcome.")
    BINDINGS: ClassVar[list[Any]] = [*ACTIONS, Binding("v", "widen", N_("All past ones"))]

    def __init__(self, shift: Shift) -> None:
        super().__init__(shift)
        self.widen = False

    def nothing(self) -> str:
        """None at all, or none among those whose slot is gone."""
        return super().nothing() if self.widen else _("None of those whose slot is gone. v shows all past ones.")

    def choices(self) -> ComposeResult:
        """All, or those alone whose slot is gone."""
        yield Press(_("v All past ones"), "widen", classes="-mode")

    def action_widen(self) -> None:
        """All that have no outcome, or again those alone whose slot is gone."""
        self.widen = not self.widen
        self.query_one("Press.-mode").set_class(self.widen, "-on")
        self.leave_search()
