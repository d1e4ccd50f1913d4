"""A sound database with the notes and the mail that belong to it, and a hand that spoils copies of it by plain SQL."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import text

from faults.checker import Evidence, gather, judge
from faults.people import card_told, hold_told, seconds, where
from faults.post import Post, open_post
from faults.processes import Hand, send
from faults.stage import Stage
from faults.town import Town, found
from rdv import date_input
from rdv.engine.booking import appointments, slots
from rdv.engine.citizens import holds, offer
from rdv.engine.views.slots import SlotView
from rdv.store.session import Database
from rdv.terms import Actor
from tests.databases import Databases

NOW = datetime(2026, 3, 28, 10, tzinfo=UTC)
CHANGE = date(2026, 3, 29)
AGENT, CITIZEN = Actor.agent("agent1"), Actor.citizen("C000001")
"""The appointments: 1 stays, 2 is moved, 3 sits at the desk, 4 is cancelled, 5 is suspended, 6 is the citizen's."""


@dataclass
class Scene:
    """The evidence for the judge: `spoil` the database, `forge` the notes, `lose` or `double` mail, and judge again."""

    database: Database
    told: Path
    stage: Stage
    post: Post

    @property
    def url(self) -> str:
        """Return the address of the database."""
        return self.database.url.render_as_string(hide_password=False)

    def evidence(self) -> Evidence:
        """Return the evidence."""
        return gather(self.url, self.told, lambda: self.stage.clock().timestamp(), self.post.taken)

    def anomalies(self, change: Callable[[Evidence], Evidence] = lambda shown: shown) -> list[str]:
        """Return the anomalies that the judge finds."""
        return judge(change(self.evidence()), kills=0, drained=True)

    def later(self, column: str, seconds: int) -> str:
        """Return an instant some seconds later, in the SQL of this database."""
        return f"{column} + {seconds}" if self.database.is_sqlite else f"{column} + interval '{seconds} seconds'"

    def spoil(self, *statements: str) -> None:
        """Run statements on tables without constraints and triggers."""
        with self.database.writing.connect() as connection:
            cascade = "" if self.database.is_sqlite else " CASCADE"
            for name in ("claim", "notice", "journal_entry", "appointment"):
                connection.execute(text(f"CREATE TABLE loose AS SELECT * FROM {name}"))
                connection.execute(text(f"DROP TABLE {name}{cascade}"))
                connection.execute(text(f"ALTER TABLE loose RENAME TO {name}"))
            for statement in statements:
                assert connection.execute(text(statement)).rowcount > 0, statement
            connection.commit()


def mail(shown: Evidence, change: Callable[[Counter[str]], None]) -> Evidence:
    """Return the evidence with other mail."""
    came = Counter(shown.came)
    change(came)
    return replace(shown, came=came, came_after=came)


@contextmanager
def sound(databases: Databases, kind: str, folder: Path) -> Iterator[Scene]:
    """Create a town after a calm day."""
    with databases.fresh(kind, migrated=False) as database, open_post(folder / "mail.jsonl") as post:
        stage = Stage.build(folder / "stage", NOW)
        (folder / "told").mkdir()
        (folder / "gate").touch()
        scene = Scene(database, folder / "told", stage, post)
        found(scene.url, stage.clock)
        town = Town(
            scene.url, f"smtp://127.0.0.1:{post.port}", str(folder / "stage"), str(folder / "told"),
            str(folder / "gate"),
        )  # fmt: skip
        _live(Hand(town, "agent1", 1, "calm"))
        worker = get_context("spawn").Process(target=send, args=(town, "worker1", 1, "calm"), kwargs={"once": True})
        worker.start()
        worker.join(60)
        assert worker.exitcode == 0
        yield scene


def _live(hand: Hand) -> None:
    def free(counter: int, days: int = 1) -> list[SlotView]:
        listed: list[SlotView] = hand.read(
            slots.list_slots, AGENT, first=CHANGE + timedelta(days=days), days=1, counters=[counter]
        )
        return listed

    def assign(slot: SlotView, token: str) -> Any:
        return hand.ask(
            appointments.assign, AGENT, where(slot) | {"token": token}, card_told, counter=slot.counter_id,
            start=date_input.at(slot.starts_at), partner="C000010", comment=token,
        )  # fmt: skip

    def mark(function: Callable[..., Any], slot: SlotView) -> None:
        hand.ask(function, AGENT, where(slot), counter=slot.counter_id, start=date_input.at(slot.starts_at))

    for number, (counter, which) in enumerate([(1, 0), (2, 0), (3, 0), (1, 1), (2, 2)], start=1):
        assign(free(counter)[which], f"token {number}")
    assert assign(free(1)[0], "token refused") is None
    there = free(2, days=0)[1]
    hand.ask(
        appointments.move, AGENT, where(there) | {"id": 2}, card_told, appointment=2, counter=2,
        start=date_input.at(there.starts_at),
    )  # fmt: skip
    hand.ask(appointments.cancel, AGENT, {"ids": [4]}, appointments=[4])
    mark(slots.suspend, free(2)[2])
    mark(slots.reserve, free(6)[3])
    for open_slot in hand.read(offer.first_free, CITIZEN, type=1, place=1, count=2):
        given = {"start": seconds(open_slot.starts_at)}
        hand.ask(holds.hold, CITIZEN, given, hold_told, type=1, place=1, start=open_slot.starts_at)
    one = hand.read(holds.my_holds, CITIZEN)[0]
    hand.ask(
        holds.validate, CITIZEN, {"slots": [[one.counter_id, seconds(one.starts_at)]], "token": "token citizen"},
        lambda ids: {"ids": ids}, slots=[(one.counter_id, one.starts_at)], remark="token citizen",
    )  # fmt: skip
    hand.office.database.close()
