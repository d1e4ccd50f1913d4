"""The palette: every key in force, every entry of the menu, the themes and the languages, found by their words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import ActiveBinding
from textual.command import Hit, Hits
from textual.screen import Screen
from textual.system_commands import SystemCommandsProvider

from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.widgets.banner import ENTRIES
from rdv.tui.widgets.keys import called

THEME_NAMES = {"rdv-dark": N_("Dark"), "rdv-light": N_("Light"), "rdv-contrast": N_("High contrast")}
LANGUAGES = {"fr": "Français", "en": "English"}


class Everything(SystemCommandsProvider):
    """The actions of the program whose name holds the words, or a line that says that there is none."""

    async def search(self, query: str) -> Hits:
        """Find actions by their words."""
        hits = [hit async for hit in super().search(query)]
        for hit in hits or [Hit(1, _("No action is called so."), _nothing)]:
            yield hit


def _nothing() -> None:
    """Close the palette, as any choice does."""


def commands(app: App[Any], screen: Screen[Any], entries: Sequence[str]) -> Iterator[SystemCommand]:
    """Return what the palette offers over a screen, to an agent who can open these entries of the menu."""
    actions: dict[str, ActiveBinding] = {}
    for active in ours(screen.active_bindings).values():
        actions.setdefault(active.binding.action, active)  # the first of its keys
    for action, active in actions.items():
        binding = active.binding
        if not action.startswith(("open_number", "command_palette")):
            words = _(binding.tooltip) if binding.tooltip else binding.description
            yield SystemCommand(words, binding.key_display or called(binding.key), run(app, active))
    for entry in entries:
        yield SystemCommand(_(ENTRIES[entry][0]), _("Menu"), _later(app, f"open('{entry}')"))
    for theme, name in THEME_NAMES.items():
        yield SystemCommand(_(name), _("Colours"), _later(app, f"theme('{theme}')"))
    for language, name in LANGUAGES.items():
        yield SystemCommand(name, _("Language"), _later(app, f"language('{language}')"))


def run(app: App[Any], active: ActiveBinding) -> Callable[[], None]:
    """Return a call that does what a key does, once what covers its screen is closed."""
    return _later(app, active.binding.action, active.node)


def _later(app: App[Any], action: str, node: Any = None) -> Callable[[], None]:
    def call() -> None:
        app.call_later(app.run_action, action, node)

    return call


def ours(active: Mapping[str, ActiveBinding]) -> dict[str, ActiveBinding]:
    """Return the keys in force that the program gives a meaning, without those that widgets have by themselves."""
    return {key: one for key, one in active.items() if one.binding.description and _is_ours(one)}


def _is_ours(active: ActiveBinding) -> bool:
    classes = [one for one in type(active.node).__mro__ if one.__module__.startswith("rdv.")]
    return any(active.binding.action == b.action for one in classes for b in one.__dict__.get("BINDINGS", ()))
