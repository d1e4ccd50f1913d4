"""Links in messages: an address on the portal with a token for one appointment, for a limited time (P6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rdv.settings import Settings
from rdv.tokens import seal, unseal

PURPOSE = "link"
PATH = "/lien/{token}"
AFTER = timedelta(days=1)
"""How long after the end of its appointment a link still opens."""

TO_CHOOSE = timedelta(days=60)
"""The least validity of a link to an appointment to reschedule."""


@dataclass(frozen=True, slots=True)
class Link:
    """The ids of a link's appointment and of the partner who got it."""

    appointment: int
    partner: int


def link(
    settings: Settings, *, appointment: int, partner: int, ends_at: datetime, to_reschedule: bool, now: datetime
) -> str:
    """Return the address that opens this appointment without signing in, or an empty text without a portal.

    It is valid until a day after the end; for an appointment to reschedule, at least 60 days.
    """
    if not settings.told_portal:
        return ""
    until = max(ends_at + AFTER, now + TO_CHOOSE) if to_reschedule else ends_at + AFTER
    return sealed_link(settings, PATH, PURPOSE, {"appointment": appointment, "partner": partner}, until=until)


def sealed_link(settings: Settings, path: str, purpose: str, facts: Mapping[str, Any], *, until: datetime) -> str:
    """Return an address on the portal whose `{token}` holds these facts, valid for this purpose until then."""
    if not settings.portal_url:
        return ""
    return settings.portal_url.rstrip("/") + path.format(token=seal(settings.seal, purpose, facts, until=until))


def read_link(settings: Settings, token: str, now: datetime) -> Link:
    """Return the ids of a link; raise Invalid for a wrong token, Refused for an expired one."""
    facts = unseal(settings.seal, PURPOSE, token, now=now)
    return Link(int(facts["appointment"]), int(facts["partner"]))
