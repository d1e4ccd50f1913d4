"""Flows: async methods that ask the office, and people, and may take time.

An action is a plain method. It reads its target before it returns, because the keys behind it may move the cursor, and
hands the target to one of three:

- a write (`Shift.put`), which no later key cancels;
- a flow in the foreground, which asks questions: keys wait for it, except while one of its dialogs is open;
- a reading: a newer one of the same name ends the older one, whose answer is dropped.

An error becomes a sentence; none reaches the person as anything else.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from textual.screen import Screen
from textual.worker import Worker

from rdv.terms import Broken, RdvError

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")

LONGEST_WAIT = 8
"""Seconds between two tries at a database that does not answer, at most."""

PERMANENT = frozenset({"database_absent", "database_age", "database_rights", "database_damaged", "commit_unknown"})
"""Errors of the database that trying again does not cure."""


class Teller(Protocol):
    """An app that can tell a person what went wrong, and that the database does not answer."""

    def tell(self, error: RdvError) -> None:
        """Say what went wrong."""

    def waiting(self, error: Broken | None) -> None:
        """Say that the database does not answer; None: that it does."""


def foreground(method: Callable[Concatenate[S, P], Awaitable[None]]) -> Callable[Concatenate[S, P], Worker[None]]:
    """Make an async method a flow that asks questions: keys wait for it, except while one of its dialogs is open.

    If it fails, the keys that wait are dropped, because they were meant for what did not happen.
    """

    @functools.wraps(method)
    def begin(self: S, *args: P.args, **kwargs: P.kwargs) -> Worker[None]:
        host: Any = self
        app = host.app

        def refused(error: RdvError) -> None:
            app.drop_keys()
            app.tell(error)

        worker: Worker[None] = app.run_in_foreground(
            host, functools.partial(_guarded, refused, lambda: method(self, *args, **kwargs))
        )
        return worker

    return begin  # type: ignore[return-value]


def reading(method: Callable[Concatenate[S, P], Awaitable[None]]) -> Callable[Concatenate[S, P], Worker[None]]:
    """Make an async method a reading. The keys behind the key that began it wait for its answer."""

    @functools.wraps(method)
    def begin(self: S, *args: P.args, **kwargs: P.kwargs) -> Worker[None]:
        host: Any = self
        flow = functools.partial(_guarded, host.app.tell, lambda: method(self, *args, **kwargs))
        worker: Worker[None] = host.app.run_reading(host, method.__name__, flow)
        return worker

    return begin  # type: ignore[return-value]


def background(method: Callable[Concatenate[S, P], Awaitable[None]]) -> Callable[Concatenate[S, P], Worker[None]]:
    """Make an async method a reading that no key waits for."""

    @functools.wraps(method)
    def begin(self: S, *args: P.args, **kwargs: P.kwargs) -> Worker[None]:
        host: Any = self
        flow = functools.partial(_guarded, host.app.tell, lambda: method(self, *args, **kwargs))
        worker: Worker[None] = host.run_worker(
            flow,
            group=method.__name__,
            exclusive=True,
            exit_on_error=False,
        )
        return worker

    return begin  # type: ignore[return-value]


async def ask(screen: Screen[Any], dialog: Screen[Any]) -> Any:
    """Open a dialog from a flow in the foreground, and return its answer."""
    app: Any = screen.app
    return await app.ask(dialog)


async def ask_unforeseen(screen: Screen[Any], dialog: Screen[Any]) -> Any:
    """Open a dialog that the agent could not foresee: the keys that wait are dropped, because they meant another."""
    app: Any = screen.app
    app.drop_keys()
    return await ask(screen, dialog)


async def _guarded(tell: Callable[[RdvError], None], function: Callable[[], Awaitable[None]]) -> None:
    try:
        await function()
    except RdvError as error:
        tell(error)
    except Exception as problem:  # noqa: BLE001 - the last door: a sentence, never a crash screen
        tell(RdvError("internal", problem=f"{type(problem).__name__}: {problem}"))


async def patiently(app: Teller, read: Callable[[], Awaitable[T]], *, hopeless: frozenset[str] = frozenset()) -> T:
    """Return what a reading gives. While the database does not answer, say so and try again.

    Raise at once the errors that are `hopeless`.
    """
    pause = 1
    while True:
        try:
            answer = await read()
        except Broken as error:
            if error.error in hopeless:
                raise
            app.waiting(error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_WAIT)
        else:
            app.waiting(None)
            return answer
