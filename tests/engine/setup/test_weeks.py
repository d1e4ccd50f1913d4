"""Reference weeks: C3, C8, and what a change of hours does (I1, I2)."""

from typing import Any

import pytest

from rdv.engine.booking import appointments, journal, slots
from rdv.engine.core.schedule import Opening
from rdv.engine.setup import counters, exceptions, weeks
from rdv.terms import AppointmentStatus, Conflict, Invalid, NotAllowed, NotFound, Refused, Right
from tests.conftest import Make

MO, FR = 0, 4


def hours(make: Make, week: str = "Semaine") -> tuple[Opening, ...]:
    found: tuple[Opening, ...] = make.do(weeks.show_week, week=week).openings
    return found


def starts(make: Make, counter: str, day: str) -> list[str]:
    """Return the starts of the slots of a counter on a day."""
    return [f"{s.starts_at:%H:%M}" for s in make.do(slots.list_slots, first=day, days=1, counters=[counter])]


def test_c3_a_week_holds_openings_with_slots_of_several_lengths(make: Make) -> None:
    written = [("Mo,Fr 09:00-12:00", 30), ("Mo 14:00-15:00,16:00-17:00", 20)]
    made = make.do(weeks.add_week, label="Semaine", hours=written)
    assert made.openings == (
        Opening(MO, 540, 720, 30), Opening(MO, 840, 900, 20), Opening(MO, 960, 1020, 20), Opening(FR, 540, 720, 30),
    )  # fmt: skip
    assert hours(make) == made.openings
    assert [(week.label, week.openings) for week in make.do(weeks.list_weeks)] == [("Semaine", made.openings)]
    assert weeks.weekly(weeks.written(made.openings)) == made.openings, "what is written is read back"


def test_c3_slots_are_cut_from_the_start_of_each_opening_and_the_remainder_is_lost(make: Make) -> None:
    make.town(hours="Th 09:00-10:50,14:00-14:29", slot=30)
    assert starts(make, "Guichet 1", "2017-04-06") == ["09:00", "09:30", "10:00"]


def test_c3_a_week_may_be_empty(make: Make) -> None:
    assert make.do(weeks.add_week, label="Fermé", hours=[]).openings == ()
    assert make.do(weeks.add_week, label="Fermé aussi", hours=[("off", 30)]).openings == ()


@pytest.mark.parametrize(
    ("written", "kind", "error"),
    [
        ([("Mo 09:00-12:00", 30), ("Mo 11:00-13:00", 20)], Refused, "openings_overlap"),
        ([("Mo 09:00-12:00,11:30-14:00", 30)], Refused, "openings_overlap"),
        ([("Mo 25:00-26:00", 30)], Invalid, "hours_unreadable"),
        ([("lundi matin", 30)], Invalid, "hours_unreadable"),
        ([("Mo 09:00-12:00", 0)], Invalid, "slot_length"),
        ([("Mo 09:00-12:00; PH off", 30)], Refused, "hours_rule"),
        ([("2017 Jul 01-Aug 31 Mo 09:00-12:00", 30)], Refused, "hours_rule"),
        ([("Jan-Mar Mo 09:00-12:00", 30)], Refused, "hours_rule"),
    ],
)
def test_c3_hours_that_a_week_cannot_hold_are_refused_and_nothing_is_written(
    make: Make, written: weeks.WrittenHours, kind: type[Exception], error: str
) -> None:
    make.town()
    before = hours(make)
    for function, named in ((weeks.add_week, {"label": "Autre"}), (weeks.set_week, {"week": "Semaine"})):
        with pytest.raises(kind) as told:
            make.do(function, hours=written, **named)
        assert told.value.error == error  # type: ignore[attr-defined]
    assert hours(make) == before
    assert len(make.do(weeks.list_weeks)) == 1


def test_c3_openings_that_touch_do_not_overlap(make: Make) -> None:
    make.town(hours="Th 09:00-10:00,10:00-10:40", slot=20)
    assert len(starts(make, "Guichet 1", "2017-04-06")) == 5


def test_c3_a_label_belongs_to_one_week(make: Make) -> None:
    make.town()
    with pytest.raises(Conflict):
        make.do(weeks.add_week, label="SEMAINE", hours=[])
    make.do(weeks.add_week, label="Été", hours=[])
    with pytest.raises(Conflict):
        make.do(weeks.set_week, week="été", label="semaine")


def test_i1_i2_other_hours_touch_only_those_whose_slot_is_gone(make: Make) -> None:
    make.town()
    kept = make.book("Guichet 1", "2017-04-06T10:00")
    gone = make.book("Guichet 1", "2017-04-06T09:00", "AULAN Gilles", email="a@example.org")
    change: dict[str, Any] = {"week": "Semaine", "hours": [("Mo-Fr 10:00-12:00", 30)]}
    foreseen = make.do(weeks.set_week, preview=True, **change)
    assert starts(make, "Guichet 1", "2017-04-06")[0] == "09:00", "nothing is written by a preview"
    impact = make.do(weeks.set_week, **change)
    assert impact == foreseen
    assert [(card.id, card.status) for card in impact.appointments] == [(gone.id, AppointmentStatus.TO_RESCHEDULE)]
    assert (impact.to_reschedule, impact.past_without_status, impact.holds_dropped) == (1, 0, 0)
    assert starts(make, "Guichet 1", "2017-04-06") == ["10:00", "10:30", "11:00", "11:30"]
    assert make.slot("Guichet 1", "2017-04-06T10:00").appointments == (kept.id,)
    assert make.rows("SELECT kind, channel FROM notice WHERE kind = 'invitation'") == [("invitation", "email")]


