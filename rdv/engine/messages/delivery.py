"""A message leaves: written in words, then by the way of its channel (N1, N3)."""

from datetime import datetime

from rdv.engine.messages import email, sms
from rdv.engine.messages.rendering import render_message
from rdv.engine.views.messages import OutgoingMessage
from rdv.settings import Settings
from rdv.terms import Channel, RdvError


def deliver(settings: Settings, message: OutgoingMessage, *, now: datetime) -> None:
    """Send a message. Raises RdvError with what kept it from leaving."""
    rendered = render_message(settings, message, now=now)
    name = f"{message.made_at:%Y%m%dT%H%M%S}-{message.id:06}-{message.kind}"  # the same whenever it is sent
    if message.channel is Channel.EMAIL:
        mail = email.build(message, rendered, sender=settings.sender, now=now)
        email.send_mail(settings.mail_url, mail, name=name)
    elif settings.sms_url is None:
        raise RdvError("sms_url")
    else:
        sms.send_sms(settings.sms_url, message.to, rendered.text, name=name)
