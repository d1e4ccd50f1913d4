"""Answers that are good for a moment, so that many who ask cost what one does."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MOST = 500


@dataclass
class Kept:
    """Answers by question, for so many seconds, at most MOST of them; in this process alone."""

    seconds: float
    timer: Callable[[], float] = time.monotonic
    answers: dict[Any, tuple[float, Any]] = field(default_factory=dict)

    def get(self, key: Any) -> Any:
        """The answer to a question; None when it is not good any more."""
        at, found = self.answers.get(key, (float("-inf"), None))
        return found if self.timer() - at < self.seconds else None

    def put(self, key: Any, answer: Any) -> None:
        """Keeps an answer; the oldest makes room."""
        self.answers.pop(key, None)
        if len(self.answers) >= MOST:
            self.answers.pop(next(iter(self.answers)))
        self.answers[key] = (self.timer(), answer)
