"""A field that completes: what is typed is looked up elsewhere, what is found is offered below.

The key gate holds Down and Enter back until the answer to the typed text is there.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
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

    def compose(self) -> ComposeResult:
        yield Input(self._value, placeholder=self._placeholder, select_on_focus=False)
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

    def action_offers(self) -> None:
        """Go down to the offers. If there are none, the keys behind this one are dropped: they meant an offer."""
        offers = self.query_one(OptionList)
        if not offers.display:
            app: Any = self.app
            app.drop_keys()
        elif not offers.has_focus:
            self.screen.set_focus(offers)
            offers.highlighted = 0

    def on_key(self, event: events.Key) -> None:
        """Type on in the field from the offers."""
        field = self.query_one(Input)
        if self.query_one(OptionList).has_focus and event.is_printable and event.character is not None:
            event.stop()
            self.screen.set_focus(field)
            field.insert_text_at_cursor(event.character)

    def action_typing(self) -> None:
        """Back to the field."""
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(self, event.value))

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(Input).focus()
        self.post_message(self.Chosen(self, event.option.id or ""))
