"""The keys in context, on the last line: those that there is room for, and how keys are called."""

from textual import events
from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from rdv.sentences.mark import N_
from rdv.wording import say as _

NAMES = {
    "asterisk": "*", "comma": ",", "enter": "⏎", "full_stop": ".", "question_mark": "?", "slash": "/",
    "delete": N_("del"), "escape": N_("esc"), "pagedown": N_("page down"), "pageup": N_("page up"),
    "space": N_("space"),
}  # fmt: skip
"""What stands on the keys that are not letters."""

ALWAYS = "keys"
"""The action whose key is always seen: it tells all the others."""


class Keys(Footer):
    """As many keys as the line has room for, whole, in their order; the help is always the last."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)

    def compose(self) -> ComposeResult:
        made = [one for one in super().compose() if isinstance(one, FooterKey)]
        last = [one for one in made if one.action == ALWAYS]
        room = self.size.width - sum(map(_width, last))
        for one in made:
            room -= 0 if one in last else _width(one)
            if room < 0:
                break
            if one not in last:
                yield one
        yield from last

    def on_resize(self, event: events.Resize) -> None:
        """Another width has room for others."""
        self.call_after_refresh(self.recompose)


def called(key: str) -> str:
    """What a person calls a key: « espace », « ^p »."""
    return _(NAMES[key]) if key in NAMES else key.replace("ctrl+", "^")


def _width(key: FooterKey) -> int:
    return len(key.key_display) + len(key.description) + 2  # a blank between them, and one behind
