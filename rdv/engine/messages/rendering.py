"""Messages in words: a kind, a language and facts make an e-mail or an SMS, by templates (N1).

`templates/<language>/<kind>.jinja` says what a kind has to say, `mail.html`, `mail.txt`, `subject.txt` and `sms.txt`
how it looks. The files of the town's own folder (`RDV_TEMPLATES`) win over those of the same name here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError

from rdv.engine.messages.invitations import GONE, invitation, method
from rdv.engine.messages.links import link, sealed_link
from rdv.engine.messages.sms import SINGLE, length, plain
from rdv.engine.views.messages import MessageAppointment, MessageSlot, OutgoingMessage, RenderedMessage
from rdv.i18n import wording
from rdv.settings import Settings
from rdv.terms import AppointmentStatus, Channel, Invalid
from rdv.tokens import code_for

OWN = Path(__file__).parent / "templates"
_BLANKS = re.compile("[^\\S\u00a0\u202f]+")
"""Spaces and line feeds, without those that keep words together."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A slot as templates show it: « vendredi 7 avril 2017 », « ven. 07/04 11:00 », « 07/04 11:00 », « 11:00 »."""

    day: str
    short: str
    brief: str
    start: str
    end: str
    counter: str
    place: str
    address: str


@dataclass(frozen=True, slots=True)
class ShownAppointment(Shown):
    """An appointment as templates show it; `before` is the slot that it had, `link` its address on the portal."""

    id: int
    type: str
    description: str
    before: Shown | None
    link: str


def render_message(settings: Settings, message: OutgoingMessage, *, now: datetime) -> RenderedMessage:
    """Return the rendered message; raise Invalid naming a broken template."""
    with wording.speaking(message.language):
        shown = [_shown(settings, message, appointment, now) for appointment in message.appointments]
        facts = _facts(settings, message, shown, now)
        try:
            if message.channel is Channel.SMS:
                return RenderedMessage(_sms(settings, message, facts))
            subject = _BLANKS.sub(" ", _render(settings, message, "subject.txt", facts)).strip()
            return RenderedMessage(
                text=_render(settings, message, "mail.txt", facts | {"subject": subject}),
                subject=subject,
                html=_render(settings, message, "mail.html", facts | {"subject": subject}),
                invitations=tuple(_invitations(settings, message, shown, now)),
                method=method(gone=message.kind in GONE),
            )
        except (TemplateError, TypeError, OSError, UnicodeDecodeError) as problem:
            name = getattr(problem, "name", None) or f"{message.language}/{message.kind}.jinja"
            raise Invalid("template", name=name, problem=f"{type(problem).__name__}: {problem}") from problem


def _facts(
    settings: Settings, message: OutgoingMessage, shown: list[ShownAppointment], now: datetime
) -> dict[str, Any]:
    """Return what templates may use."""
    return {
        "lang": message.language,
        "name": message.name,
        "town": settings.sender[0] or settings.town,
        "portal": settings.told_portal,
        "appointments": shown,
        "first": shown[0] if shown else None,
        "several": len(shown) > 1,
        "facts": message.facts,
        "link": _own_link(settings, message, now),
        "code": _own_code(settings, message),
        **dict.fromkeys(("title", "intro", "action", "button", "outro", "sms"), ""),
        "bring": False,
        "short": False,
    }


def _own_link(settings: Settings, message: OutgoingMessage, now: datetime) -> str:
    """Return the link of a message about an account; its facts hold path, purpose, contents and lifetime of the token.

    The token is made as the message leaves, so that none is stored.
    """
    facts = message.facts.get("link")
    if facts is None:
        return settings.told_portal
    until = now + timedelta(hours=facts["hours"])
    return sealed_link(settings, facts["path"], facts["purpose"], facts["facts"], until=until)


def _own_code(settings: Settings, message: OutgoingMessage) -> str:
    """Return the code of a message, made from the word in its facts as it leaves, so that none is stored."""
    code = message.facts.get("code")
    return "" if code is None else code_for(settings.seal, message.kind, code["word"])


def _shown(
    settings: Settings, message: OutgoingMessage, appointment: MessageAppointment, now: datetime
) -> ShownAppointment:
    address = ""
    if message.partner_id is not None and appointment.status in (
        AppointmentStatus.PLANNED,
        AppointmentStatus.TO_RESCHEDULE,
    ):
        address = link(
            settings,
            appointment=appointment.id,
            partner=message.partner_id,
            ends_at=appointment.ends_at,
            to_reschedule=appointment.status is AppointmentStatus.TO_RESCHEDULE,
            now=now,
        )
    return ShownAppointment(
        **_slot(appointment.slot),
        id=appointment.id,
        type=appointment.type,
        description=appointment.description,
        before=None if appointment.before is None else Shown(**_slot(appointment.before)),
        link=address,
    )


def _slot(slot: MessageSlot) -> dict[str, str]:
    return {
        "day": wording.long_day(slot.starts_at),
        "short": f"{wording.short_day(slot.starts_at)} {wording.clock(slot.starts_at)}",
        "brief": f"{slot.starts_at:%d/%m} {wording.clock(slot.starts_at)}",
        "start": wording.clock(slot.starts_at),
        "end": wording.clock(slot.ends_at),
        "counter": slot.counter,
        "place": slot.place,
        "address": slot.address,
    }


def _sms(settings: Settings, message: OutgoingMessage, facts: dict[str, Any]) -> str:
    """Return the text of an SMS; if it does not fit into one, the short form of the template."""
    whole = _one_line(_render(settings, message, "sms.txt", facts))
    return (
        whole if length(whole) <= SINGLE else _one_line(_render(settings, message, "sms.txt", facts | {"short": True}))
    )


def _one_line(text: str) -> str:
    return plain(" ".join(text.split()))


def _invitations(
    settings: Settings, message: OutgoingMessage, shown: Iterable[ShownAppointment], now: datetime
) -> Iterable[bytes]:
    gone = message.kind in GONE
    for appointment, as_shown in zip(message.appointments, shown, strict=True):
        url = "" if gone else as_shown.link
        yield invitation(appointment, gone=gone, organizer=settings.sender, attendee=message.to, url=url, now=now)


def _render(settings: Settings, message: OutgoingMessage, layout: str, facts: dict[str, Any]) -> str:
    environment = _environment(settings.templates, layout.endswith(".html"))
    return environment.get_template(f"{message.language}/{message.kind}.jinja").render(facts, layout=layout)


@cache
def _environment(folder: Path | None, escape: bool) -> Environment:
    own = FileSystemLoader(OWN)
    return Environment(
        loader=own if folder is None else ChoiceLoader([FileSystemLoader(folder), own]),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
