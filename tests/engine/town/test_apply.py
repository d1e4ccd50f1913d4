"""Applying a declared town hall: compared field by field, brought to it whole or not at all (B3)."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rdv.engine.booking import appointments, journal, partners, slots
from rdv.engine.setup import agents, closures, counters, desks, services, types, weeks
from rdv.engine.town.apply import apply_town
from rdv.engine.views.plans import Plan
from rdv.terms import (
    Actor,
    AppointmentList,
    AppointmentStatus,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    RdvError,
    Refused,
    Right,
    SlotStatus,
)
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import KINDS, Databases
from tests.towns import EXAMPLES, declared, everything, example

PARIS = ZoneInfo("Europe/Paris")

TOWN = """
[[service]]
label = "Accueil"
[[agent]]
login = "lea"
name = "Léa"
rights = ["counters"]
services = ["Accueil"]
[[place]]
label = "Mairie"
address = "1 place de la Mairie"
[[type]]
label = "Passeport"
[[week]]
label = "Semaine"
slot = 30
hours = "Mo-Fr 09:00-12:00"
[[desk]]
label = "Bureau 1"
[[counter]]
label = "Guichet 1"
type = "Passeport"
place = "Mairie"
from = 2017-04-04
week = "Semaine"
desk = "Bureau 1"
[[closure]]
label = "Pont"
from = 2017-05-26
"""
ALONE = """
[[counter]]
label = "Guichet 1"
type = "Passeport"
place = "Mairie"
from = 2017-04-04
week = "Semaine"
desk = "Bureau 1"
"""
"""The town's counter as a second file declares it again."""


def apply(make: Make, text: str, **given: Any) -> Plan:
    plan: Plan = make.do(apply_town, town=declared(text), **given)
    return plan


def lines(plan: Plan) -> list[tuple[str, str, str]]:
    return [(change.action, change.kind, change.label) for change in plan.changes]


def fields(plan: Plan) -> dict[str, tuple[Any, Any]]:
    """Return the fields of the only change of a plan."""
    (change,) = plan.changes
    return change.fields


# Whole town halls


@pytest.mark.parametrize("name", EXAMPLES)
def test_b3_applied_twice_a_town_hall_changes_nothing(make: Make, name: str) -> None:
    first = apply(make, example(name))
    assert {change.action for change in first.changes} == {"added"}
    before = everything(make.office.database)
    again = apply(make, example(name))
    assert (again.changes, again.impact.appointments) == ((), ())
    assert everything(make.office.database) == before


def test_b3_a_preview_tells_the_same_plan_and_keeps_nothing(make: Make) -> None:
    before = everything(make.office.database)
    foreseen = apply(make, example("mairie"), preview=True)
    assert everything(make.office.database) == before
    assert lines(foreseen) == lines(apply(make, example("mairie")))


def test_b3_a_town_hall_is_there_as_it_was_declared(make: Make) -> None:
    plan = apply(make, TOWN)
    assert lines(plan) == [
        ("added", "service", "Accueil"),
        ("added", "place", "Mairie"),
        ("added", "type", "Passeport"),
        ("added", "desk", "Bureau 1"),
        ("added", "agent", "lea"),
        ("added", "week", "Semaine"),
        ("added", "counter", "Guichet 1"),
        ("added", "closure", "Pont, 2017-05-26"),
    ]
    assert plan.changes[1].fields == {
        "label": (None, "Mairie"), "address": (None, "1 place de la Mairie"), "timezone": (None, "Europe/Paris"),
    }  # fmt: skip
    assert plan.changes[5].fields == {"label": (None, "Semaine"), "hours": (None, "Mo-Fr 09:00-12:00 / 30 min")}
    (counter,) = make.do(counters.list_counters)
    assert (counter.type, counter.place, counter.week, counter.desk) == ("Passeport", "Mairie", "Semaine", "Bureau 1")
    assert (counter.first_day, counter.last_day) == (date(2017, 4, 4), None)
    lea = make.do(agents.show_agent, agent="lea")
    assert (lea.name, lea.rights, lea.services) == ("Léa", (Right.COUNTERS,), ("Accueil",))
    assert make.status("Guichet 1", "2017-04-06T09:00") is SlotStatus.FREE
    assert make.do(slots.list_slots, first=date(2017, 5, 26), days=1) == []


