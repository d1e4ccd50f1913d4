"""Lines of text that are painted when they change, and only then."""

from typing import Any

from rich.cells import cell_len
from textual.widgets import Digits, Input, Static


def write(line: Static | Digits, text: str) -> None:
    """Show a text, unless it is shown already.

    A text of another length lays the whole screen out and paints it again, as does one of several lines.
    """
    if isinstance(line, Digits):
        if line.value != text:
            line.update(text)
    elif line.content != text:
        fits = line.size.height == 1 and cell_len(str(line.content)) == cell_len(text) <= line.size.width
        line.update(text, layout=not fits)


class SearchField(Input):
    """A field of a page. Its cursor stands still, because one that blinks paints twice a second."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.set_reactive(Input.cursor_blink, False)
