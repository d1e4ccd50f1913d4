"""Counters by label and place, read once for a file that names many of them (B2, B3, I3)."""

import difflib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlmodel import Session, col, select

from rdv.store.tables import Counter, Place
from rdv.terms import NotFound, RdvError, Refused, fold


class _Entry(NamedTuple):
    id: int
    label: str
    place: str

    @property
    def full_label(self) -> str:
        return f"{self.label}, {self.place}"


@dataclass(slots=True)
class CounterIndex:
    """The counters of the town by label, and the answers given so far, because a wrong label may be on every line."""

    by_key: dict[str, list[_Entry]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[tuple[str, str | None], int | RdvError] = field(default_factory=dict)

    @classmethod
    def read(cls, session: Session) -> "CounterIndex":
        """Return the index of the counters as they are now."""
        index = cls()
        query = select(Counter.id, Counter.key, Counter.label, Place.label).join(Place).where(Counter.removed == 0)
        for number, key, label, place in session.execute(query.order_by(col(Counter.id))):
            index.by_key[key].append(_Entry(number, label, place))
        return index

    def find(self, label: str, place: str | None = None) -> int:
        """Return the id of the counter with this label, at this place if one is named.

        Raises NotFound with the labels that come close, Refused with the candidates if several counters match.
        """
        if (label, place) not in self.answers:
            self.answers[label, place] = self._look_up(label, place)
        answer = self.answers[label, place]
        if isinstance(answer, RdvError):
            raise answer
        return answer

    def _look_up(self, label: str, place: str | None) -> int | RdvError:
        matching = [entry for entry in self.by_key[fold(label)] if place is None or fold(entry.place) == fold(place)]
        if len(matching) == 1:
            return matching[0].id
        if matching:
            candidates = tuple(entry.full_label for entry in matching)
            return Refused("ambiguous", kind="counter", ref=label, candidates=candidates)
        entries = [entry for some in self.by_key.values() for entry in some]
        keys = {fold(entry.label if place is None else entry.full_label): entry.full_label for entry in entries}
        wanted = label if place is None else f"{label}, {place}"
        near = difflib.get_close_matches(fold(wanted), keys, n=3, cutoff=0.5)
        return NotFound("not_found", kind="counter", ref=wanted, close=tuple(keys[key] for key in near))
