"""The notes of each process: a line before a request, a line with the answer.

A line is a single write to the end of a file, so the system keeps it even if the process is killed right after.
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
"""Answers that leave the result open: the database did not answer, or the process was killed."""


class Notebook:
    """The file in which a process writes its notes."""

    def __init__(self, file: Path) -> None:
        self.number = 0
        self.file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def line(self, **facts: Any) -> None:
        """Append a line."""
        os.write(self.file, json.dumps(facts).encode() + b"\n")

    def intend(self, what: str, **given: Any) -> int:
        """Note a request before it is sent, and return its number."""
        self.number += 1
        self.line(n=self.number, t=time.monotonic(), what=what, given=given)
        return self.number

    def answered(self, number: int, outcome: str, **facts: Any) -> None:
        """Note the answer: `done`, or the kind of error."""
        self.line(n=number, t=time.monotonic(), outcome=outcome, **facts)


@dataclass(slots=True)
class Asked:
    """A request of a process and its answer: `outcome` is None without one.

    `began` and `ended` are seconds of a clock that all processes of this machine read and no process sets.
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
        """Return True if the answer was "done"."""
        return self.outcome == DONE

    @property
    def is_unknown(self) -> bool:
        """Return True if the result is open."""
        return self.outcome in UNKNOWN


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Return the complete lines of a file."""
    if file.exists():
        yield from (json.loads(line) for line in file.read_bytes().split(b"\n")[:-1])


def read_asked(folder: Path) -> list[Asked]:
    """Return all requests so far, in the order of each process. Files are named who.incarnation.jsonl."""
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
