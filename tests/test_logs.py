"""Logs: one line of JSON an event, and nothing of what libraries say."""

import json
import logging
from collections.abc import Iterator

import pytest

from rdv import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    logger = logging.getLogger(logs.NAME)
    logger.handlers, logger.propagate = [], True


def test_an_event_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start()
    logs.event(logging.WARNING, "failed", notice=7, channel="email")
    logs.event(logging.DEBUG, "details", notice=7)
    [line] = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert told.pop("at").endswith("+00:00")
    assert told == {"level": "warning", "event": "failed", "notice": 7, "channel": "email"}


def test_what_libraries_log_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start()
    for name in ("yagmail", "requests"):
        logging.getLogger(name).info("sent to jules@example.org")
    assert capsys.readouterr().err == ""


def test_starting_twice_writes_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start()
    logs.start()
    logs.event(logging.INFO, "started")
    assert len(capsys.readouterr().err.splitlines()) == 1
