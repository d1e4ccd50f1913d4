"""Other programs for such work, on the same data, with the same answers.

Each is installed by name into a separate environment. One that cannot be installed is reported and left out.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from icalendar import Calendar, Event

from bench.measure import Figure, Goal, Pair, alternate, process
from bench.town import PARIS, Town
from rdv.engine.booking import appointments, slots
from rdv.engine.views.appointments import AppointmentCard
from rdv.terms import AppointmentList, SlotStatus

RDV = str(Path(sys.executable).with_name("rdv"))

LATER = timedelta(weeks=520)
"""django-appointment uses the clock of the machine and offers nothing in the past."""


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Compare the free slots of one counter with django-appointment, and a week of events with khal and calcurse."""
    with tempfile.TemporaryDirectory(prefix="rdv-peers-") as name:
        folder = Path(name)
        booked = town.office.run(
            appointments.list_appointments, town.office.me, view=AppointmentList.PLANNED, counters=["1"]
        )
        for days in (1, 5):
            yield from _against_django(town, booked, folder, days)
        events = _Events(town, booked, folder)
        for peer, installed in (("khal list", events.khal()), ("calcurse -Q", events.calcurse())):
            if installed is not None:
                assert events.named(installed) == events.named(events.rdv()), "the same events on both sides"
                pair = alternate(events.shown_by(events.rdv()), events.shown_by(installed), runs=runs)
                yield Figure("a week of events, as a process", town.where, peer, Goal(1), pair)


def install(package: str, folder: Path) -> Path | None:
    """Return the folder of programs of a new environment with the package, or None after a message."""
    home = folder / package
    for command in (
        ["uv", "venv", "-q", "-p", sys.executable, str(home)],
        ["uv", "pip", "install", "-q", "-p", str(home), package],
    ):
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True
        )  # outside the folder, so that our pins do not apply
        if done.returncode:
            print(f"    {package} could not be installed: {done.stderr.strip().splitlines()[-1:]}", flush=True)
            return None
    return home / "bin"


def _against_django(town: Town, booked: list[AppointmentCard], folder: Path, days: int) -> Iterator[Figure]:
    """Time both in their own process, warm; the peer's database is a SQLite file."""
    home = folder / "django-appointment" / "bin"
    programs = home if home.is_dir() else install("django-appointment", folder)
    if programs is None:
        return
    wanted = [town.usual_monday + timedelta(days=n) for n in range(days)]
    data = {
        "days": [str(day + LATER) for day in wanted],
        "appointments": [
            [str(a.starts_at.date() + LATER), f"{a.starts_at:%H:%M}", f"{a.ends_at:%H:%M}"] for a in booked
        ],
    }
    place = folder / f"django-{days}"
    place.mkdir()
    script = str(Path(__file__).with_name("peer_django.py"))
    done = subprocess.run(
        [str(programs / "python"), script, str(place)], input=json.dumps(data), capture_output=True, text=True
    )
    if done.returncode:
        print(f"    django-appointment failed: {done.stderr.strip().splitlines()[-1]}", flush=True)
        return
    theirs = json.loads(done.stdout.splitlines()[-1])
    office = town.office

    def ours() -> list[list[str]]:
        found = office.run(
            slots.list_slots, office.me, first=wanted[0], days=days, counters=["1"], statuses=[SlotStatus.FREE]
        )
        return [[f"{one.starts_at:%H:%M}" for one in found if one.starts_at.date() == day] for day in wanted]

    assert ours() == theirs["free"], "the same answers on both sides"
    mine = alternate(ours, lambda: None, runs=7).ours
    what = f"free slots of one counter, days: {days}"
    yield Figure(what, town.where, "django-appointment on SQLite", Goal(1 / 40), Pair(mine, theirs["seconds"]))


@dataclass(frozen=True, slots=True)
class _Events:
    """The appointments of one counter in the calendar of each program, and the commands that show a week of them."""

    town: Town
    booked: list[AppointmentCard]
    folder: Path

    @property
    def monday(self) -> date:
        """Return the Monday of the week that is shown."""
        return self.town.usual_monday

    def rdv(self) -> tuple[str, ...]:
        """Return our command; the caller's environment names the database."""
        last = str(self.monday + timedelta(days=6))
        return (RDV, "appointment", "list", "--counter", "1", "--from", str(self.monday), "--to", last)

    def khal(self) -> tuple[str, ...] | None:
        """Return khal's command, with its cache filled."""
        programs = install("khal", self.folder)
        if programs is None:
            return None
        calendar, config = self.folder / "calendar", self.folder / "khal.conf"
        calendar.mkdir()
        for card in self.booked:
            (calendar / f"{card.id}.ics").write_bytes(_event(card))
        config.write_text(
            f"[calendars]\n[[counter]]\npath = {calendar}\n[locale]\nlocal_timezone = {PARIS}\n"
            "default_timezone = Europe/Paris\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
            "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
            f"[sqlite]\npath = {self.folder}/khal.db\n",
            "utf-8",
        )
        return (str(programs / "khal"), "-c", str(config), "list", str(self.monday), "7d")

    def calcurse(self) -> tuple[str, ...] | None:
        """Return calcurse's command where it is installed (`apt-get install calcurse`)."""
        program = shutil.which("calcurse")
        if program is None:
            print("    calcurse is not installed (apt-get install calcurse): left out", flush=True)
            return None
        home = self.folder / "calcurse"
        home.mkdir()
        lines = [
            f"{a.starts_at:%m/%d/%Y @ %H:%M} -> {a.ends_at:%m/%d/%Y @ %H:%M} |{a.partner.name} {a.id}\n"
            for a in self.booked
        ]
        (home / "apts").write_text("".join(lines), "utf-8")
        (home / "todo").touch()
        (home / "conf").touch()
        start = f"{self.monday:%m/%d/%Y}"
        return (program, "-D", str(home), "-C", str(home), "-Q", "--from", start, "--days", "7", "--filter-type", "cal")

    def shown_by(self, command: tuple[str, ...]) -> Callable[[], object]:
        """Return a call that runs a program to show the week."""
        return process(*command, **self._environment())

    def named(self, command: tuple[str, ...]) -> int:
        """Count the events that a program shows: each names a person."""
        environment = os.environ | self._environment()
        shown = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return shown.stdout.count("DURAND")

    def _environment(self) -> dict[str, str]:
        here = self.town.office.settings
        return {
            "RDV_DATABASE": here.database, "RDV_AGENT": here.agent, "RDV_SIGN_IN": "system",
            "RDV_NOW": f"{self.monday}T07:00", "COLUMNS": "200", "XDG_DATA_HOME": str(self.folder),
        }  # fmt: skip


def _event(card: AppointmentCard) -> bytes:
    """Return an appointment as calendars write it."""
    event = Event()
    event.add("uid", f"{card.id}@rdv")
    event.add("summary", card.partner.name)
    event.add("dtstamp", datetime(2026, 1, 1, tzinfo=UTC))
    event.add("dtstart", card.starts_at.astimezone(UTC))
    event.add("dtend", card.ends_at.astimezone(UTC))
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "rdv")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