def test_g3_the_journal_tells_each_thing_that_was_declared(make: Make) -> None:
    apply(make, TOWN)
    told = make.do(journal.read_journal)
    assert {(line.action, line.actor) for line in told} >= {
        ("service.add", "root"), ("agent.add", "root"), ("counter.add", "root"), ("closure.add", "root"),
    }  # fmt: skip


def test_g2_whoever_configures_declares_counters_of_every_service(make: Make) -> None:
    mia = make.agent("mia", (Right.MODULE,))
    plan: Plan = make.do(apply_town, by=mia, town=declared(TOWN))
    assert ("added", "counter", "Guichet 1") in lines(plan)


@pytest.mark.parametrize("rights", [(), (Right.COUNTERS, Right.APPOINTMENTS)])
def test_g1_without_the_right_to_configure_nothing_is_declared(make: Make, rights: tuple[Right, ...]) -> None:
    lea = make.agent("mia", rights)
    before = everything(make.office.database)
    with pytest.raises(NotAllowed):
        make.do(apply_town, by=lea, town=declared(TOWN))
    assert everything(make.office.database) == before


# Field by field


@pytest.mark.parametrize(
    ("before", "after", "line", "changed"),
    [
        ('"1 place de la Mairie"', '"2 rue Haute"', ("changed", "place", "Mairie"),
         {"address": ("1 place de la Mairie", "2 rue Haute")}),
        ('label = "Mairie"\n', 'label = "Mairie"\ntimezone = "Indian/Reunion"\n', ("changed", "place", "Mairie"),
         {"timezone": ("Europe/Paris", "Indian/Reunion")}),
        ('label = "Passeport"\n', 'label = "Passeport"\nmax_upcoming = 5\npublic = false\n',
         ("changed", "type", "Passeport"), {"max_upcoming": (3, 5), "public": (True, False)}),
        ('label = "Passeport"\n', 'label = "Passeport"\nservices = ["accueil"]\n', ("changed", "type", "Passeport"),
         {"services": ((), ("Accueil",))}),
        ('"Mo-Fr 09:00-12:00"', '"Mo-Th 09:00-12:00"', ("changed", "week", "Semaine"),
         {"hours": ("Mo-Fr 09:00-12:00 / 30 min", "Mo-Th 09:00-12:00 / 30 min")}),
        ("slot = 30", "slot = 60", ("changed", "week", "Semaine"),
         {"hours": ("Mo-Fr 09:00-12:00 / 30 min", "Mo-Fr 09:00-12:00 / 60 min")}),
        ('["counters"]', '["module", "appointments"]', ("changed", "agent", "lea"),
         {"rights": ((Right.COUNTERS,), (Right.MODULE, Right.APPOINTMENTS))}),
        ('name = "Léa"\n', "", ("changed", "agent", "lea"), {"name": ("Léa", "lea")}),
        ("from = 2017-04-04\n", "from = 2017-04-10\nuntil = 2017-12-31\n", ("changed", "counter", "Guichet 1"),
         {"first_day": (date(2017, 4, 4), date(2017, 4, 10)), "last_day": (None, date(2017, 12, 31))}),
        ('desk = "Bureau 1"\n', "capacity = 2\n", ("changed", "counter", "Guichet 1"),
         {"desk": ("Bureau 1", None), "capacity": (1, 2)}),
        ("from = 2017-05-26\n", "from = 2017-05-26\nuntil = 2017-05-28\n", ("changed", "closure", "Pont, 2017-05-26"),
         {"last_day": (date(2017, 5, 26), date(2017, 5, 28))}),
        ('label = "Accueil"\n', 'label = "ACCUEIL"\n', ("changed", "service", "ACCUEIL"),
         {"label": ("Accueil", "ACCUEIL")}),
    ],
)  # fmt: skip
def test_b3_what_differs_is_changed_and_told_field_by_field(
    make: Make, before: str, after: str, line: tuple[str, str, str], changed: dict[str, tuple[Any, Any]]
) -> None:
    apply(make, TOWN)
    assert TOWN.count(before) == 1, "the test replaces one thing"
    plan = apply(make, TOWN.replace(before, after))
    assert (lines(plan)[0], plan.changes[0].fields) == (line, changed)
    assert apply(make, TOWN.replace(before, after)).changes == ()


