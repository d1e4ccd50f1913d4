"""Partners by code, name, phone or e-mail address, and their fields as they are stored (A3, A7)."""

import re
from typing import Any

from sqlalchemy import and_, func, or_
from sqlmodel import col, select

from rdv.engine.lookup.references import LARGEST_ID, id_of
from rdv.engine.office import Work
from rdv.engine.views.partners import PartnerCard
from rdv.store.tables import Appointment, Partner
from rdv.terms import LANGUAGES, Invalid, NotFound, Refused, fold

_CODE = re.compile(r"[cC]?(\d+)")


_DIALLED = re.compile(r"[\d\s+().\-/]+")


SEARCH_LIMIT = 50


def code_of(partner_id: int) -> str:
    """Return a partner's code: C and the id, six digits or more (A7)."""
    return f"C{partner_id:06d}"


def search_partners(work: Work, *, text: str, limit: int) -> list[PartnerCard]:
    """Return the partners that the words of `text` mean, by name, at most `limit`; all of them for an empty text."""
    count = select(func.count()).where(col(Appointment.partner_id) == col(Partner.id)).scalar_subquery()
    rows = work.session.execute(
        select(
            Partner.id, Partner.name, Partner.phone, Partner.email, count, Partner.language, Partner.wants_email,
            Partner.wants_sms,
        )  # type: ignore[call-overload]
        .where(col(Partner.merged_into_id).is_(None), *_meaning(text))
        .order_by(col(Partner.key), col(Partner.id))
        .limit(limit)
    )  # fmt: skip
    return [PartnerCard(row[0], code_of(row[0]), *row[1:]) for row in rows]


def find_partner(work: Work, ref: str) -> Partner:
    """The one partner that a code, an id, a phone number, an e-mail address or an exact name means.

    Raises NotFound, or Refused with the candidates when several answer to it.
    """
    code = _CODE.fullmatch(str(ref).strip())
    if code and not str(ref).strip().startswith("0") and int(code[1]) <= LARGEST_ID:
        row = work.session.get(Partner, int(code[1]))
        if row is not None:
            return row if row.merged_into_id is None else find_partner(work, code_of(row.merged_into_id))
    rows = [] if code and str(ref).strip()[0] in "cC" else _exactly(work, str(ref))
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise _several(ref, rows)
    close = tuple(f"{card.code} {card.name}" for card in search_partners(work, text=str(ref), limit=3))
    raise NotFound("not_found", kind="partner", ref=ref, close=close)


def _several(ref: str, rows: list[Partner]) -> Refused:
    told = tuple(f"{code_of(id_of(row))} ({row.name}, {row.phone or row.email or '–'})" for row in rows)
    return Refused("ambiguous", kind="partner", ref=ref, candidates=told)


def _named(work: Work, key: str) -> list[Partner]:
    where = (Partner.key == key, col(Partner.merged_into_id).is_(None))
    return list(work.session.exec(select(Partner).where(*where).order_by(col(Partner.id))))


def _exactly(work: Work, ref: str) -> list[Partner]:
    named = _named(work, fold(ref))
    if named:
        return named
    spelled = [value for value in (_email_or_none(ref), _phone_or_none(work, ref)) if value]
    where = (
        or_(col(Partner.email).in_(spelled), col(Partner.phone).in_(spelled)),
        col(Partner.merged_into_id).is_(None),
    )
    return list(work.session.exec(select(Partner).where(*where).order_by(col(Partner.id)))) if spelled else []


def _meaning(text: str) -> list[Any]:
    words = fold(text).split()
    if not words:
        return []
    ways: list[Any] = [and_(*(col(Partner.key).contains(word, autoescape=True) for word in words))]
    plain = text.strip()
    if (code := _CODE.fullmatch(plain)) and int(code[1]) <= LARGEST_ID:
        ways.append(col(Partner.id) == int(code[1]))
    digits = re.sub(r"\D", "", plain).removeprefix("0")
    if len(digits) >= 3 and _DIALLED.fullmatch(plain):
        ways.append(_among(col(Partner.phone).contains(digits)))
    if "@" in plain:
        ways.append(_among(col(Partner.email).contains(plain.lower(), autoescape=True)))
    return [or_(*ways)]


def _among(condition: Any) -> Any:
    """Those whom a condition on an indexed column names: found in that index, no row is read for the others."""
    return col(Partner.id).in_(select(Partner.id).where(condition).correlate(None))


def code_number(code: str) -> int:
    """The number behind a partner's code, « C000098 »; raises Invalid for what is none (A7)."""
    found = _CODE.fullmatch(code.strip())
    if found is None or not 0 < int(found[1]) <= LARGEST_ID:
        raise Invalid("code", code=code)
    return int(found[1])


def partner_card(row: Partner, appointments: int = 0) -> PartnerCard:
    """A file as lists show it, with the number of its appointments."""
    return PartnerCard(
        id_of(row), code_of(id_of(row)), row.name, row.phone, row.email, appointments, row.language, row.wants_email,
        row.wants_sms,
    )  # fmt: skip


def checked_fields(work: Work, **given: str | None) -> dict[str, Any]:
    """The fields of a partner as they are stored; only those given.

    Raises Invalid for an empty name, a phone number or an e-mail address that cannot be (A3).
    """
    stored: dict[str, Any] = {}
    if "name" in given:
        written = given["name"] or ""
        if not written.isprintable():
            written = "".join(c if c.isprintable() else " " for c in written)
        name = " ".join(written.split())
        if not fold(name):
            raise Invalid("name_empty", rule="A3")
        stored |= {"name": name, "key": fold(name)}
    if "phone" in given:
        stored["phone"] = _phone(work, given["phone"]) if given["phone"] else None
    if "email" in given:
        stored["email"] = _email(given["email"]) if given["email"] else None
    if "language" in given:
        stored["language"] = given["language"] or None
        if stored["language"] not in (None, *LANGUAGES):
            raise Invalid("language", language=given["language"])
    return stored


def _phone(work: Work, text: str) -> str:
    found = _phone_or_none(work, text)
    if found is None:
        raise Invalid("phone", text=text)
    return found


def _phone_or_none(work: Work, text: str) -> str | None:
    """The number in international form (E.164), read as from the settings' country."""
    import phonenumbers  # its tables cost as much as an import of Typer: paid when a number is read

    try:
        number = phonenumbers.parse(text, work.settings.country)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if possible else None


def _email(text: str) -> str:
    found = _email_or_none(text)
    if found is None:
        raise Invalid("email", text=text)
    return found


def _email_or_none(text: str) -> str | None:
    import email_validator  # loaded when an address is given

    try:
        found = email_validator.validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        return None
    return found.normalized.lower()
