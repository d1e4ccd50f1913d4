"""Rights of actors (G1, G2). Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from rdv.terms import Right


@dataclass(frozen=True, slots=True)
class Grants:
    """The rights of an actor and the ids of its services. `unlimited` is for the program itself."""

    rights: frozenset[Right] = frozenset()
    services: frozenset[int] = frozenset()
    unlimited: bool = False

    def allow(self, right: Right) -> bool:
        """Return True if the actor holds this right (G1)."""
        return self.unlimited or right in self.rights

    def allow_on_type(self, right: Right, type_services: Collection[int]) -> bool:
        """Return True if the actor holds this right for a type reserved for these services; none means all (G2)."""
        return self.allow(right) and (
            self.unlimited or not type_services or not self.services.isdisjoint(type_services)
        )