def test_b3_what_the_file_leaves_out_altogether_stays(make: Make) -> None:
    apply(make, TOWN)
    assert apply(make, '[[service]]\nlabel = "Etat civil"').changes[0].label == "Etat civil"
    assert [view.label for view in make.do(services.list_services)] == ["Accueil", "Etat civil"]
    assert [view.label for view in make.do(counters.list_counters)] == ["Guichet 1"]


def test_b3_labels_are_the_same_whatever_their_case_and_accents(make: Make) -> None:
    apply(make, TOWN)
    plan = apply(make, ALONE.replace("Passeport", "PASSEPORT").replace('"Mairie"', '"mâirie"'))
    assert plan.changes == ()


def test_i2_a_change_of_hours_tells_whom_it_touches_and_reschedules_them(make: Make) -> None:
    apply(make, TOWN)
    card = make.book("Guichet 1", "2017-04-07T09:00")
    kept = make.book("Guichet 1", "2017-04-06T09:00", "AULAN Gilles")
    change = TOWN.replace("Mo-Fr", "Mo-Th")
    foreseen = apply(make, change, preview=True)
    assert [one.id for one in foreseen.impact.appointments] == [card.id]
    assert make.do(appointments.show_appointment, appointment=card.id).card.status is AppointmentStatus.PLANNED
    assert apply(make, change).impact.to_reschedule == 1
    assert make.do(appointments.show_appointment, appointment=card.id).card.status is AppointmentStatus.TO_RESCHEDULE
    assert make.do(appointments.show_appointment, appointment=kept.id).card.status is AppointmentStatus.PLANNED


def test_i2_hours_given_back_restore_the_appointments_that_lost_their_slot(make: Make) -> None:
    apply(make, TOWN)
    card = make.book("Guichet 1", "2017-04-07T09:00")
    apply(make, TOWN.replace("Mo-Fr", "Mo-Th"))
    assert [one.id for one in apply(make, TOWN, preview=True).impact.restorable] == [card.id]
    assert [one.id for one in apply(make, TOWN, restore=True).impact.restored] == [card.id]
    assert make.do(appointments.show_appointment, appointment=card.id).card.status is AppointmentStatus.PLANNED
    assert make.status("Guichet 1", "2017-04-07T09:00") is SlotStatus.BOOKED


# Exceptions, dated hours, public holidays

EXCEPTION = '[[counter.exception]]\nfrom = 2017-07-10\nuntil = 2017-08-25\nweek = "Semaine"\n'


def exceptions(make: Make) -> list[tuple[date, date, str | None]]:
    view = make.do(counters.show_counter, counter="Guichet 1")
    return [(one.first_day, one.last_day, one.week) for one in view.exceptions]


def test_c5_the_file_says_all_the_exceptions_of_a_counter(make: Make) -> None:
    apply(make, TOWN)
    plan = apply(make, ALONE + EXCEPTION)
    assert lines(plan) == [("added", "exception", "Guichet 1, 2017-07-10 – 2017-08-25")]
    assert exceptions(make) == [(date(2017, 7, 10), date(2017, 8, 25), "Semaine")]
    closed = apply(make, ALONE + EXCEPTION.replace('week = "Semaine"\n', ""))
    assert fields(closed) == {"week": ("Semaine", None)}
    moved = apply(make, ALONE + EXCEPTION.replace("07-10", "07-17"))
    assert lines(moved) == [
        ("removed", "exception", "Guichet 1, 2017-07-10 – 2017-08-25"),
        ("added", "exception", "Guichet 1, 2017-07-17 – 2017-08-25"),
    ]
    assert lines(apply(make, ALONE)) == [("removed", "exception", "Guichet 1, 2017-07-17 – 2017-08-25")]
    assert exceptions(make) == []


DATED = TOWN.replace('"Mo-Fr 09:00-12:00"', '"Mo-Fr 09:00-12:00; 2017 Jul 03-Jul 28 Mo 14:00-16:00; 2017 Dec 26 off"')


def test_c5_dated_hours_become_exceptions_of_the_counters_of_the_week(make: Make) -> None:
    apply(make, DATED)
    assert exceptions(make) == [
        (date(2017, 7, 3), date(2017, 7, 28), "Semaine (2017-07-03)"),
        (date(2017, 12, 26), date(2017, 12, 26), None),
    ]
    starts = [slot.starts_at for slot in make.do(slots.list_slots, first=date(2017, 7, 3), days=1)]
    assert (min(starts).hour, max(starts).hour, len(starts)) == (14, 15, 4)
    assert len(make.do(slots.list_slots, first=date(2017, 7, 4), days=1)) == 6  # the week holds on other weekdays
    assert make.do(slots.list_slots, first=date(2017, 12, 26), days=1) == []
    assert apply(make, DATED).changes == ()
    assert apply(make, DATED, prune=True).changes == ()


