"""A citizen's own appointments, and no one else's (P5, P6)."""

import pytest

from rdv.engine.booking import appointments, partners, slots
from rdv.engine.citizens import own_appointments
from rdv.engine.setup import counters, types
from rdv.engine.upkeep.checks import check_database
from rdv.terms import AppointmentStatus, Conflict, NotFound, Refused, SlotStatus
from tests.citizens import Person, paris, sign_up
from tests.conftest import FrozenClock, Make


@pytest.fixture
def lea(make: Make) -> Person:
    make.town("Guichet 1", public=True)
    return sign_up(make)


def kinds(make: Make) -> list[str]:
    return [kind for (kind,) in make.rows("SELECT kind FROM notice WHERE partner_id IS NOT NULL ORDER BY id")]


def test_p5_a_citizen_sees_all_of_the_own_appointments_and_no_other(
    make: Make, lea: Person, clock: FrozenClock
) -> None:
    make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    make.book("Guichet 1", "2017-04-05T09:00", lea.actor.name)
    other = make.book("Guichet 1", "2017-04-06T09:00")
    clock.set("2017-04-05T12:00")
    mine = lea.do(own_appointments.list_mine)
    assert [f"{one.starts_at:%d/%m}" for one in mine.upcoming] == ["06/04"]
    assert [(f"{one.starts_at:%d/%m}", one.status) for one in mine.past] == [("05/04", "past_without_status")]
    seen = lea.do(own_appointments.show_mine, appointment=mine.upcoming[0].id)
    assert (seen.description, seen.address, seen.may_move, seen.may_cancel) == (
        "Pièce d'identité", "1 place de la Mairie", True, True
    )  # fmt: skip
    for number in (other.id, 99, -1, 2**40):
        for function, more in (
            (own_appointments.show_mine, {}),
            (own_appointments.cancel_mine, {}),
            (own_appointments.move_mine, {"place": 1, "start": paris("2017-04-07T09:00")}),
        ):
            with pytest.raises(NotFound):
                lea.do(function, appointment=number, **more)


def test_p5_a4_a_citizen_changes_the_own_appointment_once_however_often_asked(make: Make, lea: Person) -> None:
    card = make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    for _ in range(2):
        moved = lea.do(own_appointments.move_mine, appointment=card.id, place=1, start=paris("2017-04-07T09:00"))
        assert (moved.starts_at, moved.status) == (paris("2017-04-07T09:00"), "planned")
    assert make.status("Guichet 1", "2017-04-06T10:00") is SlotStatus.FREE
    assert kinds(make) == ["confirmation", "move"]
    assert make.do(check_database) == []


def test_p5_moving_to_a_slot_that_somebody_took_changes_nothing(make: Make, lea: Person) -> None:
    card = make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    make.book("Guichet 1", "2017-04-06T09:00")
    make.do(slots.reserve, counter="Guichet 1", start="2017-04-06T09:30")
    for wall in ("09:00", "09:30"):
        with pytest.raises(Conflict):
            lea.do(own_appointments.move_mine, appointment=card.id, place=1, start=paris(f"2017-04-06T{wall}"))
    assert lea.do(own_appointments.show_mine, appointment=card.id).starts_at == paris("2017-04-06T10:00")
    assert make.status("Guichet 1", "2017-04-06T10:00") is SlotStatus.BOOKED


def test_p5_a_citizen_cancels_once_however_often_asked(make: Make, lea: Person) -> None:
    card = make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    for _ in range(2):
        assert lea.do(own_appointments.cancel_mine, appointment=card.id).status is AppointmentStatus.CANCELLED
    assert make.status("Guichet 1", "2017-04-06T10:00") is SlotStatus.FREE
    assert kinds(make) == ["confirmation", "cancellation"]
    with pytest.raises(Refused):
        lea.do(own_appointments.move_mine, appointment=card.id, place=1, start=paris("2017-04-07T09:00"))


