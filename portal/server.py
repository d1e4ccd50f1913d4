"""Serving the portal: uvicorn, one process or several, that end when the requests under way are answered."""

import os
import tempfile

import uvicorn
from fastapi import FastAPI

from portal.threads import share_interpreter
from rdv import logs
from rdv.settings import Settings, load
from rdv.terms import Face

GRACE = 20
"""Seconds that requests under way have to be answered when the portal ends."""


def app() -> FastAPI:
    """Return the application of one process, from the settings."""
    from portal.app import create_app
    from rdv.engine.office import Office

    logs.start()
    share_interpreter()
    return create_app(Office.open(load(), Face.PORTAL))


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until a signal. Trust proxy headers only from the addresses in `portal_proxies`."""
    with tempfile.TemporaryDirectory(prefix="rdv-figures-") as folder:
        if workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        uvicorn.run(
            "portal.server:app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            access_log=False,
            log_level="warning",
            server_header=False,
            date_header=True,
            proxy_headers=bool(settings.portal_proxies),
            forwarded_allow_ips=settings.portal_proxies or None,
            timeout_graceful_shutdown=GRACE,
            h11_max_incomplete_event_size=64 * 1024,
        )