def test_c5_dated_hours_that_the_file_no_longer_has_are_taken_off(make: Make) -> None:
    apply(make, DATED)
    plan = apply(make, TOWN, prune=True)
    assert ("removed", "week", "Semaine (2017-07-03)") in lines(plan)
    assert exceptions(make) == []


def test_c5_dated_hours_before_the_first_day_of_a_counter_are_none_of_its_exceptions(make: Make) -> None:
    apply(make, DATED.replace("from = 2017-04-04", "from = 2017-08-01"))
    assert exceptions(make) == [(date(2017, 12, 26), date(2017, 12, 26), None)]


HOLIDAYS = '[holidays]\ncountry = "FR"\nyears = [2017]\n'


def test_c6_public_holidays_shut_every_place(make: Make) -> None:
    apply(make, HOLIDAYS + TOWN.replace("12:00", "12:00; PH off"))
    found = {view.first_day: view for view in make.do(closures.list_closures)}
    assert {date(2017, 5, 1), date(2017, 7, 14), date(2017, 12, 25), date(2017, 5, 26)} <= found.keys()
    assert {view.place for view in found.values()} == {None}
    assert make.do(slots.list_slots, first=date(2017, 5, 1), days=1) == []
    assert apply(make, HOLIDAYS + TOWN).changes == ()


def test_c6_public_holidays_are_of_this_year_and_the_next_unless_years_are_given(make: Make) -> None:
    apply(make, '[holidays]\ncountry = "FR"\n')
    assert {view.first_day.year for view in make.do(closures.list_closures)} == {2017, 2018}


def test_c6_a_part_of_a_country_has_holidays_of_its_own(make: Make) -> None:
    apply(make, HOLIDAYS + 'subdivision = "974"\n')
    assert date(2017, 12, 20) in {view.first_day for view in make.do(closures.list_closures)}  # abolition, La Réunion


def test_c6_a_closure_that_is_also_a_public_holiday_is_declared_once(make: Make) -> None:
    text = HOLIDAYS + '[[closure]]\nlabel = "Fête du Travail"\nfrom = 2017-05-01\n'
    apply(make, text)
    labels = [view.label for view in make.do(closures.list_closures) if view.first_day == date(2017, 5, 1)]
    assert labels == ["Fête du Travail"]
    assert apply(make, text).changes == ()


# A wrong file is refused, and nothing of it is stored


@pytest.fixture(scope="module")
def empties(databases: Databases) -> Iterator[dict[str, Make]]:
    """Create a database of each kind for all files that leave nothing in it."""
    with ExitStack() as closing:
        made = {kind: closing.enter_context(databases.fresh(kind)) for kind in KINDS}
        yield {kind: Make(office_on(database, FrozenClock())) for kind, database in made.items()}


@pytest.fixture
def empty(empties: dict[str, Make], kind: str) -> Make:
    return empties[kind]


