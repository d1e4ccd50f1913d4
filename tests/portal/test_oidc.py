"""Signing in through an identity provider (P7), a real one on this machine."""

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpcore2
import pytest
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from portal.app import create_app
from tests.citizens import link_for, sign_up
from tests.conftest import Make
from tests.portal.conftest import FOUND, Visitor
from tests.portal.provider import CLIENT, Provider, serving


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider where person 42 is about to sign in. Tokens are checked against the real clock."""
    with serving(Provider(now=int(time.time()))) as made:
        yield made


@pytest.fixture
def somebody(make: Make, provider: Provider) -> Iterator[Visitor]:
    make.town("Guichet 1", public=True)
    settings = make.office.settings
    settings.oidc_issuer, settings.oidc_client, settings.oidc_secret = provider.url, CLIENT, "shared"
    settings.portal_url, settings.lang = FOUND, "en"
    with TestClient(create_app(make.office), base_url=FOUND, headers={"accept-language": "en"}) as client:
        yield Visitor(client, make)


def come_back(visitor: Visitor, provider: Provider, suite: str = "") -> Visitor:
    """Goes to the provider, signs in there, and comes back."""
    answer = visitor.client.get("/connexion/identite", params={"suite": suite}, follow_redirects=False)
    assert answer.headers["location"].startswith(f"{provider.url}/authorize")
    code, state = provider.authorize(answer.headers["location"])
    visitor.get("/connexion/identite/retour", params={"code": code, "state": state})
    return visitor


def test_p7_somebody_new_with_a_verified_address_signs_up_in_one_step(
    somebody: Visitor, provider: Provider, make: Make
) -> None:
    provider.person |= {
        "email": "lea@example.org",
        "email_verified": True,
        "family_name": "DURAND",
        "given_name": "Léa",
    }
    assert "Sign in with FranceConnect" in somebody.get("/connexion").text
    come_back(somebody, provider)
    assert somebody.path.startswith("/inscription/")
    assert somebody.page is not None and 'value="DURAND Léa"' in somebody.page.text
    assert "code_verifier" in provider.asked
    somebody.post(somebody.path, nom="DURAND Léa")
    assert make.rows("SELECT email, issuer, subject FROM account") == [("lea@example.org", provider.url, "42")]
    somebody.post("/deconnexion")
    come_back(somebody, provider, suite="/compte")
    assert somebody.path == "/compte"


def test_p7_an_unverified_address_is_verified_by_a_link(somebody: Visitor, provider: Provider, make: Make) -> None:
    sign_up(make, "lea@example.org")
    provider.person |= {"email": "lea@example.org", "name": "DURAND Léa"}
    come_back(somebody, provider)
    assert somebody.path == "/connexion/identite/adresse", "its word is not taken for an account that exists"
    somebody.post("/connexion/identite/adresse", email="lea@example.org")
    path, _ = link_for(make.office, "lea@example.org")
    somebody.post(path)
    assert somebody.path == "/rendez-vous"
    somebody.post("/deconnexion")
    come_back(somebody, provider)
    assert somebody.path == "/rendez-vous"


def test_p7_a_forged_answer_lets_nobody_in(somebody: Visitor, provider: Provider, make: Make) -> None:
    sign_up(make, "lea@example.org")
    provider.person |= {"email": "lea@example.org", "email_verified": True}
    answer = somebody.client.get("/connexion/identite", follow_redirects=False)
    state = parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]
    for asked in ({"code": "x", "state": "forged"}, {"error": "access_denied", "state": state}, {}):
        somebody.get("/connexion/identite/retour", params=asked)
        assert somebody.page is not None and somebody.page.status_code == 422
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    come_back(somebody, provider)
    assert somebody.page is not None and somebody.page.status_code == 422
    provider.signs_with, provider.now = None, provider.now - 7200
    come_back(somebody, provider)
    assert somebody.page.status_code == 422
    assert somebody.client.get("/compte", follow_redirects=False).status_code == 303


def test_p7_a_provider_that_is_away_is_said(somebody: Visitor, make: Make) -> None:
    make.office.settings.oidc_issuer = "http://127.0.0.1:9"
    with TestClient(create_app(make.office), base_url=FOUND) as client:
        assert client.get("/connexion/identite").status_code == 422


def test_without_a_provider_there_is_no_such_page(visitor: Visitor) -> None:
    assert visitor.get("/connexion/identite").status_code == 404
    assert visitor.get("/connexion/identite/retour").status_code == 404
    assert "FranceConnect" not in visitor.get("/connexion").text


def test_p7_certificate_authorities_are_read_once_and_not_on_the_event_loop(
    somebody: Visitor, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_again(**_: object) -> None:
        raise AssertionError("the certificate authorities were read again")

    monkeypatch.setattr(httpcore2, "default_ssl_context", read_again)
    provider.person |= {"email": "lea@example.org", "email_verified": True}
    assert come_back(somebody, provider).path.startswith("/inscription/")
