"""Someone who comes without an appointment: the slots of today that are still free, soonest first (A3)."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button

from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.widgets.table import Choices


class WalkInDialog(Dialog[SlotView]):
    """The next free slot of today at each counter, for a walk-in; the answer is one of them."""

    TITLE_TEXT = N_("Someone is here without an appointment")

    def __init__(self, free: Sequence[SlotView]) -> None:
        super().__init__()
        self.free = dict(enumerate(free))

    def body(self) -> ComposeResult:
        yield Choices(N_("Time"), N_("Type"), N_("Counter"), N_("Place"), id="free")

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        yield Button(_("Assign"), id="pick", variant="primary")

    def on_mount(self) -> None:
        """Focus the soonest one."""
        super().on_mount()
        table = self.query_one(Choices)
        table.fill({n: (wording.clock(s.starts_at), s.type, s.counter, s.place) for n, s in self.free.items()})
        table.focus()

    @on(Choices.Opened)
    def _opened(self, event: Choices.Opened) -> None:
        self.dismiss(self.free[event.key])

    @on(Button.Pressed, "#pick")
    def _picked(self) -> None:
        self.query_one(Choices).action_open()
