"""A message leaves: written in words, then by the way of its channel (N1, N3)."""

from datetime import datetime

from rdv.engine.messages import email, sms
from rdv.engine.messages.rendering import write
from rdv.engine.views.messages import Letter
from rdv.settings import Settings
from rdv.terms import Channel, RdvError


def deliver(settings: Settings, letter: Letter, *, now: datetime) -> None:
    """Sends a message. Raises RdvError with what kept it from leaving."""
    written = write(settings, letter, now=now)
    name = f"{letter.made_at:%Y%m%dT%H%M%S}-{letter.id:06}-{letter.kind}"  # the same whenever it is sent
    if letter.channel is Channel.EMAIL:
        message = email.build(letter, written, sender=settings.sender, now=now)
        email.send_mail(settings.mail_url, message, name=name)
    elif settings.sms_url is None:
        raise RdvError("sms_url")
    else:
        sms.send_sms(settings.sms_url, letter.to, written.text, name=name)
