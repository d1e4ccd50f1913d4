"""« Plages d'exception »: days when another week holds at a counter, or none (C5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from textual.app import ComposeResult

from rdv.engine.setup.exceptions import Period, check_periods
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.form import Form
from rdv.tui.shift import Shift
from rdv.tui.widgets.day_field import DayField


@dataclass(frozen=True, slots=True)
class Draft:
    """An exception period as it stands in the form of its counter; `week` and `id` are ids."""

    first: date
    last: date
    week: int | None = None
    id: int | None = None

    def as_given(self) -> Period:
        """As use cases take it."""
        return Period(self.first, self.last, self.week, self.id)


class ExceptionForm(Form[Draft]):
    """First day, last day, and the week that holds in between; the answer goes back to the counter's form.

    `others` are the periods that it must not overlap.
    """

    NEW = N_("New exception period")
    KNOWN = N_("Exception period")
    REQUIRED: ClassVar[Mapping[str, str]] = {"first": N_("First day"), "last": N_("Last day")}

    def __init__(
        self, shift: Shift, weeks: Mapping[int, str], draft: Draft | None, counter: str, others: Sequence[Draft]
    ) -> None:
        super().__init__(shift, draft)
        self.weeks, self.counter, self.others = weeks, counter, others

    def heading(self) -> str:
        """Whose period it is."""
        title = _(self.NEW if self.view is None else self.KNOWN)
        return f"{title} — {self.counter}" if self.counter else title

    def fields(self) -> ComposeResult:
        draft, today = self.view, self.shift.now.date()
        yield self.label_for("first", N_("First day"))
        yield DayField(draft and draft.first, today, id="first")
        yield self.label_for("last", N_("Last day"))
        yield DayField(draft and draft.last, today, id="last")
        yield self.label_for("week", N_("Week"))
        yield self.choice("week", self.weeks, draft and draft.week, nothing=N_("Closed"))

    async def save(self) -> Draft | None:
        """The period, when it could stand beside the others; it is kept when the counter is."""
        first, last = self.day("first"), self.day("last")
        if first is None or last is None:
            return None
        days: list[tuple[Any, Any]] = [(other.first, other.last) for other in self.others]
        check_periods(self.counter, [*days, (first, last)])
        return Draft(first, last, self.chosen("week"), self.view.id if self.view else None)
