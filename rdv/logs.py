"""Logs as JSON, one line an event, for whoever runs the program: what happened to which number, never to whom."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

NAME = "rdv"


class JsonLines(logging.Formatter):
    """An event as one line of JSON: `at`, `level`, `event`, then its facts."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of an event."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps(told | getattr(record, "facts", {}), ensure_ascii=False, default=str)


def start() -> None:
    """Has the events of rdv written to standard error; what libraries log, which may name people, is not."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(NAME)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)


def event(level: int, name: str, /, **facts: Any) -> None:
    """Logs an event with its facts: numbers and codes, no names and no addresses."""
    logging.getLogger(NAME).log(level, name, extra={"facts": facts})
