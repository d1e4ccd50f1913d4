"""The way in: agent and password; and the way back in after a time without use (G4).

Painted before the engine is loaded: what checks the password is given by the app.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import RdvError
from rdv.tui.flows import foreground
from rdv.tui.translated import Spoken
from rdv.tui.widgets.keys import Keys

Check = Callable[[str, str], Awaitable[Any]]
"""Answers with the agent for a login and a password; raises what says why not."""


class SignInScreen(Spoken, ModalScreen[Any]):
    """Asks until it is right; the answer is the agent. `login` is fixed where a screen was locked."""

    BINDINGS: ClassVar[list[Any]] = [Binding("ctrl+q", "app.quit", N_("Quit"))]

    def __init__(self, check: Check, *, login: str = "", locked: bool = False) -> None:
        super().__init__()
        self.check, self.login, self.locked = check, login, locked

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -narrow"):
            yield Label(_("Locked") if self.locked else "rdv", classes="dialog--title")
            yield Label(_("Agent"))
            yield Input(self.login, id="login", disabled=self.locked)
            yield Label(_("Password"))
            yield Input(password=True, id="password")
            yield Static("", classes="dialog--error", markup=False)
            yield Button(_("Sign in"), id="enter", variant="primary")
        yield Keys()

    def on_mount(self) -> None:
        """The first empty field."""
        self.query_one("#password" if self.login else "#login").focus()

    @on(Input.Submitted, "#login")
    def _next(self) -> None:
        self.query_one("#password").focus()

    @on(Input.Submitted, "#password")
    @on(Button.Pressed, "#enter")
    @foreground
    async def _try(self) -> None:
        password = self.query_one("#password", Input)
        line = self.query_one(".dialog--error", Static)
        line.update("…")
        try:
            agent = await self.check(self.query_one("#login", Input).value, password.value)
        except RdvError as error:
            app: Any = self.app
            app.drop_keys()
            line.update(f"{wording.sentence(error)}\n{wording.hint(error)}")
            password.value = ""
            password.focus()
        else:
            self.dismiss(agent)
