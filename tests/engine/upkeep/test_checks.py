"""`rdv db check`: every kind of corruption, made by raw SQL behind the engine's back, is found and named."""

from datetime import date

import pytest
from sqlalchemy import text

from rdv.engine.booking import appointments, slots
from rdv.engine.setup import counters
from rdv.engine.town.apply import apply_town
from rdv.engine.town.export import export_config
from rdv.engine.upkeep.checks import Finding, check_database
from rdv.terms import NotAllowed, Right
from tests.conftest import Make
from tests.databases import Databases
from tests.towns import declared, everything, example


def found(make: Make) -> list[tuple[str, tuple[int, ...]]]:
    findings: list[Finding] = make.do(check_database)
    return [(finding.error, finding.ids) for finding in findings]


def corrupt(make: Make, *statements: str) -> None:
    with make.office.database.write() as session:
        for statement in statements:
            session.execute(text(statement))


@pytest.fixture
def booked(make: Make) -> tuple[int, int]:
    """Book two appointments at Guichet 1, at 9:00 and at 9:30 on 06/04/2017."""
    make.town("Guichet 1", "Guichet 2")
    return make.book("Guichet 1", "2017-04-06T09:00").id, make.book("Guichet 1", "2017-04-06T09:30").id


def test_a_new_database_is_sound(make: Make) -> None:
    assert found(make) == []


def test_the_manual_s_town_hall_is_sound_after_a_day_of_work(make: Make) -> None:
    make.do(apply_town, town=declared(example("mairie")))
    make.do(appointments.move, appointment=1, start="2017-04-06T10:00")
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-07", to="2017-04-07")
    make.do(counters.set_counter, counter="Citoyenneté", last=date(2017, 4, 4))
    assert found(make) == []


@pytest.mark.usefixtures("booked")
def test_checking_writes_nothing(make: Make) -> None:
    before = everything(make.office.database)
    found(make)
    assert everything(make.office.database) == before


def test_a1_a_planned_appointment_that_lost_its_seat_is_found(make: Make, booked: tuple[int, int]) -> None:
    corrupt(make, f"DELETE FROM claim WHERE appointment_id = {booked[0]}")
    assert found(make) == [("planned_without_claim", (booked[0],))]


def test_a2_a_cancelled_appointment_that_keeps_a_seat_is_found(make: Make, booked: tuple[int, int]) -> None:
    corrupt(make, f"UPDATE appointment SET status = 'cancelled' WHERE id = {booked[1]}")
    assert found(make) == [("claim_elsewhere", (booked[1],))]


def test_a5_an_appointment_to_reschedule_that_keeps_a_seat_is_found(make: Make, booked: tuple[int, int]) -> None:
    corrupt(make, f"UPDATE appointment SET status = 'to_reschedule' WHERE id = {booked[1]}")
    assert found(make) == [("claim_elsewhere", (booked[1],))]


@pytest.mark.parametrize(
    "change",
    [
        "counter_id = (SELECT id FROM counter WHERE label = 'Guichet 2')",
        "starts_at = starts_at + {hour}, ends_at = ends_at + {hour}",
    ],
)
def test_a1_a_seat_that_is_not_where_the_appointment_says_is_found(
    make: Make, booked: tuple[int, int], change: str
) -> None:
    hour = "3600" if make.office.database.is_sqlite else "interval '1 hour'"
    corrupt(make, f"UPDATE claim SET {change.format(hour=hour)} WHERE appointment_id = {booked[0]}")
    assert found(make) == [("claim_elsewhere", (booked[0],))]


def counter_of(make: Make, label: str) -> int:
    number: int = make.do(counters.show_counter, counter=label).id
    return number


@pytest.mark.usefixtures("booked")
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM opening",
        "UPDATE opening SET slot = 45",
        "UPDATE counter SET last_day = '2017-04-05' WHERE label = 'Guichet 1'",
        "INSERT INTO closure (label, key, first_day, last_day) VALUES ('Pont', 'pont', '2017-04-06', '2017-04-06')",
        "INSERT INTO exception_period (counter_id, first_day, last_day) VALUES (1, '2017-04-06', '2017-04-06')",
        "UPDATE place SET timezone = 'America/Guadeloupe'",
    ],
)
def test_s1_a_claim_where_no_slot_is_is_found(make: Make, statement: str) -> None:
    corrupt(make, statement)
    assert found(make) == [("claim_without_slot", (counter_of(make, "Guichet 1"),))]