@pytest.mark.parametrize(
    ("text", "family", "error", "facts"),
    [
        (TOWN.replace('week = "Semaine"', 'week = "Semaines"'), NotFound, "not_found",
         {"kind": "week", "ref": "Semaines", "close": ("Semaine",)}),
        (TOWN.replace('place = "Mairie"', 'place = "Annexe"'), NotFound, "not_found",
         {"kind": "place", "ref": "Annexe", "close": ()}),
        (TOWN.replace('type = "Passeport"', 'type = "Passport"'), NotFound, "not_found",
         {"kind": "type", "ref": "Passport", "close": ("Passeport",)}),
        (TOWN.replace('desk = "Bureau 1"', 'desk = "Bureau 2"'), NotFound, "not_found",
         {"kind": "desk", "ref": "Bureau 2", "close": ("Bureau 1",)}),
        (TOWN.replace('label = "Passeport"\n', 'label = "Passeport"\nservices = ["X"]\n'), NotFound,
         "not_found", {"kind": "service", "ref": "X", "close": ()}),
        (TOWN.replace('desk = "Bureau 1"', 'desk = "Bureau 1"\ncapacity = 2'), Refused, "desk_capacity", {}),
        (TOWN.replace("from = 2017-04-04", "from = 2017-04-04\nuntil = 2017-04-03"), Refused, "period_backwards", {}),
        (TOWN.replace('label = "Mairie"\n', 'label = "Mairie"\ntimezone = "Europe/Pari"\n'), Invalid, "timezone", {}),
        (TOWN.replace("slot = 30", "slot = 0"), Invalid, "slot_length", {"minutes": 0}),
        (TOWN.replace("09:00-12:00", "9h-12h"), Invalid, "hours_unreadable", {}),
        (TOWN.replace("09:00-12:00", "09:00-12:00,11:00-13:00"), Refused, "openings_overlap", {}),
        (TOWN.replace("Mo-Fr", "Jan-Mar Mo-Fr"), Refused, "hours_rule", {"why": "month"}),
        (TOWN.replace("12:00", "12:00; week 2 off"), Refused, "hours_rule", {"why": "week_number"}),
        (TOWN.replace("12:00", "12:00; SH off"), Refused, "hours_rule", {"why": "school_holidays"}),
        (TOWN.replace("12:00", "12:00; PH off"), Refused, "hours_rule",
         {"text": "PH off", "why": "public_holidays_undeclared"}),
        (TOWN.replace("[[closure]]", EXCEPTION + EXCEPTION.replace("07-10", "08-01") + "[[closure]]"), Refused,
         "exception_overlap", {}),
        (TOWN.replace("[[closure]]", EXCEPTION.replace("Semaine", "Été") + "[[closure]]"), NotFound, "not_found",
         {"kind": "week", "ref": "Été"}),
        (TOWN + "until = 2017-05-25\n", Refused, "period_backwards", {}),
        (TOWN + 'place = "Annexe"\n', NotFound, "not_found", {"kind": "place"}),
        (TOWN + '[[closure]]\nlabel = "pont"\nfrom = 2017-05-26\n', Conflict, "label_taken", {}),
        ('[holidays]\ncountry = "ZZ"\n' + TOWN, Invalid, "holidays_country", {"country": "ZZ"}),
        (TOWN + '[[partner]]\nname = "BOIS Jules"\nphone = "12"\n', Invalid, "phone", {}),
        (TOWN + '[[partner]]\nname = "BOIS Jules"\nemail = "jules"\n', Invalid, "email", {}),
        (TOWN + '[[partner]]\ncode = "X1"\nname = "BOIS Jules"\n', Invalid, "code", {}),
        (TOWN + '[[slot]]\ncounter = "Guichet 1"\nstart = 2017-04-06T09:10:00\nstatus = "reserved"\n', NotFound,
         "no_slot", {}),
        (TOWN + '[[slot]]\ncounter = "Guichet 2"\nstart = 2017-04-06T09:00:00\nstatus = "reserved"\n', NotFound,
         "not_found", {"kind": "counter"}),
        (TOWN + '[[appointment]]\ncounter = "Guichet 1"\nstart = 2017-04-06T09:10:00\npartner = "X"\n', NotFound,
         "no_slot", {}),
        (TOWN + '[[appointment]]\ncounter = "Guichet 1"\nstart = 2017-04-06T09:10:00\nend = 2017-04-06T09:20:00\n'
         'partner = "X"\n', NotFound, "no_slot", {}),
        (TOWN + '[[appointment]]\ncounter = "Guichet 1"\nstart = 2017-04-06T09:00:00\nend = 2017-04-06T09:00:00\n'
         'partner = "X"\n', Refused, "period_backwards", {}),
        (TOWN + '[[appointment]]\ncounter = "Guichet 1"\nstart = 2017-04-06T09:00:00\npartner = "C000009"\n', NotFound,
         "not_found", {"kind": "partner"}),
        (TOWN + '[[appointment]]\ncounter = "Guichet 1"\nstart = 2017-04-06T09:00:00\npartner = "X"\n'
         'taken_by = "nobody"\n', NotFound, "not_found", {"kind": "agent", "ref": "nobody"}),
        (TOWN + 2 * '[[appointment]]\ncounter = "Guichet 1"\nstart = 2017-04-06T09:00:00\npartner = "{}"\n'.replace(
            "{}", "A B", 1) + '[[appointment]]\ncounter = "Guichet 1"\nstart = 2017-04-06T09:00:00\npartner = "X"\n',
         Conflict, "slot_taken", {}),
        (TOWN + '[[agent]]\nlogin = "a b"\n', Invalid, "login", {}),
    ],
)  # fmt: skip
def test_b3_of_a_file_that_cannot_be_applied_nothing_is_kept(
    empty: Make, text: str, family: type[RdvError], error: str, facts: dict[str, Any]
) -> None:
    before = everything(empty.office.database)
    with pytest.raises(family) as told:
        apply(empty, text)
    assert told.value.error == error
    assert facts.items() <= told.value.facts.items()
    assert everything(empty.office.database) == before


