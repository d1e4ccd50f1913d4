"""The appointments that a change affects, before anything is written (I1)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Button, Label

from rdv.engine.views.appointments import Impact
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.flows import ask_unforeseen
from rdv.tui.shift import Shift
from rdv.tui.widgets.table import Table, contact
from rdv.tui.writes import Call, call


class ImpactDialog(Dialog[str]):
    """The appointments that a change touches; the answer is `go`, or `restore` to give slots back as well."""

    TITLE_TEXT = N_("Whom this touches")
    BINDINGS: ClassVar[list[Any]] = [Binding("ctrl+s", "go", N_("Go on"))]

    def __init__(self, impact: Impact, now: datetime) -> None:
        super().__init__()
        self.impact, self.now = impact, now

    def body(self) -> ComposeResult:
        seen = self.impact
        if not seen.is_empty:
            counts = {
                "rescheduled": seen.to_reschedule, "past": seen.past_without_status, "holds": seen.holds_dropped,
            }  # fmt: skip
            yield Label(
                _("To reschedule: {rescheduled} · past without status: {past} · holds dropped: {holds}", **counts)
            )
        if seen.appointments:
            yield Table(N_("When"), N_("Partner"), N_("Contact"), N_("Status"), id="touched")
        if seen.unreachable:
            names = [card.partner.name for card in seen.unreachable]
            told = _("No message can tell them, their file has no phone and no e-mail: {names}.", names=names)
            yield Label(told, classes="warning", markup=False)
        if seen.restorable:
            names = [card.partner.name for card in seen.restorable]
            yield Label(_("Could have their slot back: {names}.", names=names), markup=False)

    def buttons(self) -> ComposeResult:
        yield Button(_("Change nothing"), id="close")
        if self.impact.restorable:
            yield Button(_("Go on and give slots back"), id="restore")
        yield Button(_("Go on"), id="go", variant="warning")

    def on_mount(self) -> None:
        """Fill the table and focus the careful answer."""
        super().on_mount()
        for table in self.query(Table):
            table.fill({
                card.id: (
                    wording.short_moment(card.starts_at, self.now),
                    card.partner.name, contact(card.partner), card.status,
                )
                for card in self.impact.appointments
            })  # fmt: skip
        self.query_one("#close").focus()

    def action_go(self) -> None:
        """Go on with the change."""
        self.dismiss("go")

    @on(Button.Pressed, "#go, #restore")
    def _answered(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id)


async def change(
    screen: Screen[Any],
    shift: Shift,
    does: Call,
    *,
    said: str,
    back: Callable[[Any, Any], Sequence[Call]] | None = None,
) -> Impact | None:
    """Preview a change, ask when it touches someone (I1), make it. Return None if the agent thought better of it."""
    foreseen = await shift.preview(does.function, **does.given)
    extra: dict[str, Any] = {}
    if not foreseen.is_empty or foreseen.restorable:
        answer = await ask_unforeseen(screen, ImpactDialog(foreseen, shift.now))
        if answer is None:
            return None
        extra = {"restore": True} if answer == "restore" else {}
    done: Impact = await shift.write(
        call(does.function, **does.given, **extra), said=lambda impact: _told(said, impact), back=back
    )
    return done


def _told(said: str, done: Impact) -> str:
    """Return a sentence about the effect of a change."""
    told = [said]
    if done.to_reschedule:
        told.append(_("To reschedule: {count}", count=done.to_reschedule))
    if done.restored:
        told.append(_("Back on their slot: {names}", names=[card.partner.name for card in done.restored]))
    return " · ".join(told)
