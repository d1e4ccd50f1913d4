"""The parts of screens that a committed change concerns, so that a screen reads only what it shows."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LONGEST = 7000
"""Bytes of a change in writing: PostgreSQL sends at most 8,000."""


class Part(StrEnum):
    """A part of screens other than slots."""

    LISTS = "lists"
    PARTNERS = "partners"
    CONTACTS = "contacts"
    MESSAGES = "messages"
    PARKED = "parked"
    SEARCHES = "searches"


@dataclass(frozen=True, slots=True)
class Changes:
    """The slots, each as counter and day at its place, and the other parts that a transaction changed.

    `everything` stands for all that is not known: a new week, an import, a program that does not say what it changes.
    """

    slots: frozenset[tuple[int, date]] = frozenset()
    parts: frozenset[Part] = frozenset()
    everything: bool = False

    @classmethod
    def of(cls, *parts: Part) -> "Changes":
        """Return the changes of these parts alone."""
        return cls(parts=frozenset(parts))

    def __bool__(self) -> bool:
        return bool(self.slots or self.parts or self.everything)

    def __or__(self, other: "Changes") -> "Changes":
        if self.everything or other.everything:
            return EVERYTHING
        return Changes(self.slots | other.slots, self.parts | other.parts)

    def touch(self, *parts: Part) -> bool:
        """Return True if one of the parts changed, or if that is not known."""
        return self.everything or not self.parts.isdisjoint(parts)

    def written(self) -> str:
        """Return the changes as `read_changes` reads them: « 12@2017-04-06 lists »; empty for everything."""
        if self.everything:
            return ""
        words = [*sorted(f"{counter}@{day}" for counter, day in self.slots), *sorted(self.parts)]
        text = " ".join(words) or _NOTHING
        return text if len(text) <= LONGEST else ""


EVERYTHING = Changes(everything=True)
NOTHING = Changes()
_NOTHING = "-"


def read_changes(text: str) -> Changes:
    """Parse written changes. Unknown text, such as that of a later version, means everything."""
    if text == _NOTHING:
        return NOTHING
    slots: set[tuple[int, date]] = set()
    parts: set[Part] = set()
    try:
        for word in text.split():
            counter, at, day = word.partition("@")
            if at:
                slots.add((int(counter), date.fromisoformat(day)))
            else:
                parts.add(Part(word))
    except ValueError:
        return EVERYTHING
    return Changes(frozenset(slots), frozenset(parts)) if slots or parts else EVERYTHING
