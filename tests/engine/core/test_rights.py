"""Rights G1 and G2: without a database, then in their main use, booking on a type."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdv.engine.booking import appointments as a
from rdv.engine.core.rights import Grants
from rdv.engine.setup import types
from rdv.engine.setup.services import add_service
from rdv.engine.views.appointments import AppointmentCard
from rdv.terms import Actor, AppointmentList, NotAllowed, Right
from tests.conftest import FrozenClock, Make

G1, G2 = "Guichet 1", "Guichet 2"
NINE, HALF = "2017-04-06T09:00", "2017-04-06T09:30"

rights = st.frozensets(st.sampled_from(list(Right)))
services = st.frozensets(st.integers(1, 4))
right = st.sampled_from(list(Right))


@given(rights, services, right, services)
def test_g2_a_type_takes_the_right_and_one_of_its_services(
    held: frozenset[Right], member_of: frozenset[int], needed: Right, kept_to: frozenset[int]
) -> None:
    grants = Grants(held, member_of)
    assert grants.allow(needed) == (needed in held)
    assert grants.allow_on_type(needed, kept_to) == (needed in held and (not kept_to or bool(member_of & kept_to)))


@pytest.mark.parametrize(
    "allow", [lambda grants: grants.allow(Right.MODULE), lambda grants: grants.allow_on_type(Right.COUNTERS, {7})]
)
def test_g1_nobody_has_a_right_by_default_but_the_program_itself_has_all(allow: Callable[[Grants], bool]) -> None:
    assert not allow(Grants())
    assert allow(Grants(unlimited=True))


def test_g2_no_right_stands_in_for_another() -> None:
    everything_else = Grants(frozenset({Right.MODULE, Right.COUNTERS}), frozenset({1}))
    assert not everything_else.allow_on_type(Right.APPOINTMENTS, {1})


@pytest.fixture
def kept_to_a_service(make: Make) -> Make:
    """Keep Citoyenneté to État civil; « inside » and « outside » hold the right, « inside » also the service."""
    make.town()
    for label in ("État civil", "Accueil"):
        make.do(add_service, label=label)
    make.book(G1, NINE, comment="Livret perdu")
    make.do(types.set_type, type="Citoyenneté", services=["État civil"])
    make.agent("inside", (Right.APPOINTMENTS,), ("État civil",))
    make.agent("outside", (Right.APPOINTMENTS, Right.MODULE), ("Accueil",))
    make.agent("manager", (Right.COUNTERS,), ("État civil",))
    return make


ACTS: list[tuple[Any, dict[str, Any]]] = [
    (a.assign, {"counter": G1, "start": HALF, "partner": "AULAN Gilles"}),
    (a.move, {"appointment": 1, "start": HALF}),
    (a.cancel, {"appointments": [1]}),
    (a.mark_done, {"appointments": [1]}),
    (a.mark_no_show, {"appointments": [1]}),
]


@pytest.mark.parametrize(("function", "given"), ACTS)
def test_g2_booking_takes_the_right_and_a_service_of_the_type(
    kept_to_a_service: Make, clock: FrozenClock, function: Any, given: dict[str, Any]
) -> None:
    clock.set("2017-04-06T09:10")
    before = kept_to_a_service.do(a.list_appointments, view=AppointmentList.ALL)
    for login, error in (("outside", "service_missing"), ("manager", "right_missing"), ("root", "service_missing")):
        with pytest.raises(NotAllowed) as told:
            kept_to_a_service.do(function, by=Actor.agent(login), **given)
        assert told.value.error == error
    assert kept_to_a_service.do(a.list_appointments, view=AppointmentList.ALL) == before
    kept_to_a_service.do(function, by=Actor.agent("inside"), **given)
    assert kept_to_a_service.do(a.list_appointments, view=AppointmentList.ALL) != before


def comment(make: Make, login: str) -> str | None:
    """Return the comment of the appointment as this agent sees it."""
    card: AppointmentCard = make.do(a.show_appointment, by=Actor.agent(login), appointment=1).card
    return card.comment


def test_g2_comments_are_shown_to_the_agents_of_the_service_only(kept_to_a_service: Make) -> None:
    told = {login: comment(kept_to_a_service, login) for login in ("inside", "outside", "manager")}
    assert told == {"inside": "Livret perdu", "outside": None, "manager": None}
    kept_to_a_service.do(types.set_type, type="Citoyenneté", services=[])
    assert comment(kept_to_a_service, "outside") == "Livret perdu"


def test_g2_an_appointment_is_not_moved_to_a_counter_whose_type_has_changed_hands(kept_to_a_service: Make) -> None:
    kept_to_a_service.do(types.set_type, type="Citoyenneté", services=[])
    kept_to_a_service.counter(G2)
    kept_to_a_service.do(types.set_type, type="Citoyenneté", services=["État civil"])
    with pytest.raises(NotAllowed):
        kept_to_a_service.do(a.move, by=Actor.agent("outside"), appointment=1, counter=G2, start=NINE)
    assert kept_to_a_service.slot(G1, NINE).appointments == (1,)
