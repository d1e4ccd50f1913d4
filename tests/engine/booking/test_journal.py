"""The journal: who did what to what, and when (G3)."""

from datetime import UTC
from typing import Any

import pytest

from rdv.engine.booking import appointments, journal, partners, slots
from rdv.engine.setup import agents, places, services
from rdv.engine.views.appointments import HistoryView
from rdv.terms import NotAllowed, Right
from tests.conftest import PARIS, FrozenClock, Make


def read(make: Make, **given: Any) -> list[HistoryView]:
    entries: list[HistoryView] = make.do(journal.read_journal, **given)
    return entries


def actions(make: Make, **given: Any) -> list[str]:
    return [entry.action for entry in read(make, **given)]


@pytest.fixture
def busy(make: Make, clock: FrozenClock) -> Make:
    """Set up two days of work by two agents."""
    make.town()
    lea = make.agent("lea", (Right.APPOINTMENTS,))
    clock.set("2017-04-05T10:00")
    make.book("Guichet 1", "2017-04-06T09:00", by=lea)
    make.do(slots.suspend, by=lea, counter="Guichet 1", start="2017-04-06T09:00")
    clock.set("2017-04-06T00:00")
    make.do(appointments.cancel, appointments=[1])
    make.do(places.set_place, place=1, address="2 rue Neuve")
    return make


def test_g3_the_latest_comes_first_with_its_author_and_its_moment(busy: Make, clock: FrozenClock) -> None:
    entries = read(busy)
    assert [entry.action for entry in entries[:2]] == ["place.set", "appointment.cancel"]
    assert entries[0].at == clock.now
    assert entries[0].at.tzinfo == PARIS
    assert (entries[0].actor_kind, entries[0].actor, entries[0].subject, entries[0].subject_id) == (
        "agent", "root", "place", 1,
    )  # fmt: skip
    assert [entry.id for entry in entries] == sorted((entry.id for entry in entries), reverse=True)
    first = read(busy)[-1]
    assert (first.actor_kind, first.actor, first.action) == ("job", "init", "agent.add")


def test_g3_it_is_filtered_by_day_author_action_and_subject(busy: Make) -> None:
    by_lea = ["appointment.displaced", "slot.suspend", "appointment.assign", "partner.add"]
    assert actions(busy, actor="lea") == by_lea
    assert actions(busy, first="2017-04-05", last="2017-04-05") == by_lea, "the last day is included, midnight is not"
    assert actions(busy, first="2017-04-06") == ["place.set", "appointment.cancel"]
    assert actions(busy, first="2017-04-05T10:01") == ["place.set", "appointment.cancel"]
    assert actions(busy, last="2017-04-05T10:00")[0] == "agent.add"
    assert actions(busy, action="slot") == ["slot.suspend"]
    assert actions(busy, action="appointment.dis") == ["appointment.displaced"]
    assert actions(busy, subject="appointment", subject_id=1) == [
        "appointment.cancel", "appointment.displaced", "appointment.assign",
    ]  # fmt: skip
    assert actions(busy, actor="lea", subject="partner") == ["partner.add"]
    assert actions(busy, limit=1) == ["place.set"]
    assert actions(busy, action="%") == actions(busy, actor="nobody") == []


def test_g3_an_author_who_left_is_still_named(busy: Make) -> None:
    busy.do(agents.remove_agent, agent="lea")
    assert len(actions(busy, actor="lea")) == 4


def test_g3_a_counter_is_told_by_its_label_of_now(busy: Make) -> None:
    entry = read(busy, action="appointment.assign")[0]
    assert entry.facts == {"counter_id": 1, "starts_at": "2017-04-06T09:00:00+02:00", "counter": "Guichet 1"}


def test_g3_reading_writes_nothing(busy: Make) -> None:
    before = busy.rows("SELECT count(*) FROM journal_entry")
    read(busy)
    busy.do(partners.find_partners)
    busy.do(slots.list_slots, first="2017-04-06")
    assert busy.rows("SELECT count(*) FROM journal_entry") == before


def test_g1_it_is_read_by_agents_who_hold_a_right(busy: Make) -> None:
    assert actions(busy, by=busy.agent("max", (Right.COUNTERS,)))
    with pytest.raises(NotAllowed):
        read(busy, by=busy.agent("guest"))


def test_g3_days_are_those_of_the_settings(make: Make, clock: FrozenClock) -> None:
    clock.set("2017-04-05T00:30")
    make.do(services.add_service, label="Accueil")
    assert clock.now.astimezone(UTC).day == 4
    assert actions(make, first="2017-04-05", last="2017-04-05") == ["service.add"]
