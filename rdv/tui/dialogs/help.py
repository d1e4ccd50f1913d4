"""The keys of the moment, each to be clicked, and the signs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.widgets.keys import called

POINTING = (
    ("↑ ↓ ← →", N_("Point at another one")),
    (N_("shift ↑ ↓ ← →"), N_("Take several in a calendar")),
    (N_("click"), N_("Point at it, or press what is written")),
    (N_("double click"), N_("Open")),
    (N_("drag"), N_("Take several in a calendar")),
)
"""The use of arrows and mouse on every page."""


class HelpDialog(Dialog[Any]):
    """The keys and signs of a page. The answer is the binding of the chosen line."""

    TITLE_TEXT: ClassVar[str] = N_("Keys and signs")
    BINDINGS: ClassVar[list[Any]] = [Binding("f1", "close", show=False)]

    def __init__(self, active: Mapping[str, Any]) -> None:
        super().__init__()
        self.lines: dict[str, list[Any]] = {}
        for one in active.values():
            said = _(one.binding.tooltip) if one.binding.tooltip else one.binding.description
            self.lines.setdefault(said, []).append(one)

    def body(self) -> ComposeResult:
        yield Label(_("A click on a line does it; so do the arrows, then Enter."), classes="hint")
        yield OptionList(*self._options(), compact=True)

    def _options(self) -> list[Option | None]:
        """Yield the keys, those with one meaning selectable; the mouse; the signs."""
        keys = [
            _line(" ".join(dict.fromkeys(map(_sign, some))), said, id=said, disabled=not _is_one(some))
            for said, some in self.lines.items()
        ]
        mouse = [_line(_(how), _(what), disabled=True) for how, what in POINTING]
        signs = [_line(sign, wording.label(status), disabled=True) for status, sign in wording.SIGNS.items()]
        return [*keys, None, *mouse, None, *signs]

    def on_mount(self) -> None:
        """Focus the first line."""
        super().on_mount()
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.lines[event.option.id or ""][0])


def _is_one(some: list[Any]) -> bool:
    """Return True if all of them do the same; entries of a menu do not."""
    actions = {one.binding.action for one in some}
    return len(actions) == len({action.partition("(")[0] for action in actions})


def _sign(one: Any) -> str:
    return one.binding.key_display or called(one.binding.key)


def _line(signs: str, said: str, **more: Any) -> Option:
    return Option(Text(f"{signs:>17}  {said}"), **more)
