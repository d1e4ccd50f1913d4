"""A field for a day: typed as people write it, shown as it was understood when one leaves the field."""

from datetime import date
from typing import Any

from textual.widgets import Input

from rdv import date_input
from rdv.date_input import Moment
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import Invalid


class DayField(Input):
    """« lundi », « +3d », « 12/04/2017 », as seen from `today`."""

    def __init__(self, value: date | None, today: date, **more: Any) -> None:
        shown = wording.day(value) if value else ""
        example = _("{day}, tomorrow, monday, +2w", day=wording.day(today))
        super().__init__(shown, placeholder=example, compact=True, **more)
        self.today = today

    @property
    def day(self) -> date | None:
        """The day, None for an empty field; raises Invalid for what is none."""
        if not self.value.strip():
            return None
        try:
            return date_input.read_day(self.value).day(self.today)
        except Invalid:
            self.focus()
            raise

    @property
    def moment(self) -> Moment | None:
        """The same as use cases take it."""
        return None if (day := self.day) is None else date_input.on(day)

    def on_blur(self) -> None:
        """Shows what was understood; what was not stays as it was typed."""
        try:
            understood = date_input.read_day(self.value)
        except Invalid:
            return
        self.value = wording.day(understood.day(self.today))
