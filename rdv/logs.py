"""Logs as JSON, one event a line, for operators: actions and record numbers, never personal data."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

NAME = "rdv"


class JsonLines(logging.Formatter):
    """An event as one line of JSON: `at`, `level`, `event`, then its facts."""

    def format(self, record: logging.LogRecord) -> str:
        """Format an event as a line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps(told | getattr(record, "facts", {}), ensure_ascii=False, default=str)


def start() -> None:
    """Write the events of rdv to standard error. Logs of libraries are left out, because they may name people."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(NAME)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)


def event(level: int, name: str, /, **facts: Any) -> None:
    """Log an event with its facts: numbers and codes, no names and no addresses."""
    logging.getLogger(NAME).log(level, name, extra={"facts": facts})
