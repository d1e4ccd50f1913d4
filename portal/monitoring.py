"""For operators of the portal: its health (`/healthz`) and its figures (`/metrics`); also the town's logo."""

import mimetypes
import os

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import FileResponse, JSONResponse, Response

from portal.request import Incoming
from portal.security import is_near
from rdv.engine.messages import outbox
from rdv.terms import Actor, NotFound, RdvError

router = APIRouter()
JOB = Actor.job("portal")
AN_HOUR = {"cache-control": "public, max-age=3600"}


@router.get("/healthz")
async def healthz(request: Incoming) -> Response:
    """Report whether the database serves with this program's schema, and how long the oldest message has been due."""
    try:
        state = await request.run_as(JOB, outbox.outbox_state)
    except RdvError as problem:
        return JSONResponse({"database": problem.error}, 503)
    late = (request.now - state.oldest_due).total_seconds() if state.oldest_due else 0
    told = {"due": state.due, "later": state.later, "parked": state.parked, "oldest_seconds": int(late)}
    return JSONResponse({"database": "ok", "outbox": told})


@router.get("/metrics")
async def metrics(request: Incoming) -> Response:
    """Return figures for Prometheus, only for this machine and its network."""
    if not is_near(request.http):
        raise NotFound("no_page")
    registry: CollectorRegistry = request.http.app.state.figures.registry
    written = await request.site.threads.run(lambda: _written(registry))
    return Response(written, media_type=CONTENT_TYPE_LATEST)


def _written(registry: CollectorRegistry) -> bytes:
    """Return the figures of this process, or of all the processes of a portal, from the files where they meet."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


@router.get("/logo")
async def logo(request: Incoming) -> Response:
    """Return the town's logo from the file in the settings."""
    file = request.settings.town_logo
    if file is None or not file.is_file():
        raise NotFound("no_page")
    return FileResponse(file, media_type=mimetypes.guess_type(file.name)[0] or "image/png", headers=AN_HOUR)
