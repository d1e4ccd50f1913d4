"""The keys in context, on the last line: those that there is room for, each to press or to click."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _

NAMES = {
    "asterisk": "*", "backspace": "⌫", "comma": ",", "enter": "⏎", "f1": "F1", "full_stop": ".", "question_mark": "?",
    "slash": "/",
    "delete": N_("del"), "escape": N_("esc"), "pagedown": N_("page down"), "pageup": N_("page up"),
    "space": N_("space"),
}  # fmt: skip
"""What stands on the keys that are not letters."""

ALWAYS = "app.keys"
"""The action whose key is always seen: the help, which has all the others."""

TURN = Binding.Group("")
"""The keys for back and forth, which are seen together."""

MORE = "…"
"""Stands before the help where keys were left out; a click on it opens the help."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what it does; `active` is its binding, as screens have it."""

    name: str
    text: str
    active: Any

    @property
    def width(self) -> int:
        """Cells, with the blank between the two and one behind."""
        return len(self.name) + len(self.text) + 2 if self.text else len(self.name) + 1


class Keys(Widget, can_focus=False):
    """As many keys as the line has room for, whole, in their order; the help is always the last.

    Those of one group of bindings, such as back and forth, are seen together or not at all.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--text", "keys--under"}

    under: reactive[int | None] = reactive(None)
    """Which one the mouse is over."""

    waits: reactive[bool] = reactive(False)
    """Whether keys wait for the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Key] = []

    def on_mount(self) -> None:
        """Follows what is focused, and what can be done there."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: Any) -> None:
        self.under = None
        before, self.shown = self.shown, fitting(self._every(), self.size.width)
        if [(key.name, key.text) for key in before] != [(key.name, key.text) for key in self.shown]:
            self.refresh()

    def render(self) -> Content:
        """The keys that fit, each told by its sign and its words."""
        if self.waits:
            self.shown = []
            return Content(MORE)
        self.shown = fitting(self._every(), self.size.width)
        return Content.assemble(*(part for number, key in enumerate(self.shown) for part in self._parts(number, key)))

    def _every(self) -> list[Key]:
        """The first key of each action, in the order of the screen; the help last."""
        first: dict[str, Key] = {}
        for active in self.screen.active_bindings.values():
            one = active.binding
            if one.show and one.action not in first:
                first[one.action] = Key(one.key_display or called(one.key), one.description, active)
        helps = first.pop(ALWAYS, None)
        return [*first.values(), *([helps] if helps else [])]

    def _parts(self, number: int, key: Key) -> list[Content]:
        style: Any = self.get_visual_style
        text = f" {key.text}" if key.text else ""
        if number == self.under:
            return [Content.styled(key.name + text, style("keys--under")), Content(" ")]
        return [Content.styled(key.name, style("keys--key")), Content.styled(text, style("keys--text")), Content(" ")]

    # the mouse

    def where(self, name: str) -> tuple[int, int]:
        """Where a key is seen, by its name; raises StopIteration where it is not."""
        number = next(number for number, key in enumerate(self.shown) if key.name == name)
        return sum(key.width for key in self.shown[:number]), 0

    def _at(self, x: int) -> int | None:
        for number, key in enumerate(self.shown):
            x -= key.width
            if x < 0:
                return number if x < -1 else None  # the last cell is the blank behind it
        return None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """What is under the mouse stands out."""
        self.under = self._at(event.x)
        told = "" if self.under is None else self.shown[self.under].active.tooltip
        self.tooltip = _(told) if told else None

    def on_leave(self) -> None:
        """Nothing does any more."""
        self.under = None

    def on_click(self, event: events.Click) -> None:
        """Does what the key does, whatever is focused."""
        number = self._at(event.x)
        if number is not None and (active := self.shown[number].active).enabled:
            self.app.call_later(self.app.run_action, active.binding.action, active.node)


def fitting(keys: Sequence[Key], room: int) -> list[Key]:
    """As many of these as so many cells hold; where some are left out, MORE stands before the last."""
    if sum(key.width for key in keys) - 1 <= room or not keys:
        return list(keys)
    *others, last = keys
    more = Key(MORE, "", last.active)
    room += 1 - last.width - more.width
    shown: list[Key] = []
    for _group, some in groupby(others, key=lambda key: key.active.binding.group or key.active.binding.action):
        together = list(some)
        room -= sum(key.width for key in together)
        if room < 0:
            break
        shown += together
    return [*shown, more, last]


def called(key: str) -> str:
    """What a person calls a key: « espace », « ^p »."""
    return _(NAMES[key]) if key in NAMES else key.replace("ctrl+", "^")
