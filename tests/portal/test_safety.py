"""What strangers get: every route tried without a session, with another's, with forged and old tokens (P5, P6, P8)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from portal import security
from portal.app import create_app
from rdv.engine.booking import slots
from rdv.engine.messages.links import link
from rdv.tokens import seal
from tests.citizens import PASSWORD, link_for, paris
from tests.conftest import FrozenClock, Make
from tests.portal.conftest import Visitor
from tests.portal.test_booking import HALF, NINE, TEN

PUBLIC = {
    "/", "/langue", "/connexion", "/connexion/lien", "/connexion/{token}", "/inscription", "/inscription/{token}",
    "/deconnexion", "/rendez-vous/nouveau", "/healthz", "/metrics", "/theme.css", "/robots.txt", "/logo",
    "/connexion/identite", "/connexion/identite/retour", "/connexion/identite/adresse",
    "/lien/{token}", "/lien/{token}/agenda.ics", "/lien/{token}/changer", "/lien/{token}/annuler",
}  # fmt: skip
"""The routes that take no session; links of messages are tried by themselves."""


def routes(app: Any) -> list[tuple[str, str]]:
    """Method and path of every page."""
    found = []
    for route in app.routes:
        inner = getattr(route, "original_router", None)
        for one in [route] if inner is None else inner.routes:
            if isinstance(one, APIRoute):
                found += [(method, one.path) for method in sorted(one.methods or ())]
    return found


def filled(path: str, number: str = "1", token: str = "forged") -> str:
    return path.replace("{which}", number).replace("{token}", token)


def take(visitor: Visitor, creneau: str = NINE) -> None:
    visitor.post("/rendez-vous/nouveau", creneau=creneau)
    visitor.post("/rendez-vous/nouveau/valider", tenu=visitor.values("tenu")[0])


def address(make: Make, *, appointment: int = 1, to_reschedule: bool = False) -> str:
    """The path of the link that a message carries."""
    row = make.rows("SELECT partner_id FROM appointment WHERE id = :n", n=appointment)[0]
    url = link(
        make.office.settings, appointment=appointment, partner=row[0], ends_at=paris("2017-04-06T09:30"),
        to_reschedule=to_reschedule, now=make.office.clock(),
    )  # fmt: skip
    return url.removeprefix(make.office.settings.portal_url)


def test_the_portal_has_the_pages_of_its_contract(app: FastAPI) -> None:
    paths = {path for _, path in routes(app)}
    assert paths > PUBLIC
    assert {"/compte", "/rendez-vous", "/rendez-vous/{which}", "/rendez-vous/nouveau/choix"} < paths


def test_p5_without_a_session_every_other_route_leads_to_signing_in(
    app: FastAPI, visitor: Visitor, visit: Callable[[], Visitor], make: Make
) -> None:
    take(visit().sign_up())
    before = make.rows("SELECT status, starts_at FROM appointment")
    tried = [(method, path) for method, path in routes(app) if path not in PUBLIC]
    assert len(tried) > 15
    for method, path in tried:
        where = filled(path)
        if method == "GET":
            answer = visitor.client.get(where, follow_redirects=False)
        else:
            answer = visitor.post(where, follow=False, creneau=TEN, tenu="1-1", email="vol@example.org", nom="X")
        assert answer.status_code == 303 and answer.headers["location"].startswith("/connexion"), (method, path)
    assert make.rows("SELECT status, starts_at FROM appointment") == before


def test_p5_another_citizens_appointment_is_not_there_on_any_route(
    app: FastAPI, lea: Visitor, visit: Callable[[], Visitor], make: Make
) -> None:
    take(lea)
    max_ = visit().sign_up("max@example.org", "MAX Tom")
    tried = [(method, path) for method, path in routes(app) if "{which}" in path]
    assert len(tried) == 6
    for method, path in tried:
        for number in ("1", "99", "0", "x", "99999999999999999999"):
            where = filled(path, number)
            answer = max_.client.get(where) if method == "GET" else max_.post(where, creneau=TEN)
            assert answer.status_code in (400, 404), (method, where)
            assert "Citoyenneté" not in answer.text
    assert make.rows("SELECT status, count(*) FROM appointment GROUP BY status") == [("planned", 1)]


def test_p5_a_forged_an_old_and_an_ended_session_open_nothing(
    lea: Visitor, visitor: Visitor, make: Make, clock: FrozenClock
) -> None:
    good = lea.client.cookies[security.SESSION]
    late = seal("s", "session", {"account": 1, "version": 0, "link": False, "at": 0}, until=clock())
    other = seal("t", "session", {"account": 1, "version": 0, "link": False, "at": 0}, until=clock() + timedelta(1))
    link_ = seal("s", "link", {"account": 1, "version": 0, "link": False, "at": 0}, until=clock() + timedelta(1))
    odd = seal("s", "session", {"account": None}, until=clock() + timedelta(days=1))
    for forged in (good[:-2], good + "x", late, other, link_, odd, "x" * 4000):
        visitor.client.cookies.set(security.SESSION, forged)
        answer = visitor.client.get("/compte", follow_redirects=False)
        assert (answer.status_code, "lea@" in answer.text) == (303, False), forged
    assert lea.client.get("/compte").status_code == 200
    clock.advance(days=15)
    assert lea.client.get("/compte", follow_redirects=False).status_code == 303


def test_a_form_of_another_site_browser_or_session_is_refused(
    app: FastAPI, lea: Visitor, visit: Callable[[], Visitor], make: Make, clock: FrozenClock
) -> None:
    stranger = visit()
    posts = [path for method, path in routes(app) if method == "POST"]
    assert len(posts) > 15
    good, foreign = lea.token, stranger.token
    for path in posts:
        for token in ("", "x", foreign, seal("s", "form", {}, until=clock() + timedelta(1))):
            answer = lea.client.post(filled(path), data={"jeton": token}, follow_redirects=False)
            assert answer.status_code == 403, path
        answer = lea.client.post(filled(path), data={"jeton": good}, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403, path
    lea.client.cookies.delete(security.FORM)
    assert lea.client.post("/compte", data={"jeton": good}).status_code == 403
    clock.advance(hours=13)
    old = visit()
    token = old.token
    clock.advance(hours=13)
    answer = old.client.post("/connexion/lien", data={"jeton": token, "email": "lea@example.org"})
    assert answer.status_code == 403 and "too old" in answer.text


def test_p6_a_link_opens_one_appointment_and_looking_changes_nothing(
    lea: Visitor, visitor: Visitor, make: Make
) -> None:
    take(lea)
    path = address(make)
    before = make.rows("SELECT * FROM appointment")
    for page in ("", "/changer", "/annuler", "/agenda.ics"):
        assert visitor.get(path + page).status_code == 200
    assert make.rows("SELECT * FROM appointment") == before
    visitor.post(f"{path}/changer", creneau=TEN)
    assert visitor.path == path and "Your appointment is changed" in visitor.text
    for private in ("/rendez-vous", "/rendez-vous/1", "/compte"):
        assert visitor.client.get(private, follow_redirects=False).status_code == 303
    visitor.post(f"{path}/annuler")
    visitor.post(f"{path}/annuler")
    assert "Your appointment is cancelled" in visitor.text
    assert make.rows("SELECT status FROM appointment") == [("cancelled",)]


def test_p6_after_a_slot_was_taken_away_the_link_leads_to_a_new_one(lea: Visitor, visitor: Visitor, make: Make) -> None:
    take(lea)
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-06T09:00")
    path = address(make, to_reschedule=True)
    visitor.get(path)
    assert "has to be changed" in visitor.text and "Choose another time" in visitor.text
    visitor.post(f"{path}/changer", creneau=HALF)
    assert make.rows("SELECT status FROM appointment") == [("planned",)]


def test_p6_forged_expired_and_foreign_links_open_nothing(
    app: FastAPI, lea: Visitor, visit: Callable[[], Visitor], make: Make, clock: FrozenClock
) -> None:
    take(lea)
    visit().sign_up("max@example.org", "MAX Tom")
    visitor = visit()
    good = address(make)
    soon = clock() + timedelta(days=1)
    foreign = seal("s", "link", {"appointment": 1, "partner": 2}, until=soon)
    absent = seal("s", "link", {"appointment": 99, "partner": 1}, until=soon)
    session = seal("s", "session", {"appointment": 1, "partner": 1}, until=soon)
    tokens = {good.removeprefix("/lien/")[:-1]: 400, "x": 400, foreign: 404, absent: 404, session: 400}
    for method, path in routes(app):
        if not path.startswith("/lien/"):
            continue
        for token, status in tokens.items():
            where = filled(path, token=token)
            answer = visitor.client.get(where) if method == "GET" else visitor.post(where, creneau=TEN)
            assert answer.status_code == status, (method, path, token)
    clock.set("2017-04-07T09:31")
    assert visitor.get(good).status_code == 422
    assert visitor.post(f"{good}/annuler").status_code == 422
    assert make.rows("SELECT status FROM appointment") == [("planned",)]


def test_p7_signing_in_tells_nobody_whether_there_is_an_account(lea: Visitor, visitor: Visitor) -> None:
    pages = []
    for email in ("lea@example.org", "nobody@example.org"):
        visitor.post("/connexion/lien", email=email)
        pages.append(visitor.text.replace(email, "…"))
        visitor.post("/connexion", email=email, mot_de_passe="un mot de passe faux")
        assert visitor.page is not None and visitor.page.status_code == 422
        pages.append(visitor.text.replace(email, "…"))
    assert pages[:2] == pages[2:]


def test_p8_tries_are_limited_by_account_and_by_address(visitor: Visitor, visit: Callable[[], Visitor]) -> None:
    statuses = [visitor.post("/connexion/lien", email="lea@example.org").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert visit().post("/connexion/lien", email="lea@example.org").status_code == 429
    assert visit().post("/connexion/lien", email="max@example.org").status_code == 200
    for _ in range(10):
        visitor.post("/connexion", email="lea@example.org", mot_de_passe="faux")
    answer = visitor.post("/connexion", email="lea@example.org", mot_de_passe="faux")
    assert answer.status_code == 429 and "too often" in answer.text


def test_p8_one_address_cannot_hold_the_whole_town(app: FastAPI, visit: Callable[[], Visitor], make: Make) -> None:
    first, second = visit().sign_up(), visit().sign_up("max@example.org", "MAX Tom")
    app.state.site.office.settings.portal_limits = 1 / 75  # 150 an hour for an address become 2
    assert first.post("/rendez-vous/nouveau", creneau=NINE).status_code == 200
    assert second.post("/rendez-vous/nouveau", creneau=HALF).status_code == 200
    assert second.post("/rendez-vous/nouveau", creneau=TEN).status_code == 429
    assert "too often" in second.text
    assert make.rows("SELECT count(*) FROM claim") == [(2,)]


def test_pages_carry_their_headers_and_cookies_are_closed(visitor: Visitor, make: Make) -> None:
    answer = visitor.client.get("/connexion/x")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie
    assert "<script>" not in answer.text and "style=" not in answer.text
    make.office.settings.portal_url = "https://rdv.example.org"
    from starlette.testclient import TestClient

    over_tls = TestClient(create_app(make.office), base_url="https://rdv.example.org").get("/connexion/x")
    assert over_tls.headers["set-cookie"].startswith("__Host-rdv_form=")
    assert "secure" in over_tls.headers["set-cookie"].lower()
    assert "strict-transport-security" in over_tls.headers


def test_what_is_too_large_or_no_form_is_refused(visitor: Visitor) -> None:
    token = visitor.token
    assert visitor.client.post("/connexion/lien", data={"jeton": token, "email": "x" * 70_000}).status_code == 413
    assert visitor.post("/connexion/lien", email="x" * 300).status_code in (413, 422)
    assert visitor.client.post("/connexion/lien", content=b"\xff\xfe", headers={"content-type": "x"}).status_code == 403
    many = {f"f{n}": "x" for n in range(200)}
    assert visitor.client.post("/connexion/lien", data={"jeton": token} | many).status_code == 400
    assert visitor.client.put("/connexion").status_code == 405
    assert visitor.get("/nulle-part").status_code == 404


@pytest.mark.parametrize(
    "after", ["//evil.example.org", "https://evil.example.org", "/\\evil.example.org", "\\\\evil", "/a\nb", "x"]
)
def test_after_signing_in_nobody_is_sent_elsewhere(lea: Visitor, after: str) -> None:
    answer = lea.client.get("/connexion", params={"suite": after}, follow_redirects=False)
    assert answer.headers["location"] == "/rendez-vous"


def test_p7_an_account_from_sign_up_to_its_end(lea: Visitor, visit: Callable[[], Visitor], make: Make) -> None:
    lea.post("/compte/mot-de-passe", nouveau=PASSWORD)
    assert "Your password is changed" in lea.text
    other = visit()
    other.post("/connexion", email="lea@example.org", mot_de_passe=PASSWORD)
    assert other.path == "/rendez-vous"
    other.post("/compte/mot-de-passe", nouveau="un mot de passe volé", actuel="faux")
    assert "current password is not right" in other.text
    other.post("/compte", nom="DURAND-BOIS Léa", telephone="06 39 98 12 05", langue="fr", sms="1")
    assert "Vos coordonnées sont enregistrées" in other.text
    assert make.rows("SELECT name, language, wants_email, wants_sms FROM partner") == [
        ("DURAND-BOIS Léa", "fr", False, True)
    ]
    other.post("/compte", nom=" ", langue="en")
    assert other.page is not None and other.page.status_code == 422
    other.post("/compte/adresse", email="neuf@example.org")
    path, _ = link_for(make.office, "neuf@example.org")
    other.get(path)
    other.post(path)
    assert make.rows("SELECT email FROM account") == [("neuf@example.org",)]
    lea.post("/deconnexion", partout="1")
    assert other.client.get("/compte", follow_redirects=False).status_code == 303
    other.post("/connexion", email="neuf@example.org", mot_de_passe=PASSWORD)
    other.get("/compte/suppression")
    other.post("/compte/suppression")
    assert make.rows("SELECT count(*) FROM account") == [(0,)]
    assert other.client.get("/compte", follow_redirects=False).status_code == 303
