"""Is everything in order? Settings, database, mail, SMS, the outbox, one by one, for `rdv doctor`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from rdv.engine.messages import email, sms
from rdv.engine.messages.outbox import outbox_state
from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.settings import Settings
from rdv.terms import Actor, RdvError

LATE = timedelta(minutes=15)
"""How long a message may be due before the doctor asks to check the worker."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A subject of the doctor, its state, and its error if it has one."""

    name: str
    told: str
    problem: RdvError | None = None


def examine(office: Office) -> list[Examined]:
    """Look at each part in turn; nothing is written but a probe file in the outbox folder."""
    settings = office.settings
    database = _examined("database", office.database.label, lambda: _database(office))
    outbox = [] if database.problem else [_examined("outbox", "", lambda: _outbox(office))]
    return [
        database,
        _examined("agent", settings.agent, lambda: office.run(agents.list_agents, office.me)),
        _examined("mail", email.without_password(settings.mail_url), lambda: email.check_mail(settings.mail_url)),
        _examined("sms", _scheme(settings.sms_url), lambda: _sms(settings.sms_url)),
        _examined("portal", settings.portal_url, lambda: _portal(settings)),
        *outbox,
    ]


def _examined(name: str, told: str, look: Callable[[], object]) -> Examined:
    try:
        look()
    except RdvError as problem:
        return Examined(name, told, problem)
    return Examined(name, told)


def _database(office: Office) -> None:
    with office.database.read():
        pass


def _outbox(office: Office) -> None:
    state = office.run(outbox_state, Actor.job("doctor"))
    if state.oldest_due is not None and state.oldest_due < office.clock() - LATE:
        raise RdvError(
            "outbox_late", count=state.due, since=state.oldest_due.astimezone(ZoneInfo(office.settings.zone))
        )
    if state.parked:
        raise RdvError("outbox_parked", count=state.parked)


def _sms(url: str | None) -> None:
    if url is not None:
        sms.check_sms(url)


def _portal(settings: Settings) -> None:
    if settings.portal_url and not settings.told_portal:
        raise RdvError("portal_here", address=settings.portal_url)


def _scheme(url: str | None) -> str:
    if url is None or url.startswith("file:"):
        return url or ""
    return f"{urlsplit(url).scheme}://…"
