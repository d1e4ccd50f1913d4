"""What every dialog is made of: a title, its body, a line for what is the matter, buttons. Escape closes it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, ItemGrid, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, Input, Label, Select, SelectionList, Static

from rdv.engine.views.appointments import HistoryView
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import RdvError
from rdv.tui.flows import ask, foreground
from rdv.tui.translated import Spoken
from rdv.tui.widgets.keys import Keys

T = TypeVar("T")

NARROWEST = 20
"""Cells of a button, at least: those that do not fit in a line go to the next."""


class Dialog(Spoken, ModalScreen[T | None], Generic[T]):
    """A question to the person; `dismiss` gives the answer, None when it was closed without one.

    One that `keeps_typing` asks before it closes over what was typed.
    """

    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape", "close", N_("Close")),
        Binding("f1", "app.keys", N_("Help")),
        Binding("left,up", "beside(-1)", show=False),
        Binding("right,down", "beside(1)", show=False),
    ]
    TITLE_TEXT: ClassVar[str] = ""
    keeps_typing: ClassVar[bool] = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self.heading(), classes="dialog--title", markup=False)
            with Vertical(classes="dialog--body"):
                yield from self.body()
            yield Static("", classes="dialog--error", markup=False)
            with ItemGrid(min_column_width=NARROWEST, classes="dialog--buttons"):
                yield from self.buttons()
        yield Keys()

    def heading(self) -> str:
        """The title."""
        return _(self.TITLE_TEXT)

    def body(self) -> ComposeResult:
        """What is asked or shown."""
        yield from ()

    def buttons(self) -> ComposeResult:
        """The answers; the first is the way out."""
        yield Button(_("Close"), id="close")

    def refuse(self, error: RdvError) -> None:
        """Says what is the matter and what to do; all that was typed stays."""
        hint = wording.hint(error)
        self.complain(f"{wording.sentence(error)}\n{hint}" if hint else wording.sentence(error))
        self.drop_keys()

    def drop_keys(self) -> None:
        """Forget the keys that wait: they were meant for what did not happen."""
        app: Any = self.app
        app.drop_keys()

    def complain(self, text: str) -> None:
        """Writes the line under the body."""
        line = self.query_one(".dialog--error", Static)
        line.update(text)
        line.display = bool(text)
        self.query_one(".dialog").set_class(bool(text), "-told")

    def on_mount(self) -> None:
        """Nothing is the matter yet, and nothing was typed."""
        self.complain("")
        self._untouched = self.content()

    def content(self) -> tuple[Any, ...]:
        """Return what the fields hold."""
        body = self.query_one(".dialog--body")
        fields: list[Any] = [field for kind in (Input, Select, Checkbox) for field in body.query(kind)]
        values = [field.value for field in fields]
        return (*values, *(tuple(field.selected) for field in body.query(SelectionList)))

    def action_close(self) -> None:
        """Close without an answer; ask first if something was typed."""
        if self.keeps_typing and self.content() != self._untouched:
            self.leave()
        else:
            self.dismiss(None)

    @foreground
    async def leave(self) -> None:
        """Ask, and close."""
        if await ask(self, ConfirmDialog(_("Close and lose what was typed?"), _("Close"))):
            self.dismiss(None)

    def action_beside(self, by: int) -> None:
        """Move from a button to the next one."""
        buttons = [button for button in self.query(".dialog--buttons Button").results(Button) if button.display]
        if isinstance(self.focused, Button) and self.focused in buttons:
            buttons[(buttons.index(self.focused) + by) % len(buttons)].focus()

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.action_close()


class ConfirmDialog(Dialog[bool]):
    """A yes or a no, the careful answer first."""

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self.question, self.yes = question, yes

    def heading(self) -> str:
        """Return the question."""
        return self.question

    def buttons(self) -> ComposeResult:
        yield Button(_("No"), id="close")
        yield Button(self.yes, id="yes", variant="warning")

    @on(Button.Pressed, "#yes")
    def _yes(self) -> None:
        self.dismiss(True)


class ChoiceDialog(Dialog[str]):
    """The details of an item and its actions: a button and a key each; the answer is the action's name.

    `labels` are the words of all actions, `actions` the possible ones; the `likeliest` stands out.
    """

    def __init__(self, labels: Mapping[str, str], actions: Sequence[str], *, likeliest: str) -> None:
        super().__init__()
        self.labels, self.actions, self.likeliest = labels, actions, likeliest

    def buttons(self) -> ComposeResult:
        yield from super().buttons()
        for action in self.actions:
            variant: Any = "primary" if action == self.likeliest else "default"
            yield Button(_(self.labels[action]), id=action, variant=variant)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow only the keys of possible actions."""
        return action != "choose" or parameters[0] in self.actions

    def action_choose(self, action: str) -> None:
        """Answer with an action."""
        self.dismiss(action)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id in self.labels:
            self.dismiss(event.button.id)


def history_line(line: HistoryView) -> str:
    """Format a history entry: « mar. 4 avr. 2017 16:35  lucie : créneau changé … »."""
    return f"{wording.moment(line.at)}  {wording.taker(line.actor)} : {wording.story(line.action, line.facts)}"


def fact(name: str, value: object) -> Horizontal:
    """Format a line of details: a name and its value."""
    return Horizontal(
        Label(_(name), classes="fact--name"),
        Label(wording.plain(value), classes="fact--value", markup=False),
        classes="fact",
    )
