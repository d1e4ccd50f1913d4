"""Who is next, large enough to be read from where the citizens wait."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Digits, Static

from rdv.tui.widgets.lines import write

MOST = 3
"""How many are shown side by side, at most."""

NARROWEST = 38
"""Cells that one takes, at least."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody to call: the appointment, its time, the name, and two lines about it."""

    number: int
    time: str
    name: str
    where: str
    since: str
    is_here: bool


class NextCard(Horizontal):
    """One of them; a double click opens the appointment."""

    ALLOW_SELECT: ClassVar[bool] = False

    @dataclass
    class Opened(Message):
        """It was opened."""

        number: int

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def compose(self) -> ComposeResult:
        yield Digits("")
        with Vertical():
            yield Static("", classes="next--name", markup=False)
            yield Static("", classes="next--where", markup=False)
            yield Static("", classes="next--since", markup=False)

    def show(self, expected: Expected) -> None:
        """Shows somebody."""
        self.number = expected.number
        write(self.query_one(Digits), expected.time)
        write(self.query_one(".next--name", Static), expected.name)
        write(self.query_one(".next--where", Static), expected.where)
        write(self.query_one(".next--since", Static), expected.since)
        self.set_class(expected.is_here, "-here")

    def on_click(self, event: events.Click) -> None:
        """A double click opens."""
        if event.chain == 2:
            self.post_message(self.Opened(self.number))


class NextUp(Horizontal):
    """The next ones, soonest first, as many as there is room for; a sentence when there is nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: tuple[Expected, ...] = ()

    def compose(self) -> ComposeResult:
        for _number in range(MOST):
            yield NextCard()
        yield Static("", classes="next--nobody", markup=False)

    def show(self, expected: tuple[Expected, ...], nobody: str) -> None:
        """Shows these, or says that there is nobody."""
        self.shown = expected
        write(self.query_one(".next--nobody", Static), nobody)
        self._lay_out()

    def on_resize(self) -> None:
        """More room, more of them."""
        self._lay_out()

    def _lay_out(self) -> None:
        room = max(1, self.size.width // NARROWEST)
        for number, card in enumerate(self.query(NextCard)):
            card.display = number < min(room, len(self.shown))
            if card.display:
                card.show(self.shown[number])
        self.query_one(".next--nobody").display = not self.shown
