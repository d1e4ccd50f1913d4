"""Agents and citizens at work: random acts from a seed, as fast as the answers come, until the round ends."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from faults.processes import Hand
from faults.town import CITIZENS, COUNTERS, LENGTHS, PEOPLE, PLACES, WEEKS, Town
from rdv import date_input
from rdv.engine.booking import appointments, rescheduling, slots
from rdv.engine.booking.rescheduling import Move
from rdv.engine.citizens import holds, offer, own_appointments
from rdv.engine.setup import exceptions, weeks
from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.slots import SlotView
from rdv.terms import Actor, AppointmentList, SlotStatus

DAYS = 3
"""How many days ahead they look: few enough to compete for seats."""

Choice = tuple[Callable[[Any], None], float]


def seconds(when: datetime) -> int:
    """Return an instant as the notes write it."""
    return int(when.timestamp())


class Agent:
    """An agent with every right."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.me = Actor.agent(hand.name)
        self.chance = hand.chance

    def work(self) -> None:
        """Do one act after the other."""
        choices: Sequence[Choice] = (
            (Agent.assign, 30), (Agent.move, 12), (Agent.cancel, 7), (Agent.mark, 11), (Agent.release, 6),
            (Agent.close, 6), (Agent.change_week, 2), (Agent.except_a_day, 3), (Agent.reschedule, 6),
        )  # fmt: skip
        actions, weights = zip(*choices, strict=True)
        while not self.hand.is_over:
            self.chance.choices(actions, weights)[0](self)
            self.hand.pause()

    def assign(self) -> None:
        """Assign a free or reserved slot to a partner."""
        slot = self._slot(SlotStatus.FREE, SlotStatus.RESERVED)
        if slot is None:
            return
        token = f"{self.hand.name} {time.time_ns()}"
        self.hand.ask(
            appointments.assign, self.me, where(slot) | {"token": token}, card_told, counter=slot.counter_id,
            start=date_input.at(slot.starts_at), comment=token,
            partner=f"C{self.chance.randint(CITIZENS + 1, PEOPLE):06}",
        )  # fmt: skip

    def move(self) -> None:
        """Move an appointment, often one to reschedule."""
        view = self.chance.choice((AppointmentList.PLANNED, AppointmentList.TO_RESCHEDULE))
        card, slot = self._card(view), self._slot(SlotStatus.FREE)
        if card is not None and slot is not None:
            self.hand.ask(
                appointments.move, self.me, where(slot) | {"id": card.id}, card_told, appointment=card.id,
                counter=slot.counter_id, start=date_input.at(slot.starts_at),
            )  # fmt: skip

    def cancel(self) -> None:
        """Cancel one or two appointments at once, all or none."""
        some = [self._card(AppointmentList.PLANNED), self._card(AppointmentList.TO_RESCHEDULE)]
        ids = sorted({card.id for card in some if card is not None})[: self.chance.randint(1, 2)]
        if ids:
            self.hand.ask(appointments.cancel, self.me, {"ids": ids}, appointments=ids)

    def mark(self) -> None:
        """Suspend or reserve a slot, taken or not."""
        slot = self._slot()
        if slot is not None:
            function = self.chance.choice((slots.suspend, slots.reserve))
            start = date_input.at(slot.starts_at)
            self.hand.ask(function, self.me, where(slot), counter=slot.counter_id, start=start)

    def release(self) -> None:
        """Release a suspended or reserved slot, and sometimes restore its appointments."""
        slot = self._slot(SlotStatus.SUSPENDED, SlotStatus.RESERVED)
        if slot is not None:
            self.hand.ask(
                slots.release, self.me, where(slot), counter=slot.counter_id, start=date_input.at(slot.starts_at),
                restore=self.chance.random() < 0.5,
            )  # fmt: skip

    def close(self) -> None:
        """Mark a past appointment as done or as a no-show."""
        card = self._card(AppointmentList.PAST_WITHOUT_STATUS, widen=True)
        if card is not None:
            function = self.chance.choice((appointments.mark_done, appointments.mark_no_show))
            self.hand.ask(function, self.me, {"ids": [card.id]}, appointments=[card.id])

    def change_week(self) -> None:
        """Change the hours of a week; appointments without a slot become to reschedule."""
        week = self.chance.choice(sorted(WEEKS))
        self.hand.ask(
            weeks.set_week, self.me, {"week": week}, week=week, restore=self.chance.random() < 0.3,
            hours=[(self.chance.choice(WEEKS[week]), LENGTHS[week])],
        )  # fmt: skip

    def except_a_day(self) -> None:
        """Close a counter for a day, change its hours for a day, or remove such an exception."""
        counter = self.chance.randint(1, len(COUNTERS))
        day = self.hand.stage.clock().date() + timedelta(days=self.chance.randint(0, DAYS))
        given = {"counter": counter, "day": str(day)}
        if self.chance.random() < 0.6:
            self.hand.ask(exceptions.remove_exception, self.me, given, counter=counter, exception=date_input.on(day))
        else:
            other = self.chance.choice((None, *sorted(WEEKS)))
            first = last = date_input.on(day)
            self.hand.ask(exceptions.add_exception, self.me, given, counter=counter, first=first, last=last, week=other)

    def reschedule(self) -> None:
        """Plan new slots for appointments to reschedule, wait for a moment, and apply the plan (I3)."""
        plan = self.hand.read(rescheduling.plan_moves, self.me)
        if plan is None or not plan.moves:
            return
        self.hand.pause(0.2)
        moves = [Move(one.card.id, one.counter_id, date_input.at(one.starts_at)) for one in plan.moves[:12]]
        noted = [[one.card.id, seconds(one.starts_at)] for one in plan.moves[:12]]
        self.hand.ask(
            rescheduling.apply_moves, self.me, {"moves": noted},
            lambda found: {"moved": [[card.id, seconds(card.starts_at)] for card in found.moved]}, moves=moves,
        )  # fmt: skip

    def _slot(self, *statuses: SlotStatus) -> SlotView | None:
        today = self.hand.stage.clock().date() + timedelta(days=self.chance.randint(0, DAYS - 1))
        counter = self.chance.randint(1, len(COUNTERS))
        found = self.hand.read(
            slots.list_slots, self.me, first=today, days=1, counters=[counter], statuses=statuses
        )  # fmt: skip
        return self.chance.choice(found) if found else None

    def _card(self, view: AppointmentList, **more: Any) -> AppointmentCard | None:
        found = self.hand.read(appointments.list_appointments, self.me, view=view, limit=30, **more)
        return self.chance.choice(found) if found else None


