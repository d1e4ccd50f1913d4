"""A date to type."""

from datetime import date
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Label

from rdv import date_input
from rdv.date_input import Moment
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import RdvError
from rdv.tui.dialogs.dialog import Dialog


class DateDialog(Dialog[Moment]):
    """Any day, as people write it, with `today` for an example."""

    TITLE_TEXT: ClassVar[str] = N_("Go to a date")

    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today

    def body(self) -> ComposeResult:
        yield Label(_("{day}, tomorrow, monday, +3d, +2w", day=wording.day(self.today)))
        yield Input(id="day")

    def buttons(self) -> ComposeResult:
        yield Button(_("Close"), id="close")
        yield Button(_("Go"), id="go", variant="primary")

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def _go(self) -> None:
        try:
            self.dismiss(date_input.read_day(self.query_one(Input).value))
        except RdvError as error:
            self.refuse(error)