def test_g1_a_file_that_leaves_nobody_to_configure_is_refused(make: Make) -> None:
    with pytest.raises(Refused) as told:
        apply(make, '[[agent]]\nlogin = "root"\nrights = ["counters"]\n')
    assert (told.value.error, told.value.rule) == ("last_administrator", "G1")


# Pruning


def test_b3_pruning_removes_what_the_file_leaves_out_of_the_kinds_that_it_declares(make: Make) -> None:
    apply(make, TOWN)
    other = """
        [[counter]]
        label = "Guichet 2"
        type = "Passeport"
        place = "Mairie"
        from = 2017-04-04
        week = "Semaine"
        """
    plan = apply(make, TOWN.split("[[desk]]", maxsplit=1)[0].replace("Accueil", "Etat civil") + other, prune=True)
    assert [line for line in lines(plan) if line[0] == "removed"] == [
        ("removed", "counter", "Guichet 1"),
        ("removed", "service", "Accueil"),
    ]
    assert [view.label for view in make.do(desks.list_desks)] == ["Bureau 1"]  # no desk is declared: they stay
    assert [view.label for view in make.do(closures.list_closures)] == ["Pont"]


def test_b3_pruning_keeps_the_acting_agent_and_what_is_past(make: Make, clock: FrozenClock) -> None:
    apply(make, TOWN)
    clock.set("2017-06-01T09:00")
    plan = apply(make, '[[agent]]\nlogin = "ines"\n[[closure]]\nlabel = "Été"\nfrom = 2017-08-01\n', prune=True)
    assert lines(plan)[-1] == ("removed", "agent", "lea")
    assert [view.login for view in make.do(agents.list_agents)] == ["ines", "root"]
    assert [view.label for view in make.do(closures.list_closures)] == ["Pont", "Été"]


def test_b3_pruning_removes_closures_to_come(make: Make) -> None:
    apply(make, TOWN)
    plan = apply(make, '[[closure]]\nlabel = "Été"\nfrom = 2017-08-01\n', prune=True)
    assert lines(plan)[-1] == ("removed", "closure", "Pont, 2017-05-26")


def test_c8_pruning_what_others_depend_on_is_refused_with_the_list(make: Make) -> None:
    apply(make, TOWN)
    before = everything(make.office.database)
    with pytest.raises(Refused) as told:
        apply(make, '[[week]]\nlabel = "Autre"\n', prune=True)
    assert (told.value.error, told.value.rule) == ("in_use", "C8")
    assert told.value.facts["dependents"] == {"counter": ("Guichet 1",)}
    assert everything(make.office.database) == before


def test_i2_pruning_a_counter_reschedules_its_appointments(make: Make) -> None:
    apply(make, TOWN)
    card = make.book("Guichet 1", "2017-04-07T09:00")
    plan = apply(make, ALONE.replace("Guichet 1", "Guichet 2"), prune=True)
    assert [one.id for one in plan.impact.appointments] == [card.id]
    assert plan.impact.to_reschedule == 1


# Partners, slots and appointments

RECORDS = """
[[partner]]
code = "C000098"
name = "VIGNEAU Chloé"
email = "chloe@example.org"
[[partner]]
name = "BOIS Jules"
phone = "06 39 98 12 01"
[[slot]]
counter = "Guichet 1"
start = 2017-04-06T09:00:00
status = "reserved"
[[slot]]
counter = "guichet 1"
start = 2017-04-06T10:00:00
to = 2017-04-06T11:00:00
status = "suspended"
[[appointment]]
counter = "Guichet 1"
start = 2017-04-07T09:00:00
partner = "BOIS Jules"
taken_at = 2017-04-03T16:01:19
taken_by = "lea"
comment = "Vient avec un interprète"
[[appointment]]
counter = "Guichet 1"
start = 2017-04-07T09:30:00
partner = "C000098"
taken_at = 2017-04-03T16:02:00
[[appointment]]
counter = "Guichet 1"
start = 2017-04-03T15:45:00
end = 2017-04-03T16:15:00
partner = "C000098"
taken_at = 2017-03-01T09:00:00
"""


