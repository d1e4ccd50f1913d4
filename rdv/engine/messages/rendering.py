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
from rdv.engine.views.messages import Letter, ToldAppointment, ToldSlot, Written
from rdv.i18n import wording
from rdv.settings import Settings
from rdv.terms import AppointmentStatus, Channel, Invalid
from rdv.tokens import code_for

OWN = Path(__file__).parent / "templates"
_BLANKS = re.compile("[^\\S\u00a0\u202f]+")
"""Blanks and line feeds, those that keep words together apart."""


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


def write(settings: Settings, letter: Letter, *, now: datetime) -> Written:
    """The message in words. Raises Invalid naming a template that cannot be used."""
    with wording.speaking(letter.language):
        shown = [_shown(settings, letter, told, now) for told in letter.appointments]
        facts = _facts(settings, letter, shown, now)
        try:
            if letter.channel is Channel.SMS:
                return Written(_sms(settings, letter, facts))
            subject = _BLANKS.sub(" ", _render(settings, letter, "subject.txt", facts)).strip()
            return Written(
                text=_render(settings, letter, "mail.txt", facts | {"subject": subject}),
                subject=subject,
                html=_render(settings, letter, "mail.html", facts | {"subject": subject}),
                invitations=tuple(_invitations(settings, letter, shown, now)),
                method=method(gone=letter.kind in GONE),
            )
        except (TemplateError, TypeError, OSError, UnicodeDecodeError) as problem:
            name = getattr(problem, "name", None) or f"{letter.language}/{letter.kind}.jinja"
            raise Invalid("template", name=name, problem=f"{type(problem).__name__}: {problem}") from problem


def _facts(settings: Settings, letter: Letter, shown: list[ShownAppointment], now: datetime) -> dict[str, Any]:
    """What templates may use."""
    return {
        "lang": letter.language,
        "name": letter.name,
        "town": settings.sender[0] or settings.town,
        "portal": settings.told_portal,
        "appointments": shown,
        "first": shown[0] if shown else None,
        "several": len(shown) > 1,
        "facts": letter.facts,
        "link": _own_link(settings, letter, now),
        "code": _own_code(settings, letter),
        **dict.fromkeys(("title", "intro", "action", "button", "outro", "sms"), ""),
        "bring": False,
        "short": False,
    }


def _own_link(settings: Settings, letter: Letter, now: datetime) -> str:
    """The address that a message is about where it is about no appointment: its facts say where to, what the token
    carries, what for and for how many hours from now. No token is ever stored."""
    asked = letter.facts.get("link")
    if asked is None:
        return settings.told_portal
    until = now + timedelta(hours=asked["hours"])
    return sealed_link(settings, asked["path"], asked["purpose"], asked["facts"], until=until)


def _own_code(settings: Settings, letter: Letter) -> str:
    """The code that a message brings, made as it leaves of the word in its facts: none is ever stored."""
    asked = letter.facts.get("code")
    return "" if asked is None else code_for(settings.seal, letter.kind, asked["word"])


def _shown(settings: Settings, letter: Letter, told: ToldAppointment, now: datetime) -> ShownAppointment:
    address = ""
    if letter.partner_id is not None and told.status in (AppointmentStatus.PLANNED, AppointmentStatus.TO_RESCHEDULE):
        address = link(
            settings,
            appointment=told.id,
            partner=letter.partner_id,
            ends_at=told.ends_at,
            to_reschedule=told.status is AppointmentStatus.TO_RESCHEDULE,
            now=now,
        )
    return ShownAppointment(
        **_slot(told.slot),
        id=told.id,
        type=told.type,
        description=told.description,
        before=None if told.before is None else Shown(**_slot(told.before)),
        link=address,
    )


def _slot(slot: ToldSlot) -> dict[str, str]:
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


def _sms(settings: Settings, letter: Letter, facts: dict[str, Any]) -> str:
    """One SMS if it can be: where the whole does not fit, templates are asked for less."""
    whole = _one_line(_render(settings, letter, "sms.txt", facts))
    return (
        whole if length(whole) <= SINGLE else _one_line(_render(settings, letter, "sms.txt", facts | {"short": True}))
    )


def _one_line(text: str) -> str:
    return plain(" ".join(text.split()))


def _invitations(
    settings: Settings, letter: Letter, shown: Iterable[ShownAppointment], now: datetime
) -> Iterable[bytes]:
    gone = letter.kind in GONE
    for told, as_shown in zip(letter.appointments, shown, strict=True):
        url = "" if gone else as_shown.link
        yield invitation(told, gone=gone, organizer=settings.sender, attendee=letter.to, url=url, now=now)


def _render(settings: Settings, letter: Letter, layout: str, facts: dict[str, Any]) -> str:
    environment = _environment(settings.templates, layout.endswith(".html"))
    return environment.get_template(f"{letter.language}/{letter.kind}.jinja").render(facts, layout=layout)


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
