"""The keys of the moment, and the signs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Label

from rdv import wording
from rdv.sentences.mark import N_
from rdv.tui.dialogs.dialog import Dialog


class HelpDialog(Dialog[None]):
    """What each key does here; what each sign means."""

    TITLE_TEXT: ClassVar[str] = N_("Keys and signs")

    def __init__(self, active: Mapping[str, Any]) -> None:
        super().__init__()
        self.active = active

    def body(self) -> ComposeResult:
        told: dict[str, list[str]] = {}
        for key, one in self.active.items():
            if one.binding.description and not one.binding.system:
                told.setdefault(one.binding.description, []).append(one.binding.key_display or _key(key))
        with VerticalScroll(classes="columns"):
            for description, keys in told.items():
                yield Label(f"{' '.join(keys):>12}  {description}", markup=False)
            yield Label("")
            for status, sign in wording.SIGNS.items():
                yield Label(f"{sign:>12}  {wording.label(status)}", markup=False)


def _key(key: str) -> str:
    names = {"full_stop": ".", "comma": ",", "question_mark": "?", "asterisk": "*", "delete": "Suppr"}
    return names.get(key, key.replace("ctrl+", "^"))