def test_p5_too_near_or_over_with_nothing_is_changed_online(make: Make, lea: Person, clock: FrozenClock) -> None:
    make.do(types.set_type, type="Citoyenneté", notice_hours=24)
    card = make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    clock.set("2017-04-05T10:00")
    seen = lea.do(own_appointments.show_mine, appointment=card.id)
    assert (seen.may_move, seen.may_cancel) == (False, False)
    with pytest.raises(Refused) as told:
        lea.do(own_appointments.cancel_mine, appointment=card.id)
    assert (told.value.error, told.value.rule) == ("too_late", "P5")
    with pytest.raises(Refused):
        lea.do(own_appointments.move_mine, appointment=card.id, place=1, start=paris("2017-04-07T11:00"))
    clock.set("2017-04-06T12:00")
    make.do(appointments.mark_done, appointments=[card.id])
    with pytest.raises(Refused) as told:
        lea.do(own_appointments.cancel_mine, appointment=card.id)
    assert told.value.error == "appointment_over"


def test_p6_a_slot_that_was_taken_away_is_chosen_anew_until_the_last_moment(
    make: Make, lea: Person, clock: FrozenClock
) -> None:
    make.do(types.set_type, type="Citoyenneté", notice_hours=24)
    card = make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-06T10:00")
    clock.set("2017-04-06T09:00")
    mine = lea.do(own_appointments.list_mine)
    assert [one.id for one in mine.to_reschedule] == [card.id]
    moved = lea.do(own_appointments.move_mine, appointment=card.id, place=1, start=paris("2017-04-07T10:00"))
    assert moved.status is AppointmentStatus.PLANNED
    assert lea.do(own_appointments.list_mine).to_reschedule == ()
    assert kinds(make) == ["confirmation", "invitation", "move"]


def test_p5_an_appointment_of_a_type_that_left_the_portal_is_cancelled_and_not_moved(make: Make, lea: Person) -> None:
    card = make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    make.do(types.set_type, type="Citoyenneté", public=False)
    seen = lea.do(own_appointments.show_mine, appointment=card.id)
    assert (seen.may_move, seen.may_cancel) == (False, True)
    with pytest.raises(NotFound):
        lea.do(own_appointments.move_mine, appointment=card.id, place=1, start=paris("2017-04-07T10:00"))
    lea.do(own_appointments.cancel_mine, appointment=card.id)


def test_a7_a_merged_file_has_the_appointments_of_both(make: Make, lea: Person) -> None:
    make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    was = lea.actor
    make.do(partners.add_partner, name="DURAND Léa-Marie")
    make.do(partners.merge_partners, partner=was.name, into="DURAND Léa-Marie")
    assert lea.actor != was
    for who in (was, lea.actor):
        assert len(make.office.run(own_appointments.list_mine, who).upcoming) == 1


def test_p5_a_citizen_never_moves_to_a_counter_that_is_not_public(make: Make, lea: Person) -> None:
    make.counter("Guichet 2")
    card = make.book("Guichet 2", "2017-04-06T10:00", lea.actor.name)
    make.do(counters.set_counter, counter="Guichet 1", public=False)
    with pytest.raises(NotFound):
        lea.do(own_appointments.move_mine, appointment=card.id, place=1, start=paris("2017-04-07T10:00"))


def test_p5_n1_an_appointment_goes_into_the_citizens_calendar_and_no_other(make: Make, lea: Person) -> None:
    card = make.book("Guichet 1", "2017-04-06T10:00", lea.actor.name)
    event = lea.do(own_appointments.my_calendar, appointment=card.id).decode()
    assert "METHOD:PUBLISH" in event and "STATUS:CONFIRMED" in event and "ATTENDEE" not in event
    assert f"/rendez-vous/{card.id}" in event.replace("\r\n ", "")
    first = event[event.index("UID:") :].splitlines()[0]
    lea.do(own_appointments.move_mine, appointment=card.id, place=1, start=paris("2017-04-07T10:00"))
    moved = lea.do(own_appointments.my_calendar, appointment=card.id).decode()
    assert first in moved and "SEQUENCE:2" in moved, "the same event, changed"
    lea.do(own_appointments.cancel_mine, appointment=card.id)
    assert "STATUS:CANCELLED" in lea.do(own_appointments.my_calendar, appointment=card.id).decode()
    other = sign_up(make, "gilles@example.org", "AULAN Gilles")
    with pytest.raises(NotFound):
        other.do(own_appointments.my_calendar, appointment=card.id)
