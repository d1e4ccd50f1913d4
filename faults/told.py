"""What each process was told, written by itself: a line before it asks, a line with the answer.

A line is one write to the end of a file: the system keeps it though the process is killed at the next instruction.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

DONE = "done"
UNKNOWN = ("Broken", None)
"""What says nothing about whether it was done: the database did not answer, or nobody lived to hear it."""


class Notebook:
    """Where one process writes."""

    def __init__(self, file: Path) -> None:
        self.number = 0
        self.file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def line(self, **facts: Any) -> None:
        """Adds a line."""
        os.write(self.file, json.dumps(facts).encode() + b"\n")

    def intend(self, what: str, **given: Any) -> int:
        """Notes what is about to be asked, and returns its number."""
        self.number += 1
        self.line(n=self.number, t=time.monotonic(), what=what, given=given)
        return self.number

    def answered(self, number: int, outcome: str, **facts: Any) -> None:
        """Notes the answer: `done`, or the kind of error."""
        self.line(n=number, t=time.monotonic(), outcome=outcome, **facts)


@dataclass(slots=True)
class Asked:
    """Something that a process asked for, and what it was told: `outcome` is None when it never heard.

    From `began` to `ended`, in seconds of the clock that all processes of this machine share, and nobody moves.
    """

    who: str
    incarnation: int
    what: str
    given: dict[str, Any]
    outcome: str | None = None
    error: str = ""
    began: float = 0
    ended: float = inf
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether it was told to be done."""
        return self.outcome == DONE

    @property
    def is_unknown(self) -> bool:
        """Whether it may have been done or not."""
        return self.outcome in UNKNOWN


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file that are whole."""
    if file.exists():
        yield from (json.loads(line) for line in file.read_bytes().split(b"\n")[:-1])


def read_asked(folder: Path) -> list[Asked]:
    """All that every process has asked so far, in the order of each; files are named who.incarnation.jsonl."""
    return [one for file in sorted(folder.glob("*.jsonl"), key=_born) for one in _asked(file)]


def _born(file: Path) -> tuple[str, int]:
    who, incarnation, _ = file.name.split(".")
    return who, int(incarnation)


def _asked(file: Path) -> Iterable[Asked]:
    who, incarnation = _born(file)
    found: dict[int, Asked] = {}
    for line in read_lines(file):
        number = line.pop("n")
        if "what" in line:
            found[number] = Asked(who, incarnation, line["what"], line["given"], began=line["t"])
        else:
            asked = found[number]
            asked.ended = line.pop("t")
            asked.outcome, asked.error = line.pop("outcome"), line.pop("error", "")
            asked.facts = line
    return found.values()
