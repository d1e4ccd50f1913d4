"""Answers that are good for some seconds, so that many visitors who ask the same cost what one does."""

import time
from asyncio import Lock
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")

MOST = 500


@dataclass
class Cache:
    """Answers by question, each good for `seconds`, at most MOST of them; in this process alone."""

    seconds: float
    timer: Callable[[], float] = time.monotonic
    answers: dict[Hashable, tuple[float, Any]] = field(default_factory=dict)
    locks: WeakValueDictionary[Hashable, Lock] = field(default_factory=WeakValueDictionary)
    """The locks of the questions that are being read at this moment."""

    async def answer(self, question: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """Return the answer to a question, reading it if the cache has no fresh one.

        Visitors with the same question at the same time wait for one read. Different questions never wait for each
        other. If the read fails, its error goes to the visitor who started it, and the next in line tries again.
        """
        answer: T | None = self.get(question)
        if answer is not None:
            return answer
        lock = self.locks.setdefault(question, Lock())
        async with lock:
            answer = self.get(question)
            if answer is None:
                answer = await read()
                self.put(question, answer)
            return answer

    def get(self, question: Hashable) -> Any:
        """Return the answer to a question; None when there is none, or when its time is over."""
        at, answer = self.answers.get(question, (float("-inf"), None))
        return answer if self.timer() - at < self.seconds else None

    def put(self, question: Hashable, answer: object) -> None:
        """Keep an answer. Answers whose time is over leave, and the oldest where there are MOST."""
        now = self.timer()
        self.answers.pop(question, None)
        while self.answers:
            oldest = next(iter(self.answers))
            if now - self.answers[oldest][0] < self.seconds and len(self.answers) < MOST:
                break
            del self.answers[oldest]
        self.answers[question] = (now, answer)
