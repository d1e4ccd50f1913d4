"""A reference week: its hours as OpenStreetMap writes them, and the week drawn as one types (C3)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Static

from rdv.engine.core.schedule import Opening
from rdv.engine.setup import weeks
from rdv.engine.views.setup import WeekView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Invalid, RdvError
from rdv.tui.dialogs.form import Form, saved
from rdv.tui.dialogs.impact import change
from rdv.tui.drawing.week import draw_week, mark_place
from rdv.tui.shift import Shift
from rdv.tui.writes import call

USUAL_SLOT = 30
"""Minutes of a slot of a new week."""


class HoursRow(Horizontal):
    """Opening hours and the length of their slots."""

    def __init__(self, text: str, slot: int) -> None:
        super().__init__(classes="hours")
        self._text, self._slot = text, slot

    def compose(self) -> ComposeResult:
        example = "Mo-Fr 08:30-12:00,13:30-17:00; Sa 09:00-12:00"
        yield Label(_("Hours"))
        yield Input(self._text, placeholder=example, compact=True, classes="hours--text")
        yield Label(_("slots of"), classes="hours--unit")
        yield Input(str(self._slot), compact=True, max_length=4, classes="hours--slot")
        yield Label("min", classes="hours--unit")

    @property
    def text(self) -> str:
        """The hours as they are typed."""
        return self.query_one(".hours--text", Input).value

    @property
    def written(self) -> tuple[str, int]:
        """As use cases take them; raises Invalid for a length that is no number."""
        typed = self.query_one(".hours--slot", Input).value.strip()
        if not typed.isdecimal():
            raise Invalid("slot_length", minutes=typed or "–")
        return self.text, int(typed)


class WeekForm(Form[str]):
    """The label, the hours by slot length, the drawing. The answer is the label."""

    NEW = N_("New reference week")
    KNOWN = N_("Reference week")
    REQUIRED: ClassVar[Mapping[str, str]] = {"label": N_("Label")}
    BINDINGS: ClassVar[list[Any]] = [Binding("ctrl+n", "more", N_("Other slot length"))]

    def __init__(self, shift: Shift, view: WeekView | None = None) -> None:
        super().__init__(shift, view)
        self.drawn: tuple[Opening, ...] = view.openings if view else ()

    def body(self) -> ComposeResult:
        known = weeks.written(self.view.openings) if self.view else []
        yield from super().body()
        with Vertical(id="hours"):
            for text, slot in known or [("", USUAL_SLOT)]:
                yield HoursRow(text, slot)
        yield Static("", id="drawing", markup=False)
        yield Static("", id="problem", markup=False)

    def fields(self) -> ComposeResult:
        yield self.label_for("label", N_("Label"))
        yield Input(self.view.label if self.view else "", id="label", compact=True)

    def on_mount(self) -> None:
        """With the week as it is."""
        super().on_mount()
        self.call_after_refresh(self.draw)

    def on_resize(self) -> None:
        """Another width, another drawing."""
        self.draw()

    @on(Input.Changed)
    def draw(self) -> None:
        """Draws what is typed; what cannot be read is pointed at, and the last good drawing stays, paler."""
        problem = ""
        try:
            self.drawn = weeks.weekly(self.written())
        except RdvError as error:
            problem = self._told(error)
        drawing = self.query_one("#drawing", Static)
        drawing.update("\n".join(draw_week(self.drawn, self._width)))
        drawing.set_class(bool(problem), "-stale")
        self.query_one("#problem", Static).update(problem)

    def written(self) -> list[tuple[str, int]]:
        """The hours that are typed, without the rows that are empty; raises Invalid."""
        return [row.written for row in self.query(HoursRow) if row.text.strip()]

    async def action_more(self) -> None:
        """Another row, for hours with slots of another length."""
        row = HoursRow("", USUAL_SLOT)
        await self.query_one("#hours").mount(row)
        row.query_one(".hours--text").focus()

    async def save(self) -> str | None:
        """Adds the week, or changes it once the impact on all of its counters is accepted (I1)."""
        label, hours = self.text("label"), self.written()
        if self.view is None:
            made: WeekView = await self.shift.write(
                call(weeks.add_week, label=label, hours=hours), said=saved(label, is_new=True)
            )
            return made.label
        does = call(weeks.set_week, week=self.view.id, label=label, hours=hours)
        done = await change(self, self.shift, does, said=saved(label))
        return None if done is None else label

    @property
    def _width(self) -> int:
        return self.query_one("#drawing").size.width or 70

    def _told(self, error: RdvError) -> str:
        at, text = error.facts.get("at"), error.facts.get("text")
        told = wording.sentence(error)
        if isinstance(at, int) and isinstance(text, str):
            excerpt, arrow = mark_place(text, at, self._width)
            told = " ".join((f"{excerpt}\n{arrow}", _("cannot be read")))
        return told
