"""What the palette finds, and that it finds nothing."""

from textual.command import Hit, Hits
from textual.system_commands import SystemCommandsProvider

from rdv.i18n.wording import say as _


class Everything(SystemCommandsProvider):
    """The actions of the program whose name the words mean; where there is none, a line that says so."""

    async def search(self, query: str) -> Hits:
        """What the words mean."""
        found = [hit async for hit in super().search(query)]
        for hit in found or [Hit(1, _("No action is called so."), _nothing)]:
            yield hit


def _nothing() -> None:
    """Choosing that line closes the palette, as any other."""
