"""What others change is seen, and nothing else is read or painted for it."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from textual._compositor import Compositor
from textual.drivers.headless_driver import HeadlessDriver

from rdv.changes import Changes, Part
from rdv.engine.booking import appointments, partners, slots
from rdv.engine.office import REGISTRY, Office
from rdv.engine.setup import counters
from rdv.store.session import Database
from rdv.tui.widgets.banner import ENTRIES
from tests.conftest import FrozenClock
from tests.tui.conftest import LOOK, PAINT, Hand, Opened, at

SMALL_CHANGE = 1500
"""Bytes that a few cells take, with their colours; a whole screen takes 15,000 and more."""

QUIET = 8
"""Looks in a row at which nothing was painted: more time than Textual lets pass between two paintings."""


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the screens write to their terminal."""
    written: list[str] = []
    monkeypatch.setattr(Compositor, "render_update", PAINT)  # every frame, not one a gesture
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)
    monkeypatch.setattr(HeadlessDriver, "write", lambda _driver, data: written.append(data))
    return written


@pytest.fixture
def elsewhere(town: Office) -> Iterator[Office]:
    """The same town in another program."""
    other = Office(Database(town.settings.database), town.clock, town.settings)
    yield other
    other.database.close()


@pytest.fixture
def reads(town: Office, monkeypatch: pytest.MonkeyPatch) -> Tally[str]:
    """How often the screens ran each use case."""
    tally: Tally[str] = Tally()
    run = town.run

    def counted(function: Callable[..., Any], *args: Any, **given: Any) -> Any:
        tally[REGISTRY[function].name] += 1
        return run(function, *args, **given)

    monkeypatch.setattr(town, "run", counted)
    return tally


async def told(hand: Hand, act: Callable[[], object]) -> Changes:
    """Have something done elsewhere, and wait until the page has heard of it and caught up."""
    page, heard = hand.app.pages[hand.app.opened], list[Changes]()
    follow = page.follow
    page.follow = lambda changes, when: (heard.append(changes), follow(changes, when))
    act()
    await hand.until(lambda: bool(heard))
    await hand.until(lambda: page.following._timer is None)
    await hand.settle()
    del page.follow
    return heard[0]


async def quiet(hand: Hand, painted: list[str]) -> list[str]:
    """Wait until all is painted, which Textual does 60 times a second at most; return what that was."""
    before = list(painted)
    still = 0
    while still < QUIET:
        painted.clear()
        await hand.settle()
        await hand.pilot.pause(LOOK)
        before += painted
        still = 0 if painted else still + 1
    for widget in hand.app.screen.walk_children(with_self=True):
        widget._exchange_repaint_regions()  # Textual keeps what a layout has painted for the next change, once
    return before


def book(office: Office, counter: str, start: str, partner: str = "BERG Ben") -> int:
    """Give a slot to a partner."""
    return office.run(appointments.assign, office.me, counter=counter, start=at(start), partner=partner).id


@pytest.mark.parametrize("entry", ENTRIES)
async def test_an_idle_screen_paints_nothing(opened: Opened, painted: list[str], entry: str) -> None:
    async with opened(entry) as hand:
        assert await quiet(hand, painted), "nothing is written that could be counted"
        for _second in range(3):
            hand.app._tick()
        assert await quiet(hand, painted) == []


async def test_another_minute_paints_little_more_than_the_clock(
    opened: Opened, clock: FrozenClock, painted: list[str]
) -> None:
    async with opened() as hand:
        await quiet(hand, painted)
        clock.advance(minutes=1)
        hand.app._tick()
        await hand.settle()
        assert "16:36" in hand.text.splitlines()[0]
        assert "▶16:36" in hand.text
        assert 0 < len("".join(await quiet(hand, painted))) < SMALL_CHANGE


async def test_a_booking_elsewhere_paints_its_cells_alone(
    opened: Opened, elsewhere: Office, painted: list[str]
) -> None:
    async with opened() as hand:
        await hand.narrow("Guichet 1")
        await quiet(hand, painted)
        await told(hand, lambda: book(elsewhere, "Guichet 1", "2017-04-05T09:30"))
        assert "BERG Ben" in hand.text
        assert 0 < len("".join(await quiet(hand, painted))) < SMALL_CHANGE


