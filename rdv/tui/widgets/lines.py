"""Lines of text that are painted when they change, and only then."""

from textual.widgets import Digits, Static


def write(line: Static | Digits, text: str) -> None:
    """Show a text, unless it is shown already: an update lays the whole screen out and paints it again."""
    shown = line.value if isinstance(line, Digits) else line.content
    if shown != text:
        line.update(text)
