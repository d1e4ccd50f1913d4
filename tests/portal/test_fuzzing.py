"""Whatever is sent, to the programming interface and to the forms, nothing breaks: Schemathesis finds no 5xx."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from portal import security
from tests.conftest import Make
from tests.portal.conftest import Visitor
from tests.portal.test_booking import NINE
from tests.portal.test_safety import address, filled, routes, take

QUICK = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TEXT = {"type": "string", "maxLength": 300}
FIELDS = (
    "email", "mot_de_passe", "suite", "de", "nom", "telephone", "langue", "courriel", "sms", "nouveau", "actuel",
    "creneau", "lieu", "semaine", "tenu", "choix", "message", "partout", "fait", "type",
)  # fmt: skip
ALMOST = {"creneau": [NINE, "1.1.0", "..", "1.1.99999999999999999"], "tenu": ["1-1491462000", "-", "1-"],
          "semaine": ["2017-04-03", "9999-12-31", "0001-01-01"], "lieu": ["1", "-1", "99999999999"]}  # fmt: skip


def answers(schema: Any, **more: Any) -> dict[str, set[int]]:
    """Tries every operation of a document: the statuses that each was answered with."""
    found = [one.ok() for one in schema.get_all_operations()]
    told = {operation.label: tried(operation, more) for operation in found}
    assert not [label for label, statuses in told.items() if max(statuses) >= 500]
    return told


def tried(operation: Any, more: dict[str, Any]) -> set[int]:
    statuses: set[int] = set()

    @QUICK
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        response = case.call(**more)
        case.validate_response(response, checks=[not_a_server_error])
        statuses.add(response.status_code)

    send()
    return statuses


def document(paths: dict[str, Any]) -> dict[str, Any]:
    return {"openapi": "3.0.3", "info": {"title": "rdv", "version": "1"}, "paths": paths}


def field(name: str) -> dict[str, Any]:
    known = ALMOST.get(name)
    return {"anyOf": [TEXT, {"enum": known}]} if known else TEXT


def operation(method: str, path: str, token: str) -> dict[str, Any]:
    """A page as OpenAPI describes it: any text in any field; where it posts, with the token of a form."""
    if method == "GET":
        asked = [{"name": name, "in": "query", "schema": field(name)} for name in FIELDS if name in
                 ("suite", "creneau", "lieu", "semaine", "fait", "type")]  # fmt: skip
        return {"parameters": asked, "responses": {"200": {"description": "a page"}}}
    body = {"type": "object", "required": ["jeton"], "additionalProperties": False,
            "properties": {"jeton": {"enum": [token]}} | {name: field(name) for name in FIELDS}}  # fmt: skip
    content = {"application/x-www-form-urlencoded": {"schema": body}}
    return {"requestBody": {"content": content, "required": True}, "responses": {"200": {"description": "a page"}}}


def test_the_programming_interface_never_breaks(app: FastAPI) -> None:
    assert len(answers(schemathesis.openapi.from_asgi("/api/v1/openapi.json", app))) == 3


@pytest.mark.parametrize("signed_in", [True, False])
def test_no_form_and_no_page_breaks(app: FastAPI, visit: Callable[[], Visitor], make: Make, signed_in: bool) -> None:
    app.state.site.office.settings.portal_limits = 0
    owner = visit().sign_up()
    take(owner)
    somebody = owner if signed_in else visit()
    token = somebody.token
    link = address(make).removeprefix("/lien/")
    paths: dict[str, Any] = {}
    ends = "/compte/mot-de-passe"  # a new password ends the session: it is tried last
    for method, path in sorted(routes(app), key=lambda route: route[1] == ends):
        if path in ("/deconnexion", "/compte/suppression") or "identite" in path:
            continue
        where = filled(path, token=link if path.startswith("/lien/") else "forged")
        paths.setdefault(where, {})[method.lower()] = operation(method, path, token)
    schema = schemathesis.openapi.from_dict(document(paths))
    schema.app = app
    cookies = {name: somebody.client.cookies[name] for name in (security.SESSION, security.FORM)
               if name in somebody.client.cookies}  # fmt: skip
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    told = answers(schema, headers={"cookie": header})
    assert len(told) > 30
    kept_out = {label for label, statuses in told.items() if label.startswith("POST") and not statuses - {403}}
    assert kept_out == set(), "their token lets them in"