async def test_a_booking_elsewhere_reads_its_day_and_counter_alone(
    opened: Opened, elsewhere: Office, town: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as hand:
        given: list[dict[str, Any]] = []
        run = town.run

        def noted(function: Any, *args: Any, **more: Any) -> Any:
            given.append(more)
            return run(function, *args, **more)

        monkeypatch.setattr(town, "run", noted)
        await told(hand, lambda: book(elsewhere, "Guichet 1", "2017-04-05T09:30"))
        number = next(one.id for one in run(counters.list_counters, town.me) if one.label == "Guichet 1")
        assert given == [{"first": date(2017, 4, 5), "days": 1, "counters": [number]}]


@pytest.mark.parametrize("entry", ["slots", "planned", "today", "to_reschedule", "past", "counters", "searches"])
async def test_a_booking_that_is_not_on_the_screen_is_not_read(
    opened: Opened, elsewhere: Office, reads: Tally[str], painted: list[str], entry: str
) -> None:
    async with opened(entry) as hand:
        reads.clear()
        await quiet(hand, painted)
        changes = await told(hand, lambda: book(elsewhere, "Guichet 1", "2017-04-12T09:30"))
        assert {day for _counter, day in changes.slots} == {date(2017, 4, 12)}
        assert not reads
        assert await quiet(hand, painted) == []


async def test_a_booking_at_a_counter_that_is_filtered_out_is_not_read(
    opened: Opened, elsewhere: Office, reads: Tally[str]
) -> None:
    async with opened() as hand:
        await hand.narrow("Citoyenneté")
        reads.clear()
        await told(hand, lambda: book(elsewhere, "Guichet 1", "2017-04-05T09:30"))
        assert not reads


async def test_c7_a_booking_at_a_desk_is_seen_at_the_other_counters_of_the_desk(
    opened: Opened, elsewhere: Office
) -> None:
    [free, *_others] = elsewhere.run(slots.next_free, elsewhere.me, type="Etat civil", count=1)

    async with opened() as hand:
        hand.app.shift.day = free.starts_at.date()
        await hand.narrow("Action sociale")
        before = hand.text.count("▒ occupé")
        await told(hand, lambda: book(elsewhere, "Etat civil", f"{free.starts_at:%Y-%m-%dT%H:%M}"))
        assert hand.text.count("▒ occupé") == before + 1


async def test_an_own_assignment_reads_the_page_and_the_counters_once(opened: Opened, reads: Tally[str]) -> None:
    async with opened() as hand:
        await hand.narrow("Guichet 1")
        await hand.point("Guichet 1", "2017-04-05T09:30")
        await hand.press("a")
        await hand.type("BERG Ben")
        page = hand.app.pages["slots"]
        reads.clear()
        await hand.press("ctrl+s")
        await hand.until(lambda: "BERG Ben" in hand.text)
        await hand.until(lambda: page.following._timer is None)
        await hand.settle()
        assert reads["slots.list_slots"] == 1
        assert reads["counters.list_counters"] <= 2  # those that filters let pass, and the desks of all
        assert reads["counts.count_lists"] == 0, "a booking alters no list"


async def test_the_menu_counts_again_when_a_list_may_have_changed(
    opened: Opened, elsewhere: Office, reads: Tally[str]
) -> None:
    async with opened() as hand:
        number = book(elsewhere, "Guichet 1", "2017-04-05T09:30")
        reads.clear()
        suspended = {"counter": "Guichet 1", "start": at("2017-04-05T09:30")}
        await told(hand, lambda: elsewhere.run(slots.suspend, elsewhere.me, **suspended))
        await hand.until(lambda: reads["counts.count_lists"] == 1)
        await told(hand, lambda: elsewhere.run(appointments.cancel, elsewhere.me, appointments=[number]))
        await hand.until(lambda: reads["counts.count_lists"] == 2)


async def test_a_name_that_changes_is_read_everywhere(opened: Opened, elsewhere: Office) -> None:
    book(elsewhere, "Guichet 1", "2017-04-05T09:30", "BERG Ben")
    [card] = elsewhere.run(partners.find_partners, elsewhere.me, text="BERG", limit=1)

    async with opened() as hand:
        await hand.narrow("Guichet 1")
        assert "BERG Ben" in hand.text
        rename = {"partner": card.code, "name": "BERG Bea"}
        changes = await told(hand, lambda: elsewhere.run(partners.set_partner, elsewhere.me, **rename))
        assert changes.everything
        assert "BERG Bea" in hand.text


async def test_p2_a_hold_that_runs_out_is_seen_with_the_clock(opened: Opened, town: Office, clock: FrozenClock) -> None:
    hold = (
        "INSERT INTO claim (counter_id, starts_at, seat, ends_at, status, partner_id, expires_at)"
        " VALUES (:counter, :start, 1, :end, 'held', (SELECT min(id) FROM partner), :until)"
    )
    number = next(one.id for one in town.run(counters.list_counters, town.me) if one.label == "Guichet 1")
    start = int(at("2017-04-05T09:30").instant(clock().tzinfo, clock()).timestamp())
    with town.database.write() as session:
        values = {"counter": number, "start": start, "end": start + 1800, "until": int(clock().timestamp()) + 300}
        session.execute(text(hold), values)

    async with opened() as hand:
        await hand.narrow("Guichet 1")
        assert "◔ pré-réservé" in hand.text.rpartition("· libre  ")[0]
        clock.advance(minutes=5)
        hand.app._tick()
        await hand.settle()
        assert "◔ pré-réservé" not in hand.text.rpartition("· libre  ")[0]


async def test_a_list_paints_the_rows_that_changed(opened: Opened, elsewhere: Office, painted: list[str]) -> None:
    async with opened("partners") as hand:
        await hand.press("escape")
        await quiet(hand, painted)
        phone = {"partner": "C000098", "phone": "06 39 98 12 77"}
        changes = await told(hand, lambda: elsewhere.run(partners.set_partner, elsewhere.me, **phone))
        assert changes == Changes.of(Part.PARTNERS, Part.CONTACTS)
        assert "+33 6 39 98 12 77" in hand.text
        assert 0 < len("".join(await quiet(hand, painted))) < SMALL_CHANGE
