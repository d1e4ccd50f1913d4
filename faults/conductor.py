"""A round: a fresh town, agents, citizens and workers, and a conductor that causes faults by a seeded schedule."""

import fcntl
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from faults.checker import Evidence, gather, judge
from faults.homes import HOMES, STOPS
from faults.network import WAYS
from faults.notebook import UNKNOWN
from faults.people import serve_citizens, visit_portal
from faults.picture import waiting
from faults.post import open_post
from faults.processes import send
from faults.stage import Stage
from faults.town import AGENTS, CHANGES, Town, found

PATIENCE = 40
"""Seconds after which a request without an answer is an anomaly, once all faults have ended."""

PACE = 1.2
"""Mean seconds between two faults."""

CONTEXT = get_context("forkserver")
CITIZENS = ("citizens1", "citizens2")
WORKERS = ("worker1", "worker2")
WEIGHTS = {"kill": 40, "kill a worker": 25, "clock": 12, "stop": 10, "cut": 8, "full": 5}
STEPS = tuple(timedelta(minutes=minutes) for minutes in (11, 11, 11, 35, 125, 365, 1445))
"""How far the clock advances at the end, so that leases and retries become due."""


@dataclass
class Tally:
    """Counts of a round."""

    kind: str
    seconds: float = 0
    operations: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    left_out: set[str] = field(default_factory=set)
    anomalies: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add the figures of another round."""
        self.seconds += other.seconds
        self.operations.update(other.operations)
        self.faults.update(other.faults)
        self.counts.update(other.counts)
        self.left_out |= other.left_out
        self.anomalies += other.anomalies


class Round:
    """One round. `seed` decides the faults and the choices of each process; the machine decides their speed."""

    def __init__(self, kind: str, seed: str, number: int, seconds: float, closing: ExitStack) -> None:
        self.seed, self.seconds = f"{seed} {number} {kind}", seconds
        self.chance = random.Random(self.seed)
        self.change = CHANGES[number % len(CHANGES)]
        self.home = HOMES[kind](closing)
        self.tally = Tally(kind)
        folder = self.home.disk.folder
        self.told = folder / "told"
        self.told.mkdir()
        (folder / "gate").touch()
        self.gate = (folder / "gate").open("r+")
        closing.callback(self.gate.close)
        self.stage = Stage.build(folder / "stage", self.change - timedelta(hours=2))
        self.post = closing.enter_context(open_post(folder / "mail.jsonl"))
        self.town = Town(
            self.home.url, f"smtp://127.0.0.1:{self.post.port}", str(folder / "stage"), str(self.told),
            str(folder / "gate"),
        )  # fmt: skip
        found(self.home.direct_url, self.stage.clock)
        self.processes: dict[str, BaseProcess] = {}
        self.incarnations: Counter[str] = Counter()
        closing.callback(self._kill_all)

    def run(self) -> Tally:
        """Disturb the town and return the result."""
        began = time.monotonic()
        for name in (*AGENTS, *CITIZENS, *WORKERS):
            self._begin(name)
        wanted = self.schedule()
        middle = len(wanted) // 2
        for act, some in enumerate((wanted[:middle], wanted[middle:]), start=1):
            self._torment(some, self.seconds / 2)
            self._calm(act)
        self._end()
        self.tally.seconds = time.monotonic() - began
        return self.tally

    def schedule(self) -> list[str]:
        """Return the faults in order: each kind at least twice, then random ones."""
        possible = dict(WEIGHTS)
        if self.home.network is None:
            self._leave_out(possible, "stop", "a stopped server (there is none)")
            self._leave_out(possible, "cut", "a cut network (there is none)")
        if not self.home.disk.can_be_full:
            self._leave_out(possible, "full", "a full disk (this system lets us mount none)")
        wanted = [*possible, *possible]
        more = max(int(self.seconds / PACE) - len(wanted), 0)
        wanted += self.chance.choices(list(possible), list(possible.values()), k=more)
        self.chance.shuffle(wanted)
        return wanted

    def _leave_out(self, possible: dict[str, int], kind: str, why: str) -> None:
        del possible[kind]
        self.tally.left_out.add(why)

    def _torment(self, wanted: list[str], seconds: float) -> None:
        """Cause one fault after the other, with `seconds` of undisturbed work between them."""
        deeds: dict[str, Callable[[], None]] = {
            "kill": self._kill_somebody, "kill a worker": self._kill_a_worker, "clock": self._move_clock,
            "stop": self._stop, "cut": self._cut, "full": self._fill,
        }  # fmt: skip
        for kind in wanted:
            time.sleep(self.chance.uniform(0, 2 * seconds / len(wanted)))
            deeds[kind]()
            self._replace_the_dead()

    def _begin(self, name: str) -> None:
        self.incarnations[name] += 1
        role = {"a": serve_citizens, "c": visit_portal, "w": send}[name[0]]
        process = CONTEXT.Process(target=role, args=(self.town, name, self.incarnations[name], self.seed))
        process.start()
        self.processes[name] = process

    def _kill(self, *names: str) -> None:
        name = self.chance.choice(names)
        self.processes[name].kill()
        self.processes[name].join()
        self.tally.faults[f"killed: {name.rstrip('0123456789')}"] += 1
        self._begin(name)

    def _kill_somebody(self) -> None:
        self._kill(*AGENTS, *CITIZENS)

    def _kill_a_worker(self) -> None:
        self._kill(*WORKERS)

    def _replace_the_dead(self) -> None:
        for name, process in self.processes.items():
            if not process.is_alive():
                self.tally.anomalies.append(f"{name} died by itself: {process.exitcode}")
                self._begin(name)

    def _meanwhile(self, longest: float) -> None:
        """Let the fault last, and sometimes kill a process during it."""
        if self.chance.random() < 0.5:
            time.sleep(self.chance.uniform(0, longest / 2))
            self.chance.choice((self._kill_somebody, self._kill_a_worker))()
        time.sleep(self.chance.uniform(0.05, longest / 2))

    def _stop(self) -> None:
        how = self.chance.choice(sorted(STOPS))
        self.home.stop(how)
        self.tally.faults[f"PostgreSQL stopped: {how}"] += 1
        if self.chance.random() < 0.5:
            self._meanwhile(1.0)
        self.home.start()

    def _cut(self) -> None:
        assert self.home.network is not None
        way = self.chance.choice(WAYS)
        self.home.network.fail(way)
        self.tally.faults[f"network: {way}"] += 1
        self._meanwhile(2.0)
        self.home.network.mend()

    def _fill(self) -> None:
        self.home.disk.fill()
        self.tally.faults["disk full"] += 1
        self._meanwhile(2.0)
        self.home.disk.empty()
        self.home.start()

    def _move_clock(self) -> None:
        """Advance the clock. The second time, stop just before the change of hour, which then comes by itself."""
        now = self.stage.clock()
        wanted = now + timedelta(minutes=self.chance.uniform(2, 40))
        eve = self.change - timedelta(seconds=1)
        passes = now < eve and (wanted >= eve or self.tally.faults["clock moved on"] > 0)
        with self._workers_at_rest() as at_rest:
            if at_rest:
                self.stage.set(eve if passes else max(wanted, self.stage.clock()))
                self.tally.faults["clock moved on"] += 1
                self.tally.faults["clock moved over a change of hour"] += passes

    @contextmanager
    def _workers_at_rest(self) -> Iterator[bool]:
        """Yield True once no worker is sending a message, and keep it so within the block."""
        self.stage.quiet(True)
        try:
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                try:
                    fcntl.flock(self.gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(0.01)
                else:
                    yield True
                    return
            yield False
        finally:
            fcntl.flock(self.gate, fcntl.LOCK_UN)
            self.stage.quiet(False)

    def _calm(self, act: int) -> None:
        """End all faults: every process gets answers again, and the judge looks while they work."""
        sizes = {name: self._notes(name).stat().st_size if self._notes(name).exists() else 0 for name in self.processes}
        deadline = time.monotonic() + PATIENCE
        missing = set(self.processes)
        while missing and time.monotonic() < deadline:
            time.sleep(0.05)
            missing = {name for name in missing if not self._is_answered(name, sizes[name])}
        self.tally.anomalies += [f"{name} is not answered any more" for name in sorted(missing)]
        self._replace_the_dead()
        self._judge(f"after act {act}")

    def _notes(self, name: str) -> Path:
        return self.told / f"{name}.{self.incarnations[name]}.jsonl"

    def _is_answered(self, name: str, size: int) -> bool:
        if not self._notes(name).exists():
            return False
        with self._notes(name).open("rb") as notes:
            notes.seek(size)
            return any(b'"outcome": ' in line and b'"Broken"' not in line for line in notes.read().splitlines())

    def _end(self) -> None:
        """Stop all processes, send the waiting messages and judge everything."""
        self.stage.end()
        for name, process in self.processes.items():
            process.join(PATIENCE)
            if process.exitcode != 0:
                self.tally.anomalies.append(f"{name} did not end well: {process.exitcode}")
        self._kill_all()
        self.stage.end(False)
        for number, step in enumerate(STEPS, start=1):
            sweeper = CONTEXT.Process(
                target=send, args=(self.town, "sweeper", number, self.seed), kwargs={"once": True}
            )
            sweeper.start()
            _wait_while_busy(sweeper, self.told / f"sweeper.{number}.jsonl")
            if sweeper.exitcode != 0:
                self.tally.anomalies.append(f"the last worker did not end well: {sweeper.exitcode}")
                sweeper.kill()
            if waiting(self.home.direct_url) == 0:
                break
            self.stage.set(self.stage.clock() + step)
        self._count(self._judge("in the end", drained=True))

    def _judge(self, when: str, *, drained: bool = False) -> Evidence:
        evidence = gather(
            self.home.direct_url, self.told, lambda: self.stage.clock().timestamp(), self.post.taken
        )  # fmt: skip
        found = judge(evidence, kills=self.tally.faults["killed: worker"], drained=drained)
        self.tally.anomalies += [f"{when}: {one}" for one in found]
        self.tally.counts["judgements"] += 1
        return evidence

    def _count(self, evidence: Evidence) -> None:
        for one in evidence.asked:
            told = "unknown" if one.outcome in UNKNOWN else "done" if one.is_done else "refused"
            self.tally.operations[one.what.rpartition(".")[2], told] += 1
        rows = evidence.picture.rows
        self.tally.counts.update(
            {
                "appointments": len(rows["appointment"]),
                "entries of the journal": len(rows["journal_entry"]),
                "messages": len(rows["notice"]),
                "messages that came": sum(evidence.came.values()),
                "came once more, their worker killed": sum(count - 1 for count in evidence.came.values()),
            }
        )

    def _kill_all(self) -> None:
        for process in self.processes.values():
            if process.is_alive():
                process.kill()
                process.join()


def _wait_while_busy(process: BaseProcess, notes: Path) -> None:
    """Wait for a process to end as long as it still writes notes."""
    before, size = -1, 0
    while process.is_alive() and size != before:
        process.join(PATIENCE)
        before, size = size, notes.stat().st_size if notes.exists() else 0


def run_round(kind: str, seed: str, number: int, seconds: float, keep: Callable[[Path], Any] | None = None) -> Tally:
    """Run a round on one kind of database. With anomalies, pass the folder of the notes to `keep`."""
    CONTEXT.set_forkserver_preload(["faults.report"])  # load all modules once, before processes fork
    with ExitStack() as closing:
        playing = Round(kind, seed, number, seconds, closing)
        tally = playing.run()
        if tally.anomalies and keep is not None:
            keep(playing.home.disk.folder)
        return tally
