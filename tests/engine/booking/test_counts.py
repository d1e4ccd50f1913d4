"""How long the lists are: A5, A6, as the lists themselves have them."""

from typing import Any

from rdv import date_input
from rdv.engine.booking import appointments as a
from rdv.engine.booking import counts, slots
from rdv.engine.setup import weeks
from rdv.engine.views.appointments import ListCounts
from rdv.terms import AppointmentList
from tests.conftest import FrozenClock, Make

G1 = "Guichet 1"


def listed(make: Make, view: AppointmentList, **given: Any) -> int:
    return len(make.do(a.list_appointments, view=view, **given))


def test_a5_a6_each_count_is_the_length_of_its_list(make: Make, clock: FrozenClock) -> None:
    make.town()
    assert make.do(counts.count_lists) == ListCounts(0, 0, 0)
    starts = ("06T09:00", "06T09:30", "06T14:00", "06T14:30", "07T14:00", "07T14:30", "10T14:00", "10T14:30")
    numbers = [make.book(G1, f"2017-04-{start}", f"P{start}").id for start in starts]
    clock.set("2017-04-06T13:00")
    make.do(weeks.set_week, week="Semaine", hours=[("Mo-Fr 14:00-17:00", 30)])
    make.do(slots.suspend, counter=G1, start="2017-04-07")
    make.do(a.cancel, appointments=[numbers[3]])
    assert make.do(counts.count_lists) == ListCounts(planned_today=1, to_reschedule=2, past_without_status=2)
    make.do(a.mark_done, appointments=[numbers[0]])
    clock.set("2017-04-07T18:00")
    today = date_input.on(clock.now.date())
    assert make.do(counts.count_lists) == ListCounts(
        planned_today=listed(make, AppointmentList.PLANNED, first=today, last=today),
        to_reschedule=listed(make, AppointmentList.TO_RESCHEDULE),
        past_without_status=listed(make, AppointmentList.PAST_WITHOUT_STATUS),
    )
    assert make.do(counts.count_lists) == ListCounts(planned_today=0, to_reschedule=0, past_without_status=3)


def test_a5_an_appointment_that_has_begun_is_still_to_come(make: Make, clock: FrozenClock) -> None:
    make.town(hours="Mo-Su 00:00-24:00", slot=1440)
    make.book(G1, "2017-04-06T00:00")
    clock.set("2017-04-06T23:59")
    assert make.do(counts.count_lists).planned_today == listed(make, AppointmentList.PLANNED) == 1
    clock.set("2017-04-07T00:00")
    assert make.do(counts.count_lists).planned_today == listed(make, AppointmentList.PLANNED) == 0
