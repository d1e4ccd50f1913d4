"""« Guichets »: counters by place, reference weeks, closures, and what else the administrator sets up (C1–C8)."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher, DataTable, Input, Label, Static

from rdv.engine.setup import weeks
from rdv.engine.views.appointments import Impact
from rdv.engine.views.setup import WeekView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Right, fold
from rdv.tui.base.page import Page
from rdv.tui.base.sections import Section, detail, place_labels, seen_by
from rdv.tui.dialogs.dialog import ConfirmDialog
from rdv.tui.dialogs.impact import change
from rdv.tui.dialogs.kept_slots import KeptSlotsDialog
from rdv.tui.flows import ask, foreground, reading
from rdv.tui.forms.closure_form import HolidaysForm
from rdv.tui.forms.record_forms import PasswordForm
from rdv.tui.shift import Shift
from rdv.tui.widgets.bars import Press
from rdv.tui.widgets.keys import TURN
from rdv.tui.widgets.lines import SearchField, write
from rdv.tui.widgets.table import Table
from rdv.tui.writes import call

ONLY_IN = {"kept": "counters", "holidays": "closures", "password": "agents"}
"""What can be done in one list alone."""

FRAME = 6
"""Lines of a screen that are not the list's: banner, menu, bars, head, keys."""

HIGH = 30
"""Lines of a screen from which what is pointed at is drawn below the list, however long that is."""


