"""Partners by code, name, phone or e-mail address, and their fields as they are stored (A3, A7)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import and_, func, or_
from sqlmodel import col, select

from rdv.engine.lookup.references import LARGEST_ID, id_of
from rdv.engine.office import Work
from rdv.engine.views.partners import PartnerCard
from rdv.store.tables import Appointment, Partner
from rdv.terms import LANGUAGES, Invalid, NotFound, Refused, fold

T = TypeVar("T")

CONTACTS = ("phone", "email")
SEARCH_LIMIT = 50

_CODE = re.compile(r"[cC]?(\d+)")
_DIALLED = re.compile(r"[\d\s+().\-/]+")


def code_of(partner_id: int) -> str:
    """Return a partner's code: C and the id, six digits or more (A7)."""
    return f"C{partner_id:06d}"


def search_partners(work: Work, *, text: str, limit: int) -> list[PartnerCard]:
    """Return the partners that match the words of `text`, by name, at most `limit`; all of them for an empty text."""
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
    """Return the one partner with this code, id, phone number, e-mail address or exact name.

    Raises NotFound, or Refused with the candidates if several match.
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
        raise homonyms(ref, rows)
    close = tuple(f"{card.code} {card.name}" for card in search_partners(work, text=str(ref), limit=3))
    raise NotFound("not_found", kind="partner", ref=ref, close=close)


def homonyms(ref: str, people: Iterable[Any]) -> Refused:
    """Return the error that lists people of one name with their differences."""
    return Refused("ambiguous", kind="partner", ref=ref, candidates=tuple(map(_told_apart, people)))


def _told_apart(person: Any) -> str:
    contact = f"{person.name}, {person.phone or person.email or '–'}"
    return contact if person.id is None else f"{code_of(person.id)} ({contact})"


def same_person(people: Iterable[T], said: Mapping[str, Any]) -> list[T]:
    """Return those of one name who may be the person with the contacts of `said` (A3).

    People who share a phone number or an e-mail address go before people who only contradict none.
    """
    alike = [person for person in people if agrees(person, said)]
    return [one for one in alike if any(said.get(f) and said[f] == getattr(one, f) for f in CONTACTS)] or alike


def agrees(person: Any, said: Mapping[str, Any]) -> bool:
    """Return True unless a phone number or an e-mail address says that this is another person."""
    return all(not said.get(f) or not getattr(person, f) or said[f] == getattr(person, f) for f in CONTACTS)


def named_partners(work: Work, key: str) -> list[Partner]:
    """Return the partners whose name has this key."""
    where = (Partner.key == key, col(Partner.merged_into_id).is_(None))
    return list(work.session.exec(select(Partner).where(*where).order_by(col(Partner.id))))


def _exactly(work: Work, ref: str) -> list[Partner]:
    if of_name := named_partners(work, fold(ref)):
        return of_name
    spelled = [value for value in (_email_or_none(ref), _phone_or_none(ref, work.settings.country)) if value]
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
    if re.fullmatch(r"[cC]\d+", plain):  # a code is no part of a name, so do not search the names
        return [col(Partner.id) == min(int(plain[1:]), LARGEST_ID)]
    if (code := _CODE.fullmatch(plain)) and int(code[1]) <= LARGEST_ID:
        ways.append(col(Partner.id) == int(code[1]))
    digits = re.sub(r"\D", "", plain).removeprefix("0")
    if len(digits) >= 3 and _DIALLED.fullmatch(plain):
        ways.append(_among(col(Partner.phone).contains(digits)))
    if "@" in plain:
        ways.append(_among(col(Partner.email).contains(plain.lower(), autoescape=True)))
    return [or_(*ways)]


def _among(condition: Any) -> Any:
    """Return a condition that the index of a column answers, so that no other row is read."""
    return col(Partner.id).in_(select(Partner.id).where(condition).correlate(None))


def code_number(code: str) -> int:
    """Return the number of a partner's code like `C000098`; raise Invalid for anything else (A7)."""
    match = _CODE.fullmatch(code.strip())
    if match is None or not 0 < int(match[1]) <= LARGEST_ID:
        raise Invalid("code", code=code)
    return int(match[1])


def partner_card(row: Partner, appointments: int = 0) -> PartnerCard:
    """Return a file as lists show it, with the number of its appointments."""
    return PartnerCard(
        id_of(row), code_of(id_of(row)), row.name, row.phone, row.email, appointments, row.language, row.wants_email,
        row.wants_sms,
    )  # fmt: skip


def checked_fields(work: Work, **given: str | None) -> dict[str, Any]:
    """Return the given fields of a partner as they are stored.

    Raises Invalid for an empty name, an impossible phone number, e-mail address or language (A3).
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
    for field in CONTACTS:
        if field in given:
            stored[field] = checked_contact(field, given[field], work.settings.country)
    if "language" in given:
        stored["language"] = given["language"] or None
        if stored["language"] not in (None, *LANGUAGES):
            raise Invalid("language", language=given["language"])
    return stored


def checked_contact(field: str, text: str | None, country: str) -> str | None:
    """Return a phone number or an e-mail address as it is stored. Raise Invalid for an impossible one (A3)."""
    if not text:
        return None
    contact = _phone_or_none(text, country) if field == "phone" else _email_or_none(text)
    if contact is None:
        raise Invalid("phone" if field == "phone" else "email", text=text)
    return contact


def _phone_or_none(text: str, country: str) -> str | None:
    """Return the number in international form (E.164), read as dialled in the country, or None."""
    import phonenumbers  # slow to import: its tables cost as much as Typer

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if possible else None


def _email_or_none(text: str) -> str | None:
    import email_validator  # slow to import

    try:
        address = email_validator.validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        return None
    return address.normalized.lower()
