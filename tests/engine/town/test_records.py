"""Slots and appointments of a declared town hall never take a seat that is taken (B3, S5)."""

from rdv.engine.setup import counters
from rdv.engine.town.apply import apply_town
from rdv.engine.town.declaration import read_declaration
from rdv.terms import SlotStatus
from tests.conftest import Make

SLOTS = """
[[slot]]
counter = "Guichet 1"
start = 2017-04-06T09:00:00
to = 2017-04-06T10:00:00
status = "reserved"
"""


def test_s5_a_declared_slot_is_kept_only_where_nobody_sits(make: Make) -> None:
    make.town()
    make.do(counters.set_counter, counter="Guichet 1", capacity=2)
    card = make.book("Guichet 1", "2017-04-06T09:00")
    plan = make.do(apply_town, town=read_declaration(SLOTS, name="slots.toml"))
    assert [change.label for change in plan.changes] == ["Guichet 1, 2017-04-06 09:30"]
    slot = make.slot("Guichet 1", "2017-04-06T09:00")
    assert (slot.appointments, slot.status, slot.seats_free) == ((card.id,), SlotStatus.FREE, 1)
    assert make.status("Guichet 1", "2017-04-06T09:30") is SlotStatus.RESERVED
