"""The base of every entry of the menu: the banner, the menu, its body, the keys in context."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.screen import Screen

from rdv.changes import Changes, Part
from rdv.i18n import wording
from rdv.terms import Right
from rdv.tui import flows
from rdv.tui.base.following import Following
from rdv.tui.shift import Shift
from rdv.tui.translated import Spoken
from rdv.tui.widgets.banner import ENTRIES, Banner, Menu, told_time
from rdv.tui.widgets.keys import Keys

T = TypeVar("T")

RIGHTS: dict[str, tuple[Right, ...]] = {
    "today": (Right.APPOINTMENTS,),
    "to_reschedule": (Right.APPOINTMENTS,),
    "past": (Right.APPOINTMENTS,),
    "counters": (Right.COUNTERS, Right.MODULE),
    "messages": (Right.APPOINTMENTS,),
}
"""Entries that take a right to be of any use; the others are open to every agent."""


class Page(Spoken, Screen[Any]):
    """An entry of the menu; `reload` reads it again. PARTS are the parts that it shows, other than slots."""

    ENTRY: ClassVar[str] = ""
    PARTS: ClassVar[tuple[Part, ...]] = ()

    def __init__(self, shift: Shift) -> None:
        super().__init__()
        self.shift = shift
        self.is_elsewhere = False
        """Another view, filter or day was chosen: the next picture shows its cursor."""
        self.following = Following(self)

    def compose(self) -> ComposeResult:
        yield Banner(self.shift.agent.name, told_time(self.shift.now))
        yield Menu(entries(self.shift), self.ENTRY)
        yield from self.body()
        yield Keys()

    def body(self) -> ComposeResult:
        """Yield the widgets between the menu and the keys."""
        yield from ()

    async def patiently(self, read: Callable[[], Awaitable[T]]) -> T:
        """Return the result of a read. While the database does not answer, say so and retry."""
        with self.following.reading():
            return await flows.patiently(self.app, read)  # type: ignore[arg-type]

    def required(self, target: T) -> T:
        """Return the target of an action. Without one the key has no meaning, and the keys behind it are dropped."""
        if not target:
            app: Any = self.app
            app.drop_keys()
            raise SkipAction
        return target

    def when(self, moment: datetime) -> str:
        """Format a date and a time as lists of this page do."""
        return wording.short_moment(moment, self.shift.now)

    def reload(self) -> Any:
        """Read the page again."""

    # changes

    def follow(self, changes: Changes, at: float) -> None:
        """Take note of what someone changed by then; it is read soon, unless the page has been read since."""
        self.following.note(changes, at)

    def catch_up(self, changes: Changes) -> Any:
        """Read again what changed, as far as it is shown here."""
        if self.concerns(changes):
            return self.reload()
        return None

    def concerns(self, changes: Changes) -> bool:
        """Return True if something that is shown here may have changed."""
        return changes.touch(*self.PARTS)

    def minute_passed(self) -> None:
        """Show what another minute changes."""

    def on_screen_resume(self) -> None:
        """Read changes when the page is shown again."""
        self.reload()


def entries(shift: Shift) -> tuple[str, ...]:
    """Return the entries of the menu that this agent can use (G1)."""
    return tuple(entry for entry in ENTRIES if shift.may(*RIGHTS.get(entry, tuple(Right))))
