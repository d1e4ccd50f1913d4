"""The base of the two calendars: filters, period, day, week, month and list; reloading; choosing a date."""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import ContentSwitcher, Static

from rdv.changes import Changes
from rdv.engine.setup import counters
from rdv.engine.views.appointments import SearchView
from rdv.engine.views.setup import CounterView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.base.searchable import Filtered
from rdv.tui.dialogs.words import DateDialog
from rdv.tui.drawing import grid
from rdv.tui.drawing.grid import DaySum, Stack
from rdv.tui.flows import ask, background, foreground, patiently, reading
from rdv.tui.shift import Shift
from rdv.tui.widgets.bars import FilterBar, PeriodBar, Press
from rdv.tui.widgets.calendar import Calendar
from rdv.tui.widgets.keys import TURN
from rdv.tui.widgets.lines import write
from rdv.tui.widgets.month import Month
from rdv.tui.widgets.table import Table

MODES = ("day", "week", "month", "list")

MOST = 1000
"""The most rows of a list, because no agent reads more; filters reduce them."""


class CalendarPage(Filtered):
    """A calendar of what `read` finds; subclasses say how it is drawn and what can be done."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("t", "today", N_("Today")),
        Binding("comma,pageup", "turn(-1)", "‹", tooltip=N_("Previous period"), group=TURN),
        Binding("full_stop,pagedown", "turn(1)", "›", tooltip=N_("Next period"), group=TURN),
        Binding("g", "date", N_("Date")),
        Binding("d", "mode('day')", N_("Days"), show=False),
        Binding("w", "mode('week')", N_("Weeks"), show=False),
        Binding("m", "mode('month')", N_("Months"), show=False),
        Binding("l", "mode('list')", N_("List"), show=False),
    ]
    COLUMNS: ClassVar[tuple[str, ...]] = ()
    MARKABLE: ClassVar[bool] = False
    BUSY_ONLY: ClassVar[bool] = False

    def __init__(self, shift: Shift) -> None:
        super().__init__(shift)
        self.mode = "week"
        self.found: Sequence[Any] = ()
        self.held: dict[tuple[date, int], Stack[Any]] = {}
        self.desks: dict[int, str | None] = {}
        self.counters: list[CounterView] = []
        self.listed: dict[int, Any] = {}
        self.aim: date | None = None
        """The day that the cursor of the calendar goes to, once it is shown."""

    def body(self) -> ComposeResult:
        yield FilterBar()
        yield PeriodBar(MODES)
        with ContentSwitcher(initial="calendar"):
            yield Calendar(id="calendar")
            yield Month(id="month")
            yield Table(*self.COLUMNS, markable=self.MARKABLE, id="list")
            yield Static("", id="nothing", markup=False)
        yield Static(self.legend(), classes="legend", markup=False)

    # for subclasses

    def legend(self) -> str:
        """Return the signs of the calendar."""
        return ""

    async def read(self, first: date, last: date, counters: Sequence[int] = ()) -> Sequence[Any]:
        """Return what stands from one day to another, both included: at these counters, or at all that filters let
        pass."""
        raise NotImplementedError

    def words(self, items: tuple[Any, ...]) -> tuple[tuple[str, ...], str]:
        """Return what a block of the calendar says, and the name of its style."""
        raise NotImplementedError

    def sums(self, items: Iterable[Any], days: Sequence[date]) -> list[DaySum]:
        """Return these things, counted by day."""
        raise NotImplementedError

    def row(self, item: Any) -> tuple[object, ...]:
        """Return an item as a row of the list."""
        raise NotImplementedError

    def key(self, number: int, item: Any) -> int:
        """Return a key that identifies a row across reloads: its place, unless it has a number."""
        return number

    def is_due(self, item: Any) -> bool:
        """Return True for a row of the list that `*` marks first."""
        return False

    # reading and showing

    async def chosen_counters(self) -> list[CounterView]:
        """Return the counters that the filters let pass; know the desks of all."""
        seen = self.shift.filters
        self.desks = {one.id: one.desk for one in await self.shift.know(counters.list_counters)}
        chosen = await self.shift.know(counters.list_counters, types=seen.types, places=seen.places)
        return [one for one in chosen if not seen.counters or one.id in seen.counters]

    @property
    def days(self) -> list[date]:
        """Return the days on screen."""
        day = self.shift.day
        if self.mode == "day":
            return [day]
        return grid.month_days(day) if self.mode == "month" else grid.week_days(day)

    @reading
    async def reload(self) -> None:
        """Read what stands there now, and show it. The cursor stays on its slot."""
        days, mode = self.days, self.mode

        async def read() -> tuple[list[CounterView], Sequence[Any]]:
            chosen = await self.chosen_counters()
            await self.show_filters()
            if self.search is not None:
                return chosen, await self.run_saved(self.search)
            return chosen, await self.read(days[0], days[-1])

        self.counters, self.found = await self.patiently(read)
        self.held = {} if mode == "list" else grid.stack_up(self.found, self.words)
        self._show(days, mode)

    def _show(self, days: list[date], mode: str) -> None:
        self.refresh_bindings()
        self.query_one(PeriodBar).show(self._title(days, mode), mode)
        switcher = self.query_one(ContentSwitcher)
        if not self.counters and self.search is None:
            write(self.query_one("#nothing", Static), _("No counter answers to these filters."))
            switcher.current = "nothing"
        elif mode == "month":
            self._show_month(days)
            switcher.current = "month"
        elif mode == "list":
            table = self.query_one("#list", Table)
            self.listed = {self.key(number, item): item for number, item in enumerate(self.found[:MOST])}
            table.due = frozenset(key for key, item in self.listed.items() if self.is_due(item))
            table.fill({key: self.row(item) for key, item in self.listed.items()}, reveal=self.is_elsewhere)
            switcher.current = "list"
        else:
            self._show_calendar(days)
            switcher.current = "calendar"
            self.aim = None
        self.is_elsewhere = False
        if self.focused is None or not self.focused.display or self.focused.parent is switcher:
            current = switcher.query_one(f"#{switcher.current}")
            if self.focused is not current:
                current.focus()

    def _show_calendar(self, days: Sequence[date]) -> None:
        shown = days if self.mode == "day" else grid.shown_days(days, (day for day, _counter in self.held))
        laid_out = grid.arrange(self.held, days=shown, counters=self._heads(), busy_only=self.BUSY_ONLY)
        self.query_one(Calendar).show(laid_out, self.shift.now, day=self.aim)

    def _show_month(self, days: Sequence[date]) -> None:
        items = (item for stack in self.held.values() for item in stack.items)
        self.query_one(Month).show(self.sums(items, days), self.shift.day, self.shift.now.date())

    # changes of others

    def concerns(self, changes: Changes) -> bool:
        """Return True for a list if any of it changed, and for a search if anything did."""
        return super().concerns(changes) or self.search is not None or bool(self._shown(changes))

    def catch_up(self, changes: Changes) -> Any:
        """Read only the days of the counters that changed, where they are seen in a calendar."""
        if not self.concerns(changes):
            return None
        if super().concerns(changes) or self.mode == "list" or self.following.readings:
            return self.reload()
        return self._read_again(self._shown(changes))

    def minute_passed(self) -> None:
        """Read what time changes: today, and slots that are held for a while."""
        today = self.shift.now.date()
        passing = {(one.id, today) for one in self.counters if today in self.days}
        for (day, counter), stack in self.held.items():
            if any(map(self.is_passing, stack.items)):
                passing.add((counter, day))
        if self.mode == "list":
            self.reload()
        elif passing:
            self._read_again(passing)

    def is_passing(self, item: Any) -> bool:
        """Return True if time alone changes a thing, although its day is another."""
        return False

    def _shown(self, changes: Changes) -> set[tuple[int, date]]:
        """Return the counters and days that changed and are seen; one at a desk changes the others of the desk (C7)."""
        days, shown = set(self.days), {counter.id for counter in self.counters}
        changed = {(counter, day) for counter, day in changes.slots if day in days}
        at_desk = {(self.desks.get(counter), day) for counter, day in changed} - {(None, day) for day in days}
        beside = {(one.id, day) for one in self.counters for desk, day in at_desk if one.desk == desk}
        return {(counter, day) for counter, day in changed if counter in shown} | beside

    @background
    async def _read_again(self, places: set[tuple[int, date]]) -> None:
        """Read some days of some counters again, and paint what is new."""
        mode, seen, read_at = self.mode, self.days, self.following.read_at

        async def read() -> list[Any]:
            return [item for few in grid.few_reads(places) for item in await self.read(*few)]

        found = await patiently(self.app, read)  # type: ignore[arg-type]
        if (mode, seen, read_at) != (self.mode, self.days, self.following.read_at):
            return  # the whole page has been read since, or is being read
        new = grid.stack_up(found, self.words)
        for counter, day in places:
            before, now = self.held.pop((day, counter), None), new.get((day, counter))
            if now is not None:
                self.held[day, counter] = before if before is not None and before.items == now.items else now
        (self._show_month if mode == "month" else self._show_calendar)(seen)

    def _heads(self) -> list[tuple[int, str]]:
        """Return the counters, with their place if another has the same name."""
        names = Tally(counter.label for counter in self.counters)
        return [(c.id, c.label if names[c.label] == 1 else f"{c.label} · {c.place}") for c in self.counters]

    def _title(self, days: list[date], mode: str) -> str:
        day = self.shift.day
        count = len(self.found)
        if self.search is not None:
            told = count if count <= MOST else _("{shown} of {count}", shown=MOST, count=count)
            return _("Search: {name} ({count})", name=self.search.label, count=told)
        if mode == "list" and count > MOST:
            number = day.isocalendar().week
            return _("Week {number}: the first {shown} of {count}", number=number, shown=MOST, count=count)
        if mode == "day":
            return wording.long_day(day)
        if mode == "month":
            return wording.month(day)
        return _("Week {number} · {days}", number=day.isocalendar().week, days=wording.days(days[0], days[-1]))

    @property
    def shows_each(self) -> bool:
        """Return True if the mode shows single items; a month only counts them."""
        return self.mode != "month"

    def item_rows(self) -> list[Any]:
        """Return the items chosen in the list, or under the cursor in the calendar."""
        if not self.shows_each:
            return []
        if self.query_one(ContentSwitcher).current == "list":
            return [self.listed[key] for key in self.query_one("#list", Table).chosen if key in self.listed]
        return [item for block in self.query_one(Calendar).selection for item in block.items]

    # saved searches (Q1, Q2)

    @property
    def is_listing(self) -> bool:
        """Return True in list mode, where searches belong."""
        return self.mode == "list"

    def period(self) -> tuple[str, str]:
        """Return the week of the list."""
        return self.period_around_today(self.days[0], self.days[-1])

    def show_search(self, search: SearchView) -> None:
        """Show a search in list mode."""
        self.mode = "list"
        super().show_search(search)

    # going elsewhere

    def action_mode(self, mode: str) -> None:
        """Show a day, a week, a month or a list, around the day under the cursor."""
        self.shift.day = self._day_pointed()
        self.mode = mode
        self.leave_search()

    def action_turn(self, way: int) -> None:
        """Show the period before or after."""
        day = self.shift.day
        steps = {"day": timedelta(days=way), "week": timedelta(weeks=way), "list": timedelta(weeks=way)}
        self.go_to(grid.month_after(day, way) if self.mode == "month" else day + steps[self.mode])

    def action_today(self) -> None:
        """Show today."""
        self.go_to(self.shift.now.date())

    def _day_pointed(self) -> date:
        """Return the day under the cursor."""
        current = self.query_one(ContentSwitcher).current
        pointed = self.query_one(Calendar).pointed if current == "calendar" else None
        if pointed is not None:
            return pointed.start.date()
        return self.query_one(Month).day if current == "month" else self.shift.day

    def go_to(self, day: date) -> None:
        """Look at another day, and put the cursor there."""
        self.shift.day = self.aim = day
        self.leave_search()

    def action_date(self) -> None:
        """Go to any date."""
        self.choose_date()

    @foreground
    async def choose_date(self) -> None:
        """Ask for the date."""
        answer = await ask(self, DateDialog(self.shift.now.date()))
        if answer is not None:
            self.go_to(answer.day(self.shift.now.date()))

    @on(Press.Pressed)
    def _pressed(self, event: Press.Pressed) -> None:
        ways: dict[str, Any] = {
            "back": lambda: self.action_turn(-1), "forward": lambda: self.action_turn(1),
            "today": self.action_today, "date": self.action_date,
        }  # fmt: skip
        if event.name in MODES:
            self.action_mode(event.name)
        elif event.name in ways:
            ways[event.name]()

    @on(Month.Opened)
    def _day_opened(self, event: Month.Opened) -> None:
        self.mode = "day"
        self.go_to(event.day)

    @on(Month.Left)
    def _month_left(self, event: Month.Left) -> None:
        self.go_to(event.day)