class CountersPage(Page):
    """One list at a time, a field that narrows it as one types, and forms that open over it."""

    ENTRY = "counters"
    BINDINGS: ClassVar[list[Any]] = [
        Binding("a", "add", N_("Add")),
        Binding("m", "edit", N_("Change")),
        Binding("delete", "remove", N_("Remove")),
        Binding("s", "kept", N_("Suspended slots")),
        Binding("h", "holidays", N_("Public holidays")),
        Binding("p", "password", N_("Password")),
        Binding("slash", "look", N_("Search"), key_display="/"),
        Binding("escape", "list", N_("List")),
        Binding("down", "list", show=False),
        Binding("comma", "turn(-1)", "‹", tooltip=N_("Previous list"), group=TURN),
        Binding("full_stop", "turn(1)", "›", tooltip=N_("Next list"), group=TURN),
    ]

    def __init__(self, shift: Shift) -> None:
        super().__init__(shift)
        self.sections = seen_by(shift)
        self.opened = next(iter(self.sections))
        self.found: dict[int, Any] = {}
        self.weeks: dict[str, WeekView] = {}

    def body(self) -> ComposeResult:
        with Horizontal(classes="summary"):
            for name, section in self.sections.items():
                yield Press(_(section.title), name, classes="-section")
        with Horizontal(classes="search"):
            yield Label(_("Search"))
            yield SearchField(placeholder=_("A part of what is in the list"), id="search", compact=True)
            yield Label("", id="count", markup=False)
        with ContentSwitcher(initial=self.opened):
            for name, section in self.sections.items():
                yield Table(*section.columns, whole=section.whole, id=name)
        yield Static("", id="picture", markup=False)

    def on_mount(self) -> None:
        """The list is under the finger."""
        self._mark()
        self.table.focus()

    @property
    def section(self) -> Section:
        """The list that is open."""
        return self.sections[self.opened]

    @property
    def table(self) -> Table:
        """Its rows."""
        return self.query_one(f"#{self.opened}", Table)

    @property
    def pointed(self) -> Any:
        """What the cursor is on."""
        return self.found.get(self.table.pointed or 0)

    # reading and showing

    @reading
    async def reload(self) -> None:
        """Read the list that is open. The cursor stays on its row."""
        section = self.section

        async def read() -> tuple[list[Any], list[WeekView]]:
            return await self.shift.run(section.read), await self.shift.run(weeks.list_weeks)

        found, known = await self.patiently(read)
        self.found = {view.id: view for view in found}
        self.weeks = {week.label: week for week in known}
        self._show()

    @on(Input.Changed, "#search")
    def _show(self) -> None:
        """Shows the rows that hold all that is typed."""
        wanted = fold(self.query_one("#search", Input).value).split()
        rows = {key: self.section.row(view) for key, view in self.found.items()}
        shown = {key: row for key, row in rows.items() if all(word in _words(row) for word in wanted)}
        self.table.fill(shown)
        told = _("{shown} of {count}", shown=len(shown), count=len(rows)) if wanted else str(len(rows))
        write(self.query_one("#count", Label), told)
        self._draw()

    @on(DataTable.RowHighlighted)
    def _draw(self) -> None:
        """What is pointed at, below the list."""
        picture = self.query_one("#picture", Static)
        lines = detail(self.pointed, self.weeks, max(40, self.size.width - 4)) if self.pointed else []
        write(picture, "\n".join(lines))
        left = self.size.height - FRAME - len(self.table.keys)
        picture.display = bool(lines) and (self.size.height >= HIGH or left > len(lines))

    def on_resize(self) -> None:
        """Another width, another picture."""
        self._draw()

    def _mark(self) -> None:
        for press in self.query(Press):
            press.set_class(press.name == self.opened, "-on")

    # going about

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the agent has no right to, and what makes no sense in this list, has no key (G1)."""
        if action in ONLY_IN and self.opened != ONLY_IN[action]:
            return False
        if action in ("add", "edit", "remove", "holidays", "password"):
            return self.shift.may(self.section.right)
        if action == "kept":
            return self.shift.may(Right.COUNTERS, Right.APPOINTMENTS)
        if action in ("list", "look"):
            return (self.focused is not None and self.focused.id == "search") == (action == "list")
        return super().check_action(action, parameters)

    def action_turn(self, by: int) -> None:
        """The list before or after this one."""
        names = list(self.sections)
        self._open(names[(names.index(self.opened) + by) % len(names)])

    @on(Press.Pressed)
    def _pressed(self, event: Press.Pressed) -> None:
        self._open(event.name)

    def _open(self, name: str) -> None:
        self.opened = name
        self.found = {}
        self.query_one(ContentSwitcher).current = name
        with self.prevent(Input.Changed):
            self.query_one("#search", Input).value = ""
        self._mark()
        self.table.focus()
        self.refresh_bindings()
        self.reload()

    def action_look(self) -> None:
        """To the field."""
        self.query_one("#search").focus()

    def action_list(self) -> None:
        """To the list."""
        self.table.focus()

    @on(Input.Submitted, "#search")
    def _submitted(self) -> None:
        self.action_list()

    # what is done

    @on(Table.Opened)
    def _opened(self) -> None:
        if self.shift.may(self.section.right):
            self.action_edit()

    def action_add(self) -> None:
        """Open the form of a new one."""
        self.open_form(self.section, None)

    def action_edit(self) -> None:
        """Open the form of the row under the cursor."""
        self.open_form(self.section, self.required(self.pointed))

    @foreground
    async def open_form(self, section: Section, view: Any) -> None:
        """Show the form, until it is saved or closed."""
        await ask(self, await section.form(self.shift, view))

    def action_remove(self) -> None:
        """Remove the row under the cursor: the impact is asked about, or at least a yes (I1, C8)."""
        self.ask_to_remove(self.section, self.required(self.pointed))

    @foreground
    async def ask_to_remove(self, section: Section, view: Any) -> None:
        """Ask, and remove."""
        removal = call(section.remove, **{section.kind: view.id})
        label = getattr(view, "label", None) or view.login
        foreseen = await self.shift.preview(section.remove, **removal.given)
        touches = isinstance(foreseen, Impact) and not (foreseen.is_empty and not foreseen.restorable)
        question = _("Remove « {label} »?", label=label)
        if not touches and not await ask(self, ConfirmDialog(question, _("Remove"))):
            return
        said = _("Removed: {name}", name=label)
        if isinstance(foreseen, Impact):
            await change(self, self.shift, removal, said=said)
        else:
            await self.shift.write(removal, said=said)

    def action_kept(self) -> None:
        """Show the suspended and reserved slots of the counter, to free them (S2)."""
        self.show_kept(self.required(self.pointed))

    @foreground
    async def show_kept(self, counter: Any) -> None:
        """Show them, until they are closed."""
        await ask(self, KeptSlotsDialog(self.shift, counter))

    def action_holidays(self) -> None:
        """Close on the public holidays of a year."""
        self.add_holidays()

    @foreground
    async def add_holidays(self) -> None:
        """Ask for the year."""
        await ask(self, HolidaysForm(self.shift, await place_labels(self.shift)))

    def action_password(self) -> None:
        """Give the agent another password."""
        self.change_password(self.required(self.pointed))

    @foreground
    async def change_password(self, agent: Any) -> None:
        """Ask for it."""
        await ask(self, PasswordForm(self.shift, agent))


def _words(row: tuple[object, ...]) -> str:
    """A row as it is searched."""
    return fold(" ".join(wording.plain(value) for value in row))
