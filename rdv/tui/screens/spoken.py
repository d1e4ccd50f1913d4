"""Screens that speak the language of the moment."""

from dataclasses import replace
from typing import Any

from rdv.wording import say as _


class Spoken:
    """A screen whose keys are told in the language of the moment."""

    @property
    def active_bindings(self) -> dict[str, Any]:
        """The keys in force, in the words of the person."""
        known: dict[str, Any] = super().active_bindings  # type: ignore[misc]
        return {
            key: active._replace(binding=replace(active.binding, description=_(active.binding.description)))
            if active.binding.description
            else active
            for key, active in known.items()
        }
