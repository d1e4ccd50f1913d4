"""The public programming interface: what anybody may read, kept for a moment, limited (P4, P8)."""

import pytest
from fastapi import FastAPI

from portal import cache
from rdv.engine.setup import types
from tests.conftest import Make
from tests.portal.conftest import Visitor


@pytest.fixture(autouse=True)
def at_once(app: FastAPI) -> None:
    """Answers are kept for a moment in one test alone."""
    app.state.site.answers.seconds = 0


def test_p4_types_places_and_next_slots_are_told(visitor: Visitor) -> None:
    assert visitor.client.get("/api/v1/types").json() == [
        {"id": 1, "label": "Citoyenneté", "description": "Pièce d'identité", "max_upcoming": 3, "notice_hours": 0,
         "horizon_days": 90}
    ]  # fmt: skip
    assert visitor.client.get("/api/v1/types/1/places").json() == [
        {"id": 1, "label": "Mairie principale", "address": "1 place de la Mairie"}
    ]
    [slot] = visitor.client.get("/api/v1/types/1/slots?count=1&place=1").json()
    assert slot == {
        "place_id": 1, "place": "Mairie principale", "starts_at": "2017-04-05T09:00:00+02:00",
        "ends_at": "2017-04-05T09:30:00+02:00", "seats": 1,
    }  # fmt: skip


def test_p4_nothing_hidden_is_told(visitor: Visitor, make: Make) -> None:
    make.do(types.set_type, type="Citoyenneté", public=False)
    assert visitor.client.get("/api/v1/types").json() == []
    answer = visitor.client.get("/api/v1/types/1/slots")
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


def test_the_interface_only_reads_and_is_documented(visitor: Visitor) -> None:
    document = visitor.client.get("/api/v1/openapi.json").json()
    assert {method for path in document["paths"].values() for method in path} == {"get"}
    assert visitor.client.post("/api/v1/types").status_code == 405
    assert visitor.client.get("/api/v1/types/x/slots").status_code == 422
    assert visitor.client.get("/api/v1/nulle-part").status_code == 404


def test_answers_are_kept_for_a_moment(app: FastAPI, visitor: Visitor, make: Make) -> None:
    app.state.site.answers.seconds = 15
    first = visitor.client.get("/api/v1/types/1/slots?count=1")
    assert first.headers["cache-control"] == "public, max-age=15"
    make.book("Guichet 1", "2017-04-05T09:00")
    assert visitor.client.get("/api/v1/types/1/slots?count=1").json() == first.json()
    app.state.site.answers.seconds = 0
    assert visitor.client.get("/api/v1/types/1/slots?count=1").json() != first.json()


def test_p8_the_interface_is_limited_by_address(app: FastAPI, visitor: Visitor) -> None:
    app.state.site.office.settings.portal_limits = 2 / 600
    statuses = [visitor.client.get("/api/v1/types").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_kept_answers_end_and_make_room_for_new_ones() -> None:
    now = 0.0
    answers = cache.Cache(10, timer=lambda: now)
    for number in range(cache.MOST + 5):
        answers.put(number, number)
    assert len(answers.answers) == cache.MOST
    assert (answers.get(0), answers.get(7)) == (None, 7)
    now = 10.0
    assert answers.get(7) is None
    answers.put("new", "answer")
    assert list(answers.answers) == ["new"], "answers whose time is over take no room"
