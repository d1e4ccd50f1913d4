"""Random sequences of all use cases against what must always be true, on both databases.

The machine knows a small town where things collide. After each step an independent checker reads the database by plain
SQL (`invariants`), and the step itself is judged (`judge`).
"""

from collections import Counter as Tally
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from rdv import date_input
from rdv.engine.booking import appointments, partners, slots
from rdv.engine.office import Office
from rdv.engine.setup import agents, closures, counters, desks, exceptions, places, types, weeks
from rdv.engine.setup.services import add_service
from rdv.engine.views.appointments import AppointmentCard
from rdv.store.tables import Claim
from rdv.terms import KEEP, Actor, Conflict, Right
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases
from tests.engine.invariants import dump
from tests.engine.judge import BOOK, CONFIGURE, MANAGE, Judged, UseCase

FIRST, LAST = date(2017, 4, 5), date(2017, 4, 14)
DAYS = [FIRST + timedelta(days=n) for n in range(10) if n not in (3, 4)]
ROOT = Actor.agent("root")
OTHERS = [Actor.agent(login) for login in ("books", "manages", "configures", "outside", "nobody", "stranger")]
WEEKS = ("Semaine", "Longue")

actors = st.sampled_from([ROOT] * 14 + OTHERS)
pick = st.integers(0, 999)
day = st.sampled_from(DAYS)
length = st.integers(0, 2)
person = st.sampled_from(["A", "B", "C", "C000001", "C000002"])
contact = st.fixed_dictionaries(
    {"phone": st.sampled_from([None, "0612345678"]), "email": st.sampled_from([None, None, "a@example.org"])}
)
week = st.sampled_from(WEEKS)
hours = st.sampled_from(
    [[("Mo-Fr 09:00-10:00", 20)], [("Mo-Fr 09:00-10:00", 30)], [("We-Fr 09:20-10:00", 20)], [("Mo-Fr 09:00-09:30", 30)],
     [("Mo-Fr 09:00-09:20", 20), ("Mo-Fr 09:30-10:00", 30)], []]
)  # fmt: skip
restore = st.booleans()


def build(office: Office) -> None:
    """Create two types, one of them kept to a service, two places, two weeks, a desk for two counters, six agents."""
    make = Make(office)
    for label in ("État civil", "Accueil"):
        make.do(add_service, label=label)
    make.do(desks.add_desk, label="Poste")
    make.do(agents.set_agent, agent="root", services=["État civil"])
    make.town("G1", hours="Mo-Fr 09:00-10:00", slot=20, capacity=2)
    make.do(places.add_place, label="Annexe", timezone="Europe/London")
    make.do(weeks.add_week, label="Longue", hours=[("Mo-Fr 09:00-10:00", 30)])
    make.do(types.add_type, label="Passeport", services=["État civil"])
    make.counter("G2", week="Longue", desk="Poste")
    make.counter("G3", type="Passeport", desk="Poste")
    make.book("G1", "2017-04-05T09:00", "A", phone="0612345678")
    make.book("G1", "2017-04-05T09:00", "B", email="b@example.org")
    make.book("G2", "2017-04-06T09:00", "A")
    make.book("G3", "2017-04-06T09:40", "C")
    make.agent("books", (BOOK,), ("État civil",))
    make.agent("manages", (MANAGE,), ("État civil",))
    make.agent("configures", (CONFIGURE,))
    make.agent("outside", tuple(Right), ("Accueil",))
    make.agent("nobody")


