"""The keys of the moment, and the signs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Label

from rdv import wording
from rdv.sentences.mark import N_
from rdv.tui.dialogs.dialog import Dialog
from rdv.tui.widgets.keys import called
from rdv.wording import say as _

POINTING = (
    ("↑ ↓ ← →", N_("Point at another one")),
    (N_("shift ↑ ↓ ← →"), N_("Take several in a calendar")),
    (N_("click"), N_("Point at it, or press what is written")),
    (N_("double click"), N_("Open")),
    (N_("drag"), N_("Take several in a calendar")),
)
"""What arrows and the mouse do everywhere."""


class HelpDialog(Dialog[None]):
    """What each key does here; what each sign means."""

    TITLE_TEXT: ClassVar[str] = N_("Keys and signs")

    def __init__(self, active: Mapping[str, Any]) -> None:
        super().__init__()
        self.active = active

    def body(self) -> ComposeResult:
        told: dict[str, list[str]] = {}
        for key, one in self.active.items():
            said = _(one.binding.tooltip) if one.binding.tooltip else one.binding.description
            shown = one.binding.key_display or called(key)
            if shown not in told.setdefault(said, []):
                told[said].append(shown)
        with VerticalScroll(classes="columns"):
            for description, keys in told.items():
                yield Label(f"{' '.join(keys):>16}  {description}", markup=False)
            yield Label("")
            for how, what in POINTING:
                yield Label(f"{_(how):>16}  {_(what)}", markup=False)
            yield Label("")
            for status, sign in wording.SIGNS.items():
                yield Label(f"{sign:>16}  {wording.label(status)}", markup=False)
