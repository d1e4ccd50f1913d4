"""The lines of a file on their way in, and what is wrong with any of them, told in one go (B2)."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rdv.terms import Broken, RdvError, Refused

Progress = Callable[[int, int], None]
"""Told (done, of how many) as long work advances."""

STEP = 50
"""How many lines go by between two words to `Progress`."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: its number there, and its fields; an empty or unreadable cell gives none."""

    number: int
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with a line, and in which column where one is to blame."""

    line: int
    error: RdvError
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """What a file says, and what in it cannot be read. `heads` are the names of its columns, by field.

    `contacts` are its phone numbers and e-mail addresses as they are stored, or what is wrong with them, by field and
    text: they take long to check and no database.
    """

    name: str
    lines: tuple[Line, ...]
    problems: tuple[LineProblem, ...]
    heads: Mapping[str, str]
    contacts: Mapping[tuple[str, str], str | RdvError | None] = field(default_factory=dict)

    def contact(self, name: str, text: str) -> str | None:
        """Return a contact as it is stored; raises what is wrong with it, KeyError for one that was not checked."""
        found = self.contacts[name, text]
        if isinstance(found, RdvError):
            raise found
        return found


@dataclass(slots=True)
class Checking:
    """The lines of a file on their way in: whatever is wrong with any of them is gathered, then told in one go.

    `passes` is how often the lines are gone through, for the progress.
    """

    file: Lines
    progress: Progress | None = None
    passes: int = 1
    problems: list[LineProblem] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)
    seen: dict[Hashable, tuple[int, object]] = field(default_factory=dict)
    done: int = 0

    def __post_init__(self) -> None:
        self.problems += self.file.problems
        self.bad |= {problem.line for problem in self.file.problems}

    def each(self) -> Iterator[Line]:
        """The lines, one by one, those with problems included."""
        total = len(self.file.lines) * self.passes
        for line in self.file.lines:
            yield line
            self.done += 1
            if self.progress is not None and (self.done % STEP == 0 or self.done == total):
                self.progress(self.done, total)

    def on(self, line: Line, field: str | None = None) -> "_Blamed":
        """What goes wrong there is wrong with this line, in the column of this field."""
        return _Blamed(self, line, field)

    def is_first(self, line: Line, label: str, key: Hashable, says: object) -> bool:
        """Whether the file tells of this thing for the first time; raises Refused when it said otherwise before."""
        first, said = self.seen.setdefault(key, (line.number, says))
        if said != says:
            raise Refused("import_twice", rule="B2", label=label, line=first)
        return first == line.number

    def refuse_bad(self) -> None:
        """Raises Refused("import_lines") with every problem, by line, if there is any (B2)."""
        if self.problems:
            told = tuple(sorted(self.problems, key=lambda problem: problem.line))
            raise Refused("import_lines", rule="B2", path=self.file.name, count=len(self.bad), lines=told)


@dataclass(slots=True)
class _Blamed:
    """Notes with a line what goes wrong while it is entered; a class, for it is entered for each cell of a file."""

    checking: Checking
    line: Line
    field: str | None

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, RdvError) or isinstance(error, Broken):
            return False
        head = self.checking.file.heads.get(self.field or "")
        self.checking.problems.append(LineProblem(self.line.number, error, head))
        self.checking.bad.add(self.line.number)
        return True
