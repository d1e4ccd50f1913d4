"""Flows: actions that ask the office, and people, and may take time.

A flow is an async method that reads from top to bottom: it runs beside the screen, waits for dialogs and for use cases,
and touches the screen. One flow of a group at a time: a newer one ends the older, whose answer is dropped. An error
becomes a sentence; none reaches the person as anything else.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from textual.worker import Worker

from rdv.terms import Broken, RdvError

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")

LONGEST_WAIT = 8
"""Seconds between two tries at a database that does not answer, at most."""


class Teller(Protocol):
    """An app that can tell a person what went wrong, and that the database does not answer."""

    def tell(self, error: RdvError) -> None:
        """Says what went wrong."""

    def waiting(self, error: Broken | None) -> None:
        """Says that the database does not answer; None: that it does."""


def flow(
    group: str,
) -> Callable[[Callable[Concatenate[S, P], Awaitable[None]]], Callable[Concatenate[S, P], Worker[None]]]:
    """Makes an async method a flow of a group."""

    def made(function: Callable[Concatenate[S, P], Awaitable[None]]) -> Callable[Concatenate[S, P], Worker[None]]:
        @functools.wraps(function)
        def begin(self: S, *args: P.args, **kwargs: P.kwargs) -> Worker[None]:
            host: Any = self
            work = functools.partial(_guarded, host.app, lambda: function(self, *args, **kwargs))
            worker: Worker[None] = host.run_worker(work, group=group, exclusive=True, exit_on_error=False)
            return worker

        return begin  # type: ignore[return-value]

    return made


async def _guarded(app: Teller, function: Callable[[], Awaitable[None]]) -> None:
    try:
        await function()
    except RdvError as error:
        app.tell(error)
    except Exception as problem:  # noqa: BLE001 - the last door: a sentence, never a crash screen
        app.tell(RdvError("internal", problem=f"{type(problem).__name__}: {problem}"))


async def patiently(app: Teller, read: Callable[[], Awaitable[T]]) -> T:
    """What a reading gives; while the database does not answer, says so and tries again."""
    pause = 1
    while True:
        try:
            found = await read()
        except Broken as error:
            app.waiting(error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_WAIT)
        else:
            app.waiting(None)
            return found