def planned(make: Make) -> dict[str, Any]:
    cards = make.do(appointments.list_appointments, view=AppointmentList.ALL)
    return {f"{card.starts_at:%d %H:%M}": card for card in cards}


def test_b3_partners_slots_and_appointments_are_declared_too(make: Make) -> None:
    plan = apply(make, TOWN + RECORDS)
    assert lines(plan)[8:] == [
        ("added", "partner", "VIGNEAU Chloé (C000098)"),
        ("added", "partner", "BOIS Jules (C000099)"),
        ("added", "slot", "Guichet 1, 2017-04-06 09:00"),
        ("added", "slot", "Guichet 1, 2017-04-06 10:00"),
        ("added", "slot", "Guichet 1, 2017-04-06 10:30"),
        ("added", "appointment", "BOIS Jules, Guichet 1, 2017-04-07 09:00"),
        ("added", "appointment", "VIGNEAU Chloé, Guichet 1, 2017-04-07 09:30"),
        ("added", "appointment", "VIGNEAU Chloé, Guichet 1, 2017-04-03 15:45"),
    ]
    assert make.status("Guichet 1", "2017-04-06T09:00") is SlotStatus.RESERVED
    assert make.status("Guichet 1", "2017-04-06T09:30") is SlotStatus.FREE
    assert make.status("Guichet 1", "2017-04-06T10:30") is SlotStatus.SUSPENDED
    assert make.status("Guichet 1", "2017-04-06T11:00") is SlotStatus.FREE
    assert make.slot("Guichet 1", "2017-04-07T09:00").partners == ("BOIS Jules",)
    card = planned(make)["07 09:00"]
    assert (card.taken_at, card.taken_by) == (datetime(2017, 4, 3, 16, 1, 19, tzinfo=PARIS), "lea")
    assert card.comment == "Vient avec un interprète"
    assert planned(make)["07 09:30"].taken_by == "portal"
    assert planned(make)["03 15:45"].status is AppointmentStatus.PAST_WITHOUT_STATUS
    assert apply(make, TOWN + RECORDS).changes == ()


def test_n2_nobody_is_told_of_an_appointment_that_was_taken_elsewhere(make: Make) -> None:
    apply(make, TOWN + RECORDS)
    assert make.rows("SELECT count(*) FROM notice") == [(0,)]


def test_b3_an_appointment_is_known_again_wherever_it_has_moved(make: Make) -> None:
    apply(make, TOWN + RECORDS)
    make.do(appointments.move, appointment=planned(make)["07 09:00"].id, start="2017-04-10T11:00")
    make.do(appointments.cancel, appointments=[planned(make)["07 09:30"].id])
    assert apply(make, TOWN + RECORDS).changes == ()
    assert make.status("Guichet 1", "2017-04-07T09:00") is SlotStatus.FREE


def test_b3_what_stands_on_a_slot_is_left_alone_by_a_declared_slot(make: Make) -> None:
    apply(make, TOWN)
    make.book("Guichet 1", "2017-04-06T09:00")
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-06T10:30")
    plan = apply(make, TOWN + RECORDS)
    assert [label for _, kind, label in lines(plan) if kind == "slot"] == ["Guichet 1, 2017-04-06 10:00"]
    assert make.status("Guichet 1", "2017-04-06T09:00") is SlotStatus.BOOKED


def test_b3_a_partner_is_changed_field_by_field_and_keeps_what_the_file_does_not_say(make: Make) -> None:
    apply(make, TOWN + RECORDS)
    plan = apply(make, '[[partner]]\ncode = "C000098"\nname = "VIGNEAU-ROY Chloé"\nphone = "06 39 98 12 09"\n')
    assert lines(plan) == [("changed", "partner", "VIGNEAU-ROY Chloé (C000098)")]
    assert fields(plan) == {"name": ("VIGNEAU Chloé", "VIGNEAU-ROY Chloé"), "phone": (None, "+33639981209")}
    assert make.do(partners.show_partner, partner="C000098").card.email == "chloe@example.org"