class Citizen:
    """Citizens on the portal, each on several devices: the limits hold for the file, not for the device."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.chance = hand.chance

    def work(self) -> None:
        """Act as one citizen after the other."""
        while not self.hand.is_over:
            number = self.chance.randint(1, CITIZENS)
            self.visit(Actor.citizen(f"C{number:06}"))
            self.hand.pause(0.1)

    def visit(self, me: Actor) -> None:
        """Hold up to three slots and confirm them, or change or cancel an appointment."""
        mine = self.hand.read(own_appointments.list_mine, me)
        kind = self.chance.random()
        if mine is not None and mine.upcoming and kind < 0.5:
            one = self.chance.choice(mine.upcoming)
            if kind < 0.25:
                self.hand.ask(own_appointments.cancel_mine, me, {"id": one.id}, appointment=one.id)
            else:
                self.change(me, one.id)
            return
        for _ in range(self.chance.randint(1, 3)):
            free = self._free(me)
            if free is not None:
                given = {"start": seconds(free.starts_at)}
                self.hand.ask(holds.hold, me, given, hold_told, type=1, place=free.place_id, start=free.starts_at)
        self.hand.pause(0.1)
        held = self.hand.read(holds.my_holds, me)
        if held:
            if kind > 0.9:
                given = {"counter": held[0].counter_id, "start": seconds(held[0].starts_at)}
                self.hand.ask(holds.release_hold, me, given, counter=held[0].counter_id, start=held[0].starts_at)
            else:
                self.validate(me, held)

    def validate(self, me: Actor, held: Any) -> None:
        """Confirm held slots, also expired ones, which must be refused."""
        token = f"{self.hand.name} {me.name} {time.time_ns()}"
        noted = [[one.counter_id, seconds(one.starts_at)] for one in held]
        self.hand.ask(
            holds.validate, me, {"slots": noted, "token": token}, lambda ids: {"ids": ids}, remark=token,
            slots=[(one.counter_id, one.starts_at) for one in held],
        )  # fmt: skip

    def change(self, me: Actor, number: int) -> None:
        """Move an appointment to another time."""
        free = self._free(me)
        if free is not None:
            self.hand.ask(
                own_appointments.move_mine, me, {"id": number, "start": seconds(free.starts_at)}, appointment=number,
                place=free.place_id, start=free.starts_at,
            )  # fmt: skip

    def _free(self, me: Actor) -> Any:
        place = self.chance.randint(1, len(PLACES))
        found = self.hand.read(offer.first_free, me, type=1, place=place, count=12)
        return self.chance.choice(found) if found else None


def where(slot: SlotView) -> dict[str, Any]:
    """Return a slot as the notes write it."""
    return {"counter": slot.counter_id, "start": seconds(slot.starts_at)}


def card_told(card: AppointmentCard) -> dict[str, Any]:
    """Return an appointment as the notes write it."""
    return {"id": card.id, "counter": card.counter_id, "start": seconds(card.starts_at)}


def hold_told(hold: Any) -> dict[str, Any]:
    """Return a hold as the notes write it."""
    return {
        "counter": hold.counter_id, "start": seconds(hold.starts_at), "expires": seconds(hold.expires_at),
    }  # fmt: skip


def serve_citizens(town: Town, name: str, incarnation: int, seed: str) -> None:
    """Run the process of an agent."""
    hand = Hand(town, name, incarnation, seed)
    Agent(hand).work()
    hand.office.database.close()


def visit_portal(town: Town, name: str, incarnation: int, seed: str) -> None:
    """Run the process of citizens."""
    hand = Hand(town, name, incarnation, seed)
    Citizen(hand).work()
    hand.office.database.close()
