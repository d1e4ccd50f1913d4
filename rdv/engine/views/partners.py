"""Frozen values of partners as lists show them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartnerCard:
    """A partner as lists show it: `code` is C and six digits or more (A7).

    `language` is that of messages, None: that of the settings; unwanted messages are not sent (N1).
    """

    id: int
    code: str
    name: str
    phone: str | None
    email: str | None
    appointments: int = 0
    language: str | None = None
    wants_email: bool = True
    wants_sms: bool = True
