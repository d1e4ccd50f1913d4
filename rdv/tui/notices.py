"""The part of the app that says what happened: toasts, the warning in the banner, keys that wait or were ignored."""

from typing import Any

from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import Broken, RdvError
from rdv.tui.key_gate import KeyGate
from rdv.tui.widgets.banner import Banner
from rdv.tui.widgets.keys import Keys


class Notices(KeyGate[RdvError]):
    """An app that tells the agent what was done, what failed and what waits."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self._warning = ""

    def tell(self, error: RdvError) -> None:
        """What went wrong, as a sentence and what to do."""
        self.notify(wording.hint(error), title=wording.sentence(error), severity="error", timeout=8, markup=False)

    def waiting(self, error: Broken | None, writes: int = 0) -> None:
        """Say that the database does not answer, and how many writes wait; None: that it does."""
        text = _("⚠ Trying again… {problem}", problem=error) if error else ""
        if writes:
            text = _("{warning} · {count} actions wait", warning=text, count=writes)
        self._warn(text)

    def _warn(self, text: str) -> None:
        if text == self._warning:
            return
        self._warning = text
        for screen in self.screen_stack:
            for banner in screen.query(Banner):
                banner.warn(text)

    def said(self, text: str) -> None:
        """Say what was done, and what `u` does now."""
        self.notify(text, timeout=6, markup=False)

    def failed(self, what: str, error: RdvError) -> None:
        """Say what was not done, and why."""
        text = " ".join(filter(None, (wording.sentence(error), wording.hint(error))))
        self.notify(text, title=what, severity="error", timeout=10, markup=False)

    def keys_wait(self, is_late: bool) -> None:
        """Show on the last line that keys wait."""
        for line in self.screen.query(Keys):
            line.waits = is_late

    def keys_dropped(self, count: int) -> None:
        """Say that keys were ignored, because they were meant for something that did not happen."""
        self.notify(_("Keys ignored: {count}", count=count), severity="warning", markup=False)