def test_s3_a_declared_appointment_takes_a_reserved_slot_and_not_a_suspended_one(make: Make) -> None:
    appointment = '[[appointment]]\ncounter = "Guichet 1"\nstart = 2017-04-06T{}:00\npartner = "X"\n'
    apply(make, TOWN + RECORDS + appointment.format("09:00"))
    assert make.status("Guichet 1", "2017-04-06T09:00") is SlotStatus.BOOKED
    with pytest.raises(Refused) as told:
        apply(make, TOWN + RECORDS + appointment.format("10:00"))
    assert (told.value.error, told.value.rule) == ("slot_suspended", "S3")


@pytest.mark.parametrize("status", ["planned", "done", "no_show", "cancelled", "to_reschedule"])
def test_a2_an_appointment_is_declared_with_its_status(make: Make, status: str) -> None:
    day = "2017-04-04" if status in ("done", "no_show") else "2017-04-06"
    line = f'[[appointment]]\ncounter = "Guichet 1"\nstart = {day}T09:00:00\npartner = "X"\nstatus = "{status}"\n'
    apply(make, TOWN + line)
    card = planned(make)[f"{day[-2:]} 09:00"]
    assert (card.status, card.has_slot) == (AppointmentStatus(status), status not in ("cancelled", "to_reschedule"))
    assert apply(make, TOWN + line).changes == ()


TWO = TOWN + ALONE.replace('"Mairie"', '"Annexe"').replace('desk = "Bureau 1"\n', "") + '[[place]]\nlabel = "Annexe"\n'


def test_b3_a_place_tells_counters_of_one_label_apart(make: Make) -> None:
    line = '[[appointment]]\ncounter = "Guichet 1"\nstart = 2017-04-06T09:00:00\npartner = "X"\n'
    with pytest.raises(Refused) as told:
        apply(make, TWO + line)
    assert (told.value.error, told.value.facts["ref"]) == ("ambiguous", "Guichet 1")
    apply(make, TWO + line + 'place = "annexe"\n')
    assert planned(make)["06 09:00"].place == "Annexe"


def test_c2_declared_times_are_those_of_the_place(make: Make) -> None:
    apply(make, TOWN.replace('"Mairie"\n', '"Mairie"\ntimezone = "America/Guadeloupe"\n', 1) + RECORDS)
    assert planned(make)["07 09:00"].starts_at.utcoffset() == timedelta(hours=-4)
    assert make.status("Guichet 1", "2017-04-06T09:00") is SlotStatus.RESERVED


def test_b3_a_new_code_after_those_of_the_file_is_free(make: Make) -> None:
    apply(make, TOWN + RECORDS)
    assert make.do(partners.add_partner, name="NGUYEN Linh").code == "C000100"


def test_c3_a_declared_week_may_have_slots_of_several_lengths(make: Make) -> None:
    text = (
        '[[week]]\nlabel = "Mixte"\n[[week.openings]]\nhours = "Mo 09:00-10:00"\nslot = 30\n'
        '[[week.openings]]\nhours = "Mo 14:00-16:00"\nslot = 60\n'
    )
    apply(make, text)
    view = make.do(weeks.show_week, week="mixte")
    assert [(opening.start, opening.slot) for opening in view.openings] == [(540, 30), (840, 60)]
    assert apply(make, text).changes == ()


def test_only_agents_declare(make: Make) -> None:
    with pytest.raises(NotAllowed):
        make.do(apply_town, by=Actor.agent("nobody"), town=declared(TOWN))


def test_b3_reminders_are_compared_whatever_their_order_and_wishes_stay_where_none_is_declared(make: Make) -> None:
    text = """
[[type]]
label = "Passeport"
reminder_hours = [2, 48, 48]

[[partner]]
name = "DURAND Léa"
email = "lea@example.org"
"""
    make.do(apply_town, town=declared(text))
    assert make.do(types.show_type, type="Passeport").reminder_hours == (48, 2)
    make.do(partners.set_partner, partner="DURAND Léa", wants_email=False, language="en")
    assert make.do(apply_town, town=declared(text)).changes == ()
    wished = text + 'language = "fr"\nwants_email = true\nwants_sms = false\n'
    [change] = make.do(apply_town, town=declared(wished)).changes
    assert change.fields == {"language": ("en", "fr"), "wants_email": (False, True), "wants_sms": (True, False)}
    assert make.do(apply_town, town=declared(wished)).changes == ()
