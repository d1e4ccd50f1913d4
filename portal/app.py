"""The citizens' site: `create_app(office)` puts its pages together."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from fastapi import FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from portal import monitoring, oidc
from portal.api import api
from portal.errors import add_errors, answer
from portal.middleware import Around, Figures, failure, monotonic
from portal.pages import account, booking, home, links, mine, signing_in
from portal.rendering import HOME, Pages
from portal.request import Site
from portal.security import is_https
from portal.theme import style
from portal.threads import Threads
from rdv import logs
from rdv.engine.office import Office
from rdv.terms import RdvError


def create_app(office: Office) -> FastAPI:
    """Create the portal of a town. It uses the same engine as every face, and has no rule and no query."""
    office = replace(office, settings=office.settings.model_copy(update={"secret": office.settings.seal}))
    figures = Figures()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        logs.event(logging.INFO, "portal started")
        yield
        app.state.site.threads.close()
        office.close()
        logs.event(logging.INFO, "portal stopped")

    app = FastAPI(title="rdv", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.site = Site(office, Pages(office.settings), Threads(office.database.limits.connections))
    app.state.figures = figures
    app.state.oidc = oidc.client(office.settings)
    for pages in (home, signing_in, account, booking, mine, links, monitoring):
        app.include_router(pages.router)
    app.mount("/api/v1", api(app.state.site))
    app.mount("/static", StaticFiles(directory=HOME / "static"), name="static")

    colours = style(office.settings.town_colour)

    @app.get("/theme.css")
    async def theme() -> Response:
        return Response(colours, media_type="text/css", headers=monitoring.AN_HOUR)

    @app.get("/robots.txt")
    async def robots() -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /lien/\nDisallow: /connexion/\nDisallow: /inscription/\n")

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, problem: Exception) -> Response:
        failure(problem)
        return answer(request, RdvError("internal_portal"))

    add_errors(app)
    app.add_middleware(
        SessionMiddleware,
        secret_key=f"oidc {office.settings.seal}",
        session_cookie="rdv_oidc",
        max_age=600,
        https_only=is_https(office.settings),
    )
    app.add_middleware(Around, settings=office.settings, figures=figures, timer=monotonic())
    return app
