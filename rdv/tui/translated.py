"""Screens that speak the language of the moment."""

from dataclasses import replace
from typing import Any

from rdv.i18n.wording import say as _


class Spoken:
    """A screen whose keys are told in the language of the moment, its own before those of other screens."""

    @property
    def active_bindings(self) -> dict[str, Any]:
        """The keys in force, in the words of the person: of what is focused first, of the program last."""
        known: dict[str, Any] = super().active_bindings  # type: ignore[misc]
        nodes = [*dict.fromkeys(active.node for active in known.values())]
        own_first = {
            binding.action: distance
            for distance, one in reversed([*enumerate(type(self).__mro__)])
            for binding in one.__dict__.get("BINDINGS", ())
        }
        return {
            key: active._replace(binding=replace(active.binding, description=_(active.binding.description)))
            if active.binding.description
            else active
            for key, active in sorted(
                known.items(), key=lambda item: (nodes.index(item[1].node), own_first.get(item[1].binding.action, 0))
            )
        }
