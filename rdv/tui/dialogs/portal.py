"""Where the citizens' site is: its address, and a QR code of it for a telephone."""

from typing import ClassVar
from urllib.parse import unquote, urlsplit

import segno
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Label, Static

from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.dialog import Dialog

QUIET = 2
"""Light modules around the code: as many as telephones need, and as fit in 24 lines."""

COLOURS = ("#ffffff", "#000000")
"""The colours of light and dark modules, the same in every theme, for cameras."""


FOR_ALL = "rdv demo --host 0.0.0.0"


class PortalDialog(Dialog[None]):
    """The address, its visitors, and the place of its messages."""

    TITLE_TEXT: ClassVar[str] = N_("The citizens' site")

    def __init__(self, address: str, mail: str) -> None:
        super().__init__()
        self.address, self.mail = address, mail

    def body(self) -> ComposeResult:
        with Horizontal(classes="site"):
            yield Static(qr_code(self.address), id="code")
            with Vertical():
                yield Label(self.address, id="site", markup=False)
                for text in self.told():
                    yield Label(text, markup=False)

    def told(self) -> list[str]:
        """Return who can reach the site, and where its messages go if they are not sent."""
        told = []
        if urlsplit(self.address).hostname in ("127.0.0.1", "localhost"):
            told.append(_("For browsers of this machine. For telephones of its network:") + f"\n{FOR_ALL}")
        if self.mail.startswith("file:"):
            folder = unquote(self.mail.removeprefix("file:"))
            told.append(_("Nobody is written to: messages are files in {folder}", folder=folder))
        return told


def qr_code(text: str) -> Text:
    """Return a text as a QR code, two modules a cell, one above the other."""
    rows = [list(row) for row in segno.make(text, micro=False).matrix_iter(border=QUIET)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    drawn = Text(no_wrap=True)
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        for above, below in zip(upper, lower, strict=True):
            drawn.append("▀", Style(color=COLOURS[above], bgcolor=COLOURS[below]))
        drawn.append("\n")
    drawn.right_crop()
    return drawn