def test_i2_other_hours_reach_every_counter_that_uses_the_week_even_in_an_exception(make: Make) -> None:
    make.town("Guichet 1")
    make.do(weeks.add_week, label="Été", hours=[("Mo-Fr 09:00-12:00", 30)])
    make.counter("Guichet 2", week="Été")
    make.do(exceptions.add_exception, counter="Guichet 1", first="2017-07-01", last="2017-08-31", week="Été")
    touched = [make.book("Guichet 1", "2017-07-06T09:00"), make.book("Guichet 2", "2017-04-06T09:00", "AULAN Gilles")]
    spared = make.book("Guichet 1", "2017-06-08T09:00", "PETIT Zoé")
    impact = make.do(weeks.set_week, week="Été", hours=[("Mo-Fr 10:00-12:00", 30)])
    assert {card.id for card in impact.appointments} == {card.id for card in touched}
    found = make.do(appointments.show_appointment, appointment=spared.id).card
    assert (found.status, found.has_slot) == (AppointmentStatus.PLANNED, True)


def test_i2_a_slot_of_another_length_is_another_slot(make: Make) -> None:
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00")
    assert make.do(weeks.set_week, week="Semaine", hours=[("Mo-Fr 09:00-12:00", 60)]).to_reschedule == 1
    make.book("Guichet 1", "2017-04-06T09:00", "AULAN Gilles")
    assert make.do(weeks.set_week, week="Semaine", hours=[("Mo-Fr 08:00-12:00", 60)]).is_empty, (
        "09:00–10:00 is still one"
    )


def test_a_change_that_changes_nothing_touches_nobody_and_is_not_journaled(make: Make) -> None:
    make.town()
    make.book("Guichet 1", "2017-04-06T09:00")
    before = len(make.do(journal.read_journal))
    same = [("Mo-Fr 14:00-17:00,09:00-12:00", 30)]
    assert make.do(weeks.set_week, week="Semaine", label="Semaine", hours=same).is_empty
    assert len(make.do(journal.read_journal)) == before


def test_g3_the_journal_keeps_the_hours_before_and_after(make: Make) -> None:
    make.town(hours="Mo-Fr 09:00-12:00")
    make.do(weeks.set_week, week="Semaine", label="Été", hours=[("Mo 10:00-12:00", 20)])
    entry = make.do(journal.read_journal, subject="week")[0]
    assert entry.facts["changes"] == {
        "label": ["Semaine", "Été"],
        "hours": ["Mo-Fr 09:00-12:00 / 30 min", "Mo 10:00-12:00 / 20 min"],
    }


def test_c8_a_week_in_use_is_kept_and_its_counters_are_named(make: Make) -> None:
    make.town("Guichet 1", "Guichet 2")
    make.do(weeks.add_week, label="Été", hours=[("Mo 09:00-12:00", 30)])
    make.do(exceptions.add_exception, counter="Guichet 2", first="2017-07-01", last="2017-08-31", week="Été")
    for week, used_by in (("Semaine", ("Guichet 1", "Guichet 2")), ("Été", ("Guichet 2",))):
        with pytest.raises(Refused) as told:
            make.do(weeks.remove_week, week=week)
        assert (told.value.error, told.value.rule) == ("in_use", "C8")
        assert told.value.facts["dependents"] == {"counter": used_by}
        assert make.do(weeks.show_week, week=week).used_by == used_by
    assert hours(make) != ()


def test_c8_a_week_that_only_removed_counters_had_can_go(make: Make) -> None:
    make.town()
    card = make.book("Guichet 1", "2017-04-06T09:00")
    make.do(exceptions.add_exception, counter="Guichet 1", first="2017-07-01", last="2017-08-31", week="Semaine")
    make.do(counters.remove_counter, counter="Guichet 1")
    make.do(weeks.remove_week, week="Semaine")
    assert make.do(weeks.list_weeks) == []
    assert make.do(appointments.show_appointment, appointment=card.id).card.counter == "Guichet 1"


def test_g1_hours_are_changed_by_those_who_configure(make: Make) -> None:
    make.town()
    lea = make.agent("lea", (Right.COUNTERS, Right.APPOINTMENTS))
    for function, given in (
        (weeks.add_week, {"label": "X", "hours": []}),
        (weeks.set_week, {"week": 1, "hours": []}),
        (weeks.remove_week, {"week": 1}),
    ):
        with pytest.raises(NotAllowed):
            make.do(function, by=lea, **given)
    with pytest.raises(NotFound) as told:
        make.do(weeks.show_week, by=lea, week="Semain")
    assert told.value.facts["close"] == ("Semaine",)
