"""A portal on a real database, and people who visit it with a browser that knows cookies and forms."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from portal.app import create_app
from tests.citizens import link_for
from tests.conftest import Make

TOKEN = re.compile(r'name="jeton" value="([^"]+)"')
FOUND = "http://testserver"


@dataclass
class Visitor:
    """Somebody with a browser; `page` is what it shows."""

    client: TestClient
    make: Make
    page: Response | None = None

    def get(self, path: str, **more: Any) -> Response:
        """Opens a page, following where it leads."""
        self.page = self.client.get(path, **more)
        return self.page

    def post(self, path: str, *, follow: bool = True, token: str | None = None, **fields: Any) -> Response:
        """Sends a form, with the token of a page that this browser shows."""
        if token is None:
            token = self.token
        self.page = self.client.post(path, data={"jeton": token} | fields, follow_redirects=follow)
        return self.page

    @property
    def token(self) -> str:
        """What the forms of this browser carry now."""
        found = TOKEN.search(self.client.get("/connexion/x").text)
        assert found
        return found[1]

    @property
    def text(self) -> str:
        """What the page says."""
        assert self.page is not None
        return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", self.page.text).split()))

    @property
    def path(self) -> str:
        """Where the browser is."""
        assert self.page is not None
        return self.page.url.path

    def values(self, name: str) -> list[str]:
        """The values of the fields and buttons of this name."""
        assert self.page is not None
        return re.findall(rf'name="{name}" value="([^"]*)"', self.page.text)

    def sign_up(self, email: str = "lea@example.org", name: str = "DURAND Léa", **fields: str) -> "Visitor":
        """Signs up by the link of the mail."""
        self.post("/connexion/lien", email=email)
        path, _token = link_for(self.make.office, email)
        assert self.get(path).status_code == 200
        assert self.post(path, nom=name, **fields).status_code == 200
        return self


@pytest.fixture
def app(make: Make) -> FastAPI:
    """The portal of a town with one public counter."""
    make.town("Guichet 1", public=True)
    make.office.settings.lang = "en"
    return create_app(make.office)


@pytest.fixture
def visit(app: FastAPI, make: Make) -> Iterator[Callable[[], Visitor]]:
    """Makes visitors, each with a browser of its own."""
    clients: list[TestClient] = []

    def made() -> Visitor:
        client = TestClient(app, base_url=FOUND, raise_server_exceptions=False, headers={"accept-language": "en"})
        clients.append(client)
        return Visitor(client, make)

    yield made
    for client in clients:
        client.close()


@pytest.fixture
def visitor(visit: Callable[[], Visitor]) -> Visitor:
    """Somebody who has not signed in."""
    return visit()


@pytest.fixture
def lea(visit: Callable[[], Visitor]) -> Visitor:
    """Somebody who has signed up."""
    return visit().sign_up()