@pytest.mark.usefixtures("booked")
def test_c4_a_claim_on_a_seat_that_the_counter_has_not_is_found(make: Make) -> None:
    corrupt(make, "UPDATE claim SET seat = 2 WHERE seat = 1")
    assert found(make) == [("claim_without_slot", (counter_of(make, "Guichet 1"),))]


@pytest.mark.usefixtures("booked")
def test_c4_a_claim_on_a_counter_that_was_removed_is_found(make: Make) -> None:
    number = counter_of(make, "Guichet 1")
    corrupt(make, "UPDATE counter SET removed = id WHERE label = 'Guichet 1'")
    assert found(make) == [("claim_without_slot", (number,))]


def at_one_desk(make: Make) -> tuple[int, int]:
    """Set up two counters of one desk, each with an appointment, on two days."""
    make.do(apply_town, town=declared(example("mairie")))
    make.do(apply_town, town=declared('[[type]]\nlabel = "Action sociale"\n'))
    make.book("Etat civil", "2017-04-10T14:00")
    make.book("Action sociale", "2017-04-11T14:00")
    return counter_of(make, "Etat civil"), counter_of(make, "Action sociale")


def test_c7_a_desk_that_seats_two_people_at_once_is_found(make: Make) -> None:
    numbers = at_one_desk(make)
    assert found(make) == []
    back, drop = (
        ("86400", ["DROP TRIGGER claim_desk_overlap_update"])
        if make.office.database.is_sqlite
        else ("interval '1 day'", ["ALTER TABLE claim DROP CONSTRAINT claim_desk_overlap"])
    )
    earlier = f"SET starts_at = starts_at - {back}, ends_at = ends_at - {back}"
    last = "SELECT max(id) FROM appointment"
    corrupt(
        make, *drop, f"UPDATE claim {earlier} WHERE appointment_id = ({last})",
        f"UPDATE appointment {earlier} WHERE id = ({last})",
    )  # fmt: skip
    assert found(make) == [("desk_twice", tuple(sorted(numbers)))]


@pytest.mark.parametrize("desk", ["NULL", "(SELECT max(id) FROM desk)"])
def test_c7_an_appointment_that_sits_at_another_desk_than_its_counter_s_is_found(make: Make, desk: str) -> None:
    _, second = at_one_desk(make)
    corrupt(
        make,
        "INSERT INTO desk (label, key) VALUES ('Bureau 4', 'bureau 4')",
        f"UPDATE claim SET desk_id = {desk} WHERE appointment_id = (SELECT max(id) FROM appointment)",
    )
    assert found(make) == [("desk_twice", (second,))]


def test_several_kinds_of_corruption_are_all_told(make: Make, booked: tuple[int, int]) -> None:
    corrupt(
        make,
        f"DELETE FROM claim WHERE appointment_id = {booked[0]}",
        f"UPDATE appointment SET status = 'cancelled' WHERE id = {booked[1]}",
        "DELETE FROM opening",
    )
    assert [error for error, _ in found(make)] == ["planned_without_claim", "claim_elsewhere", "claim_without_slot"]


def test_past_appointments_without_a_seat_are_no_corruption(make: Make, booked: tuple[int, int]) -> None:
    make.office.clock.set("2017-04-07T09:00")  # type: ignore[attr-defined]
    corrupt(make, f"DELETE FROM claim WHERE appointment_id = {booked[0]}")
    assert found(make) == []


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("booked")
def test_a_row_that_points_to_nothing_is_found_in_a_file(make: Make) -> None:
    with make.office.database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("UPDATE closure SET place_id = 999")
        connection.exec_driver_sql(
            "INSERT INTO closure (label, key, place_id, first_day, last_day) VALUES ('X', 'x', 99, '2017-05-01', "
            "'2017-05-01')"
        )
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    assert found(make) == [("damaged_file", ())]


@pytest.mark.parametrize("right", [Right.COUNTERS, Right.APPOINTMENTS])
def test_g1_checking_takes_the_right_to_configure(make: Make, right: Right) -> None:
    with pytest.raises(NotAllowed):
        make.do(check_database, by=make.agent("lea", (right,)))


def test_a_sound_town_hall_stays_sound_in_another_database(make: Make, databases: Databases, kind: str) -> None:
    make.do(apply_town, town=declared(example("mairie")))
    text_of_all: str = make.do(export_config, everything=True)
    with databases.fresh(kind) as other:
        from tests.conftest import office_on

        elsewhere = Make(office_on(other, make.office.clock))  # type: ignore[arg-type]
        elsewhere.do(apply_town, town=declared(text_of_all))
        assert found(elsewhere) == []
