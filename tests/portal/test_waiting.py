"""No visitor waits for what another one reads or computes."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import argon2
import httpx2
import pytest
from fastapi import FastAPI

from portal import monitoring
from portal.request import QUICK
from rdv.engine.citizens import account_passwords, offer, throttle
from tests.citizens import PASSWORD, link_for
from tests.conftest import Make
from tests.portal.conftest import FOUND, TOKEN, Visitor

GUARD = 10
"""Seconds after which what waits for another gives up, and fails its test."""

WEEK = "/rendez-vous/nouveau?type=1&semaine=2017-04-05"
OTHER_WEEK = "/rendez-vous/nouveau?type=1&semaine=2017-04-12"

Scenario = Callable[[httpx2.AsyncClient], Awaitable[None]]
UseCase = Callable[..., Any]


def play(app: FastAPI, scenario: Scenario) -> None:
    """Play a scenario on one event loop, which the portal shares with its visitors."""

    async def main() -> None:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url=FOUND, timeout=None) as client:
            await scenario(client)

    asyncio.run(main())


@pytest.fixture
def around(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], None]:
    """Have a function called before each use case, with the use case and its arguments."""
    office = app.state.site.office
    run = office.run

    def arrange(before: Callable[..., None]) -> None:
        def watched(function: UseCase, actor: object, /, *args: Any, **kwargs: Any) -> Any:
            before(function)
            return run(function, actor, *args, **kwargs)

        monkeypatch.setattr(office, "run", watched)

    return arrange


class Hindrance:
    """A use case that waits until it is let go on."""

    def __init__(self, function: UseCase) -> None:
        self._function = function
        self._released = threading.Event()
        self._begun = threading.Event()
        self.waits = False
        self.was_released: list[bool] = []

    def __call__(self, function: UseCase) -> None:
        if function is self._function and self.waits:
            self._begun.set()
            self.was_released.append(self._released.wait(GUARD))

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self._begun.wait, GUARD)

    def release(self) -> None:
        self._released.set()


def test_a_slow_question_keeps_no_cached_page_waiting(app: FastAPI, around: Callable[..., None]) -> None:
    slow = Hindrance(offer.look)
    around(slow)

    async def scenario(client: httpx2.AsyncClient) -> None:
        assert (await client.get(WEEK)).status_code == 200
        slow.waits = True
        turning = asyncio.create_task(client.get(OTHER_WEEK))
        await slow.has_begun()
        for path in (WEEK, "/robots.txt", "/static/portal.css"):
            assert (await client.get(path)).status_code == 200
        slow.release()
        assert (await turning).status_code == 200

    app.state.site.weeks.seconds = 3600
    play(app, scenario)
    assert slow.was_released == [True], "a page waited for the question of another visitor"


def test_two_questions_are_read_side_by_side(app: FastAPI, around: Callable[..., None]) -> None:
    both = threading.Barrier(2, timeout=GUARD)

    def meet(function: UseCase) -> None:
        if function is offer.look:
            both.wait()

    around(meet)

    async def scenario(client: httpx2.AsyncClient) -> None:
        answers = await asyncio.gather(client.get(WEEK), client.get(OTHER_WEEK))
        assert [answer.status_code for answer in answers] == [200, 200]

    play(app, scenario)


@pytest.mark.parametrize(
    ("path", "use_case"), [(WEEK, offer.look), ("/api/v1/types/1/slots", offer.first_free)], ids=["page", "api"]
)
def test_a_question_that_many_ask_at_once_is_read_once(
    app: FastAPI, around: Callable[..., None], path: str, use_case: UseCase
) -> None:
    slow = Hindrance(use_case)
    slow.waits = True
    around(slow)

    async def scenario(client: httpx2.AsyncClient) -> None:
        asked = [asyncio.create_task(client.get(path)) for _ in range(5)]
        await slow.has_begun()
        assert (await client.get("/robots.txt")).status_code == 200  # meanwhile, all five are under way
        slow.release()
        assert [answer.status_code for answer in await asyncio.gather(*asked)] == [200] * 5

    app.state.site.weeks.seconds = app.state.site.answers.seconds = 3600
    play(app, scenario)
    assert slow.was_released == [True], "it was read again, or an answer waited for another question"


def test_a_question_that_failed_is_asked_again_by_the_next(app: FastAPI, around: Callable[..., None]) -> None:
    tries: list[str] = []

    def refuse_once(function: UseCase) -> None:
        if function is offer.look:
            tries.append("try")
            if len(tries) == 1:
                raise ZeroDivisionError

    around(refuse_once)

    async def scenario(client: httpx2.AsyncClient) -> None:
        answers = await asyncio.gather(client.get(WEEK), client.get(WEEK), return_exceptions=True)
        assert isinstance(answers[0], ZeroDivisionError)
        assert isinstance(answers[1], httpx2.Response) and answers[1].status_code == 200

    play(app, scenario)


def test_passwords_are_hashed_beside_the_event_loop(app: FastAPI, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: dict[str, set[int]] = {"hash": set(), "verify": set()}
    for name, seen in threads.items():
        usual = getattr(argon2.PasswordHasher, name)

        def watched(self: object, *args: Any, _usual: Any = usual, _seen: set[int] = seen) -> Any:
            _seen.add(threading.get_ident())
            return _usual(self, *args)

        monkeypatch.setattr(argon2.PasswordHasher, name, watched)
    account_passwords._decoy.cache_clear()
    email = "lea@example.org"

    async def scenario(client: httpx2.AsyncClient) -> None:
        async def send(path: str, **fields: str) -> httpx2.Response:
            token = TOKEN.search((await client.get("/connexion/x")).text)
            assert token is not None
            return await client.post(path, data={"jeton": token[1]} | fields)

        assert (await send("/connexion", email="nobody@example.org", mot_de_passe=PASSWORD)).status_code == 422
        await send("/connexion/lien", email=email)
        path, _ = link_for(make.office, email)
        assert (await send(path, nom="DURAND Léa", mot_de_passe=PASSWORD)).status_code == 303
        changed = await send("/compte/mot-de-passe", actuel=PASSWORD, nouveau=PASSWORD * 2)
        assert changed.headers["location"] == "/compte?fait=mot-de-passe"
        await send("/deconnexion")
        assert (await send("/connexion", email=email, mot_de_passe=PASSWORD * 2)).status_code == 303
        assert (await send("/connexion", email=email, mot_de_passe="wrong password")).status_code == 422

    play(app, scenario)
    assert threads["hash"] and threads["verify"]
    assert threading.get_ident() not in threads["hash"] | threads["verify"]


def test_only_quick_reads_run_on_the_event_loop(
    app: FastAPI, make: Make, lea: Visitor, around: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = threading.get_ident()
    on_the_loop: set[object] = set()
    everywhere: set[object] = set()

    def note(what: object) -> None:
        everywhere.add(what)
        if threading.get_ident() == loop:
            on_the_loop.add(what)

    around(note)
    pages, render, generate = app.state.site.pages, app.state.site.pages.render, monitoring.generate_latest

    def drawn(template: str, /, **shown: Any) -> str:
        note(template)
        return str(render(template, **shown))

    def written(registry: Any) -> bytes:
        note("figures")
        return generate(registry)

    monkeypatch.setattr(pages, "render", drawn)
    monkeypatch.setattr(monitoring, "generate_latest", written)
    slot = "1.1.1491462000"
    lea.post("/rendez-vous/nouveau", creneau=slot)
    lea.post("/rendez-vous/nouveau/valider", tenu=lea.values("tenu"))
    everywhere.clear()
    on_the_loop.clear()

    async def scenario(client: httpx2.AsyncClient) -> None:
        for cookies in ({}, dict(lea.client.cookies)):
            client.cookies.clear()
            client.cookies.update(cookies)
            for path in (
                "/", WEEK, f"/rendez-vous/nouveau?creneau={slot}", "/rendez-vous/nouveau/choix", "/rendez-vous",
                "/rendez-vous/1", "/rendez-vous/1.ics", "/rendez-vous/1/changer", "/compte", "/healthz",
                "/api/v1/types", "/api/v1/types/1/places", "/api/v1/types/1/slots",
            ):  # fmt: skip
                assert (await client.get(path)).status_code in (200, 303, 409), path
        near = httpx2.ASGITransport(app, client=("10.0.0.5", 1))
        async with httpx2.AsyncClient(transport=near, base_url=FOUND) as watcher:
            assert (await watcher.get("/metrics")).status_code == 200

    play(app, scenario)
    assert {offer.look, offer.first_free, throttle.spend, "week", "figures"} <= everywhere - on_the_loop
    quick: set[object] = set(QUICK)
    assert {what for what in on_the_loop if callable(what)} <= quick
    if make.office.database.is_sqlite:
        assert on_the_loop & quick, "what is quick has no thread to wait for"
