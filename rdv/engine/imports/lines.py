"""The lines of an imported file, and all their errors, reported together (B2)."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rdv.terms import Broken, RdvError, Refused

Progress = Callable[[int, int], None]
"""Called with (done, total) as long work advances."""

STEP = 50
"""How many lines lie between two calls of `Progress`."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: its number and its fields; an empty or unreadable cell gives none."""

    number: int
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LineProblem:
    """An error of a line, and its column if one is at fault."""

    line: int
    error: RdvError
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """The readable lines of a file and its unreadable cells. `heads` are the names of its columns, by field.

    `contacts` are its phone numbers and e-mail addresses as they are stored, or the error of a wrong one, by field and
    text, because checking them takes long and no database.
    """

    name: str
    lines: tuple[Line, ...]
    problems: tuple[LineProblem, ...]
    heads: Mapping[str, str]
    contacts: Mapping[tuple[str, str], str | RdvError | None] = field(default_factory=dict)

    def contact(self, name: str, text: str) -> str | None:
        """Return a contact as it is stored. Raise its error, or KeyError if it was not checked."""
        found = self.contacts[name, text]
        if isinstance(found, RdvError):
            raise found
        return found


@dataclass(slots=True)
class Checking:
    """Collect the errors of all lines of a file, to report them together.

    `passes` is how often the import goes through the lines, for the progress.
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
        """Yield the lines, one by one, those with problems included."""
        total = len(self.file.lines) * self.passes
        for line in self.file.lines:
            yield line
            self.done += 1
            if self.progress is not None and (self.done % STEP == 0 or self.done == total):
                self.progress(self.done, total)

    def on(self, line: Line, field: str | None = None) -> "_Blamed":
        """Return a context that notes an error with this line, in the column of this field."""
        return _Blamed(self, line, field)

    def is_first(self, line: Line, label: str, key: Hashable, says: object) -> bool:
        """Return True for the first line about this thing; raise Refused if an earlier line said otherwise."""
        first, said = self.seen.setdefault(key, (line.number, says))
        if said != says:
            raise Refused("import_twice", rule="B2", label=label, line=first)
        return first == line.number

    def refuse_bad(self) -> None:
        """Raise Refused("import_lines") with every problem, by line, if there is any (B2)."""
        if self.problems:
            problems = tuple(sorted(self.problems, key=lambda problem: problem.line))
            raise Refused("import_lines", rule="B2", path=self.file.name, count=len(self.bad), lines=problems)


@dataclass(slots=True)
class _Blamed:
    """The context of `Checking.on`; a class, because it is entered for each cell and a generator is slower."""

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
