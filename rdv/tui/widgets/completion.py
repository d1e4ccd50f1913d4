"""A field that completes: what is typed is looked up elsewhere, what is found is offered below.

Whoever types faster than that is looked up gets the same: down and Enter wait for the offers.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option


class Completion(Vertical):
    """An input and what it could mean. Says `Typed` as one types, `Chosen` with the key of what was picked."""

    BINDINGS: ClassVar[list[Any]] = [Binding("down", "offers", show=False), Binding("up", "typing", show=False)]

    @dataclass
    class Typed(Message):
        """Other words are in the field."""

        completion: "Completion"
        text: str

    @dataclass
    class Chosen(Message):
        """One of the offers was picked."""

        completion: "Completion"
        key: str

    def __init__(self, placeholder: str = "", value: str = "", **more: Any) -> None:
        super().__init__(**more)
        self._placeholder, self._value = placeholder, value
        self._awaited = self._going = self._taking = False  # offers to come; down, and Enter, pressed before they did

    def compose(self) -> ComposeResult:
        yield Input(self._value, placeholder=self._placeholder)
        yield OptionList(compact=True)

    def on_mount(self) -> None:
        """Nothing is offered yet."""
        self.offer({})

    @property
    def value(self) -> str:
        """What is in the field."""
        return self.query_one(Input).value

    def take(self, text: str) -> None:
        """Puts words in the field as if they had been picked: nothing is looked up."""
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        self.offer({})

    def offer(self, found: dict[str, str]) -> None:
        """Offers these, by key."""
        offers = self.query_one(OptionList)
        offers.clear_options()
        offers.add_options([Option(Text(label), key) for key, label in found.items()])
        offers.display = bool(found)
        going, taking = self._going, self._taking
        self._awaited = self._going = self._taking = False
        if found and going:
            self.action_offers()
            if taking:
                offers.action_select()

    def action_offers(self) -> None:
        """Goes down to the offers, at once: the next key is theirs. Those that are looked up still are waited for."""
        offers = self.query_one(OptionList)
        self._going = self._awaited
        if offers.display and not offers.has_focus and not self._awaited:
            self.screen.set_focus(offers)
            offers.highlighted = 0

    def action_typing(self) -> None:
        """Back to the field."""
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._awaited, self._going, self._taking = True, False, False
        self.post_message(self.Typed(self, event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if self._going:
            event.stop()
            self._taking = True

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(Input).focus()
        self.post_message(self.Chosen(self, event.option.id or ""))