class Town(Judged):
    """The acts that are possible in the town."""

    def counter(self, number: int) -> int:
        """Choose a counter, or rarely one that does not exist."""
        known = [*self.picture.counters, *self.picture.counters, *self.picture.counters, 99]
        return known[number % len(known)]

    def place_and_time(self, number: int) -> dict[str, Any]:
        """Choose a counter and one of its upcoming slots, often a taken one, rarely a moment without a slot."""
        claims = [claim for claim in self.rows["claim"] if claim["ends_at"] > self.picture.now]
        if claims and number % 3 == 0:
            claim = claims[number % len(claims)]
            where, found = claim["counter_id"], [claim["starts_at"]]
        else:
            where = self.counter(number)
            found = [at for at, end in self.picture.slots(where, FIRST, LAST) if end > self.picture.now]
            found.append(self.picture.now // 600 * 600)
        return {"counter": where, "start": date_input.at(datetime.fromtimestamp(found[number % len(found)], UTC))}

    def appointment(self, number: int) -> int:
        """Choose an appointment, or rarely one that does not exist."""
        known = [*self.picture.by_id("appointment"), 99]
        return known[number % len(known)]

    @rule(actor=actors, where=pick, partner=person, contact=contact)
    def assign(self, actor: Actor, where: int, partner: str, contact: dict[str, Any]) -> None:
        self.assign_at(self.place_and_time(where), actor=actor, partner=partner, **contact)

    def assign_at(self, given: dict[str, Any], *, actor: Actor = ROOT, partner: str = "A", **contact: Any) -> None:
        before = self.picture
        outcome = self.attempt(appointments.assign, actor, **given, partner=partner, **contact)
        if isinstance(outcome, Conflict | AppointmentCard) or getattr(outcome, "error", "") == "slot_suspended":
            start = int(given["start"].instant(UTC, self.clock.now).timestamp())
            assert before.can_be_given(given["counter"], start) == isinstance(outcome, AppointmentCard)

    @rule(first=pick, partner=person, contact=contact)
    def assign_several(self, first: int, partner: str, contact: dict[str, Any]) -> None:
        for where in range(first, first + 4):
            self.assign_at(self.place_and_time(where), partner=partner, **contact)

    @rule(actor=actors, which=pick, where=pick)
    def move(self, actor: Actor, which: int, where: int) -> None:
        self.attempt(appointments.move, actor, appointment=self.appointment(which), **self.place_and_time(where))

    @rule(
        actor=actors,
        function=st.sampled_from(
            [appointments.cancel, appointments.mark_done, appointments.mark_no_show, appointments.reopen]
        ),
        which=st.lists(pick, min_size=1, max_size=2),
    )
    def close(self, actor: Actor, function: UseCase, which: list[int]) -> None:
        self.attempt(function, actor, appointments=sorted({self.appointment(number) for number in which}))

    @rule(actor=actors, which=st.lists(pick, min_size=1, max_size=2), arrived=st.booleans())
    def arrive(self, actor: Actor, which: list[int], arrived: bool) -> None:
        some = sorted({self.appointment(number) for number in which})
        self.attempt(appointments.mark_arrived, actor, appointments=some, arrived=arrived)

    @rule(actor=actors, function=st.sampled_from([slots.suspend, slots.reserve]), where=pick, until=st.none() | day)
    def keep(self, actor: Actor, function: UseCase, where: int, until: date | None) -> None:
        self.change(function, actor, **self.place_and_time(where), to=until and date_input.on(until))

    @rule(actor=actors, which=pick, where=pick, until=st.none() | day, restore=restore)
    def release(self, actor: Actor, which: int, where: int, until: date | None, restore: bool) -> None:
        kept = [claim for claim in self.rows["claim"] if claim["status"] in ("suspended", "reserved")]
        given = self.place_and_time(where)
        if kept:
            claim = kept[which % len(kept)]
            at = date_input.at(datetime.fromtimestamp(claim["starts_at"], UTC))
            given = {"counter": claim["counter_id"], "start": at}
        self.change(slots.release, actor, **given, to=until and date_input.on(until), restore=restore)

    @rule(where=pick, minutes=st.sampled_from([4, 15, 90]), seat=st.integers(1, 2), wait=st.booleans())
    def hold(self, where: int, minutes: int, seat: int, wait: bool) -> None:
        """Hold a slot for a citizen, as the portal does (P2), if the constraints allow it."""
        given = self.place_and_time(where)
        counter = self.picture.counters.get(given["counter"])
        at = int(given["start"].instant(UTC, self.clock.now).timestamp())
        length = next((end - at for start, end in self.picture.slots(given["counter"], FIRST, LAST) if start == at), 0)
        people = [row["id"] for row in self.rows["partner"] if row["merged_into_id"] is None]
        if counter is None or not length or seat > counter["capacity"] or not people:
            return
        row = {
            "counter_id": counter["id"], "starts_at": datetime.fromtimestamp(at, UTC), "seat": seat, "status": "held",
            "ends_at": datetime.fromtimestamp(at + length, UTC), "desk_id": counter["desk_id"], "partner_id": people[0],
            "expires_at": self.clock.now + timedelta(minutes=minutes),
        }  # fmt: skip
        try:
            with self.database.write() as session:
                session.execute(insert(Claim), [row])
            self.tally["hold: True"] += 1
        except IntegrityError:  # the seat is taken
            self.tally["hold: IntegrityError"] += 1
        self.rows = dump(self.database)
        if wait:
            self.time_goes_by(minutes)
            self.assign_at(given)

    @rule(actor=actors, week=week, hours=hours, restore=restore)
    def set_week(self, actor: Actor, **given: Any) -> None:
        self.change(weeks.set_week, actor, **given)

    @rule(
        actor=actors,
        which=pick,
        given=st.fixed_dictionaries(
            {},
            optional={
                "week": week,
                "capacity": st.integers(1, 3),
                "desk": st.sampled_from([None, "Poste"]),
                "type": st.sampled_from(["Passeport", "Citoyenneté"]),
                "first": st.sampled_from(DAYS[:3]),
                "place": st.sampled_from(["Annexe", "Mairie principale"]),
                "last": st.none() | day,
                "restore": restore,
            },
        ),
    )
    def set_counter(self, actor: Actor, which: int, given: dict[str, Any]) -> None:
        self.change(counters.set_counter, actor, counter=self.counter(which), **given)

    @rule(which=pick, capacity=st.integers(1, 3), desk=st.sampled_from([KEEP, None, "Poste"]))
    def seat(self, which: int, capacity: int, desk: Any) -> None:
        self.change(counters.set_counter, ROOT, counter=self.counter(which), capacity=capacity, desk=desk)

    @precondition(lambda self: len(self.picture.counters) < 5)
    @rule(
        actor=actors,
        label=st.sampled_from(["G1", "G2", "G3", "G4"]),
        type=st.sampled_from(["Citoyenneté", "Passeport"]),
        week=week,
        place=st.sampled_from(["Mairie principale", "Annexe"]),
        desk=st.sampled_from([None, "Poste"]),
        first=st.sampled_from(DAYS[:3]),
    )
    def add_counter(self, actor: Actor, **given: Any) -> None:
        self.attempt(counters.add_counter, actor, **given)

    @precondition(lambda self: len(self.picture.counters) > 3)
    @rule(actor=actors, which=pick)
    def remove_counter(self, actor: Actor, which: int) -> None:
        self.change(counters.remove_counter, actor, counter=self.counter(which))

    @rule(actor=actors, which=pick, first=day, length=length, week=st.none() | week)
    def add_exception(self, actor: Actor, which: int, first: date, length: int, week: str | None) -> None:
        last = first + timedelta(days=length)
        self.change(exceptions.add_exception, actor, counter=self.counter(which), first=first, last=last, week=week)

    def exception(self, number: int) -> dict[str, Any]:
        """Choose an exception period by one of its days, or a day without one."""
        periods = self.rows["exception_period"]
        if not periods:
            return {"counter": self.counter(number), "exception": FIRST}
        period = periods[number % len(periods)]
        return {"counter": period["counter_id"], "exception": period["last_day"]}

    @rule(actor=actors, which=pick, last=st.none() | day, week=st.sampled_from([KEEP, None, *WEEKS]), restore=restore)
    def set_exception(self, actor: Actor, which: int, **given: Any) -> None:
        self.change(exceptions.set_exception, actor, **self.exception(which), **given)

    @rule(actor=actors, which=pick, restore=restore)
    def remove_exception(self, actor: Actor, which: int, restore: bool) -> None:
        self.change(exceptions.remove_exception, actor, **self.exception(which), restore=restore)

    @rule(actor=actors, first=day, length=length, place=st.sampled_from([None, "Mairie principale", "Annexe"]))
    def add_closure(self, actor: Actor, first: date, length: int, place: str | None) -> None:
        last = first + timedelta(days=length)
        self.change(closures.add_closure, actor, label="Travaux", first=first, last=last, place=place)

    def closure(self, number: int) -> int:
        """Choose a closure, or one that does not exist."""
        known = [*self.picture.by_id("closure"), 99]
        return known[number % len(known)]

    @rule(actor=actors, which=pick, last=day, restore=restore)
    def set_closure(self, actor: Actor, which: int, **given: Any) -> None:
        self.change(closures.set_closure, actor, closure=self.closure(which), **given)

    @rule(actor=actors, which=pick, restore=restore)
    def remove_closure(self, actor: Actor, which: int, restore: bool) -> None:
        self.change(closures.remove_closure, actor, closure=self.closure(which), restore=restore)

    @rule(actor=actors, timezone=st.sampled_from(["Europe/Paris", "Europe/London"]), restore=restore)
    def set_place(self, actor: Actor, **given: Any) -> None:
        self.change(places.set_place, actor, place="Mairie principale", **given)

    @rule(actor=actors, name=st.sampled_from(["A", "B", "D"]), contact=contact)
    def add_partner(self, actor: Actor, name: str, contact: dict[str, Any]) -> None:
        self.attempt(partners.add_partner, actor, name=name, **contact)

    @rule(actor=actors, partner=person, name=st.none() | st.just("B"), contact=contact)
    def set_partner(self, actor: Actor, partner: str, name: str | None, contact: dict[str, Any]) -> None:
        self.attempt(partners.set_partner, actor, partner=partner, name=name, **contact)

    @rule(actor=actors, partner=person, into=person)
    def merge_partners(self, actor: Actor, partner: str, into: str) -> None:
        self.attempt(partners.merge_partners, actor, partner=partner, into=into)

    @rule(
        actor=actors, rights=st.sets(st.sampled_from(list(Right))), agent=st.sampled_from(["root", "books", "nobody"])
    )
    def set_agent(self, actor: Actor, rights: set[Right], agent: str) -> None:
        self.attempt(agents.set_agent, actor, agent=agent, rights=rights)
        self.attempt(agents.set_agent, Actor.agent("configures"), agent="root", rights=list(Right))

    @rule(actor=actors, services=st.sampled_from([[], ["État civil"], ["Accueil"]]))
    def set_type(self, actor: Actor, services: list[str]) -> None:
        self.attempt(types.set_type, actor, type="Citoyenneté", services=services)

    @rule(minutes=st.sampled_from([5, 20, 60, 12 * 60]))
    def time_goes_by(self, minutes: int) -> None:
        if self.clock.now.date() < LAST - timedelta(days=3):
            self.clock.advance(minutes=minutes)


@pytest.mark.parametrize(("kind", "examples", "steps"), [("sqlite", 30, 40), ("postgresql", 10, 30)])
def test_s5_i2_g1_g3_whatever_happens_in_whatever_order_nothing_is_broken(
    databases: Databases, kind: str, examples: int, steps: int
) -> None:
    """A1–A5, C3–C7, S1–S5, G1–G3, P2, I1 and I2 all at once."""
    with databases.fresh(kind) as town:
        build(office_on(town, FrozenClock()))
        town.close()
        here = type("Here", (Town,), {"databases": databases, "kind": kind, "built": town, "tally": Tally()})
        lenient = settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        )
        run_machine(here, settings=lenient)
    done = {step.partition(":")[0] for step in here.tally if step.endswith(": True")}
    assert len(done) > 14, "the machine does things, it is not only refused"
