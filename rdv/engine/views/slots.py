"""Frozen values of slots."""

from datetime import datetime
from typing import NamedTuple

from rdv.terms import SlotStatus


class SlotView(NamedTuple):
    """A slot and what stands on it (S1). `appointments` and `partners` go together, one a booked seat.

    A named tuple, made four times faster than a frozen dataclass: a week of a large town has 13,000.
    """

    counter_id: int
    counter: str
    type: str
    place: str
    starts_at: datetime
    ends_at: datetime
    status: SlotStatus
    seats_free: int
    appointments: tuple[int, ...] = ()
    partners: tuple[str, ...] = ()

    @property
    def appointment_id(self) -> int | None:
        """The appointment of the slot, the first one where several are seated."""
        return self.appointments[0] if self.appointments else None
