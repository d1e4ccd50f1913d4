"""For those who run the portal: `/healthz`, `/metrics`, logs that name nobody."""

import json
import logging

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from portal.app import create_app
from rdv import logs
from rdv.engine.office import Office
from rdv.store.session import Database
from tests.conftest import FrozenClock, Make
from tests.portal.conftest import Visitor


def test_a_portal_that_is_well_says_so_with_the_age_of_its_outbox(
    lea: Visitor, clock: FrozenClock, visitor: Visitor
) -> None:
    clock.advance(minutes=5)
    told = visitor.client.get("/healthz")
    assert (told.status_code, told.json()["database"]) == (200, "ok")
    assert told.json()["outbox"] == {"due": 1, "later": 0, "parked": 0, "oldest_seconds": 300}


def test_a_portal_without_its_database_says_so(make: Make, clock: FrozenClock) -> None:
    office = Office(Database("sqlite:////nowhere/rdv.db"), clock, make.office.settings)
    client = TestClient(create_app(office), raise_server_exceptions=False)
    assert client.get("/healthz").status_code == 503
    answer = client.get("/")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "60"
    assert "<html" in answer.text
    assert client.get("/api/v1/types").json()["error"] == "database_absent"


def test_figures_tell_routes_and_no_number_of_anybody(app: FastAPI, lea: Visitor) -> None:
    lea.get("/rendez-vous/123456")
    near = TestClient(app, client=("10.0.0.5", 1))
    told = near.get("/metrics").text
    assert 'route="/rendez-vous/{which}",status="404"' in told
    assert "123456" not in told and "lea@" not in told
    assert TestClient(app, client=("203.0.113.5", 1)).get("/metrics").status_code == 404


def test_logs_tell_what_happened_and_to_nobody(lea: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger(logs.NAME).propagate = True
    with caplog.at_level(logging.INFO, logs.NAME):
        lea.get("/lien/abcdef")
        lea.post("/connexion", email="lea@example.org", mot_de_passe="un mot de passe")
    said = [json.loads(logs.JsonLines().format(record)) for record in caplog.records if record.name == logs.NAME]
    assert {"/lien/{token}", "/connexion"} <= {one.get("route") for one in said}
    assert not [word for word in ("abcdef", "lea@", "mot de passe") if word in json.dumps(said)]


def test_what_nobody_foresaw_is_a_page_and_a_line_without_words(
    app: FastAPI, visitor: Visitor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("lea@example.org")

    monkeypatch.setattr(app.state.site.office.__class__, "run", broken)
    with caplog.at_level(logging.INFO, logs.NAME):
        answer = visitor.client.get("/")
    assert answer.status_code == 500
    assert "Something unexpected happened" in answer.text and "lea@" not in answer.text
    lines = [logs.JsonLines().format(record) for record in caplog.records if record.name == logs.NAME]
    assert any("ZeroDivisionError" in line for line in lines)
    assert "lea@" not in str(lines)
