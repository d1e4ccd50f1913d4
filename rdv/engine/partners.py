"""Partners: the people who come to the counter (A3, A7)."""

import re
from typing import Any

from sqlalchemy import and_, func, or_, text, update
from sqlmodel import col, select

from rdv.engine.cards import code_of, read_cards, read_history
from rdv.engine.office import Work, use_case
from rdv.engine.references import LARGEST_ID, id_of
from rdv.engine.views import HistoryView, PartnerCard, PartnerFile, TypeGroup
from rdv.store.columns import locks_rows
from rdv.store.tables import Appointment, Claim, JournalEntry, Notice, Partner, table
from rdv.terms import LANGUAGES, AppointmentStatus, Conflict, Invalid, NotFound, Refused, Right, fold

_CODE = re.compile(r"[cC]?(\d+)")
_DIALLED = re.compile(r"[\d\s+().\-/]+")
SEARCH_LIMIT = 50


@use_case(writes=False)
def find_partners(work: Work, *, text: str = "", limit: int = SEARCH_LIMIT) -> list[PartnerCard]:
    """The partners that a few words mean, by name: every word is a part of the name whatever accents and case, or the
    whole is a code, a part of a phone number or of an e-mail address. No text: all of them, as far as `limit`."""
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


@use_case(writes=False)
def show_partner(work: Work, *, partner: str, upcoming: bool = False) -> PartnerFile:
    """A partner's file: the appointments by type, latest first; all of them, or the planned ones to come (A7)."""
    row = find_partner(work, partner)
    cards = read_cards(work, col(Appointment.partner_id) == row.id, latest_first=True)
    if upcoming:
        cards = [card for card in cards if card.status is AppointmentStatus.PLANNED]
    types = sorted({card.type for card in cards}, key=fold)
    groups = tuple(TypeGroup(type, tuple(card for card in cards if card.type == type)) for type in types)
    return PartnerFile(partner_card(row, len(cards)), groups)


@use_case(writes=False)
def partner_history(work: Work, *, partner: str) -> list[HistoryView]:
    """What happened to the partner's file."""
    row = find_partner(work, partner)
    return read_history(work, JournalEntry.subject == "partner", JournalEntry.subject_id == row.id)


@use_case(Right.APPOINTMENTS)
def add_partner(
    work: Work,
    *,
    name: str,
    phone: str | None = None,
    email: str | None = None,
    code: str | None = None,
    language: str | None = None,
    wants_email: bool = True,
    wants_sms: bool = True,
) -> PartnerCard:
    """A new file, under the next code, or under a given one that nobody has.

    Messages are in `language`, by default that of the settings, by e-mail and SMS unless they are not wanted (N1).
    Raises Invalid for an empty name, a phone number, an e-mail address or a language that cannot be, Conflict for a
    code in use.
    """
    fields = checked_fields(work, name=name, phone=phone, email=email, language=language)
    row = Partner(**fields, wants_email=wants_email, wants_sms=wants_sms)
    if code is not None:
        row.id = code_number(code)
        if work.session.get(Partner, row.id) is not None:
            raise Conflict("code_taken", rule="A7", code=code_of(row.id))
    work.session.add(row)
    work.session.flush()
    if code is not None and work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(
            text("SELECT setval(pg_get_serial_sequence('partner', 'id'), (SELECT max(id) FROM partner))")
        )
    work.record("partner.add", "partner", row.id)
    return partner_card(row)


@use_case(Right.APPOINTMENTS)
def set_partner(
    work: Work,
    *,
    partner: str,
    name: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    language: str | None = None,
    wants_email: bool | None = None,
    wants_sms: bool | None = None,
) -> PartnerCard:
    """Changes a file; what is None stays, an empty phone, e-mail or language is taken off."""
    row = find_partner(work, partner)
    given = {"name": name, "phone": phone, "email": email, "language": language}
    changes = checked_fields(work, **{field: value for field, value in given.items() if value is not None})
    wishes = {"wants_email": wants_email, "wants_sms": wants_sms}
    changes |= {field: value for field, value in wishes.items() if value is not None}
    write_fields(work, row, changes)
    return partner_card(row)


@use_case(Right.APPOINTMENTS)
def merge_partners(work: Work, *, partner: str, into: str) -> PartnerCard:
    """Makes one file of two: the appointments of the first go to the second, whose code stays and answers for both.

    A phone or an e-mail that only the first file knows is kept.
    """
    source, target = find_partner(work, partner), find_partner(work, into)
    if source.id == target.id:
        raise Refused("merge_itself", rule="A7", code=code_of(id_of(source)))
    return partner_card(target, len(merge_into(work, source, target)))


def merge_into(work: Work, source: Partner, target: Partner) -> list[int]:
    """Makes one file of two, as `merge_partners` does; returns the appointments that went to the second."""
    _keep(work, source, target, change=True)
    a = table(Appointment).c
    moved: list[int] = list(work.session.scalars(select(a.id).where(a.partner_id == source.id)))
    for model in (Appointment, Claim, Notice):
        work.session.execute(update(model).where(col(model.partner_id) == source.id).values(partner_id=target.id))
    work.session.execute(
        update(Partner).where(col(Partner.merged_into_id) == source.id).values(merged_into_id=target.id)
    )
    source.merged_into_id = target.id
    target.phone = target.phone or source.phone
    target.email = target.email or source.email
    work.session.flush()
    work.record("partner.merge", "partner", target.id, merged=source.id, appointments=moved)
    return moved


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
    close = tuple(f"{card.code} {card.name}" for card in find_partners(work, text=str(ref), limit=3))
    raise NotFound("not_found", kind="partner", ref=ref, close=close)


def find_or_add(work: Work, ref: str, *, phone: str | None = None, email: str | None = None) -> Partner:
    """The partner of an assignment (A3): a code or a name found, or a new file of this name.

    A file of the same name is the same person unless its phone or e-mail says otherwise; several that could be are
    refused with their codes. A phone or e-mail that the file lacked is added to it.
    """
    if re.fullmatch(r"[cC]\d+", ref.strip()) or ref.strip().isdecimal():
        row = find_partner(work, ref)
    else:
        wanted = checked_fields(work, name=ref, phone=phone, email=email)
        same = [
            row
            for row in _named(work, wanted["key"])
            if all(not wanted.get(f) or not getattr(row, f) or wanted[f] == getattr(row, f) for f in ("phone", "email"))
        ]
        known = [row for row in same if any(wanted.get(f) and wanted[f] == getattr(row, f) for f in ("phone", "email"))]
        same = known or same
        if len(same) > 1:
            raise _several(ref, same)
        if not same:
            return _added(work, ref, phone, email)
        row = same[0]
    _keep(work, row, change=bool(phone or email))
    if phone or email:
        set_partner(work, partner=code_of(id_of(row)), phone=phone, email=email)
    return row


def _keep(work: Work, *rows: Partner, change: bool) -> None:
    """Keeps files as they are until the end of the transaction: shared to be given an appointment, owned to change.

    Raises Conflict when one has been merged since it was found: what would go to it would be seen nowhere.
    """
    if locks_rows(work.session):
        for row in sorted(rows, key=id_of):
            work.session.refresh(row, with_for_update={"read": not change})
    for row in rows:
        if row.merged_into_id is not None:
            raise Conflict("changed_meanwhile", rule="A7")


def _added(work: Work, name: str, phone: str | None, email: str | None) -> Partner:
    card = add_partner(work, name=name, phone=phone, email=email)
    row = work.session.get(Partner, card.id)
    assert row is not None
    return row


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
    if re.fullmatch(r"[cC]\d+", plain):  # no name: all the others would be looked through for it
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


def write_fields(work: Work, row: Partner, changes: dict[str, Any]) -> None:
    """Writes checked fields into a file; the journal names those that are others than before (G3)."""
    changed = sorted(field for field, value in changes.items() if getattr(row, field) != value and field != "key")
    for field, value in changes.items():
        setattr(row, field, value)
    work.session.flush()
    if changed:
        work.record("partner.set", "partner", row.id, fields=changed)


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
    for field in ("phone", "email"):
        if field in given:
            stored[field] = checked_contact(field, given[field], work.settings.country)
    if "language" in given:
        stored["language"] = given["language"] or None
        if stored["language"] not in (None, *LANGUAGES):
            raise Invalid("language", language=given["language"])
    return stored


def checked_contact(field: str, text: str | None, country: str) -> str | None:
    """Return a phone number or an e-mail address as it is stored; raises Invalid for one that cannot be (A3)."""
    if not text:
        return None
    found = _phone_or_none(text, country) if field == "phone" else _email_or_none(text)
    if found is None:
        raise Invalid(field, text=text)
    return found


def _phone_or_none(text: str, country: str) -> str | None:
    """Return the number in international form (E.164), read as from the country."""
    import phonenumbers  # its tables cost as much as an import of Typer: paid when a number is read

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if possible else None


def _email_or_none(text: str) -> str | None:
    import email_validator  # loaded when an address is given

    try:
        found = email_validator.validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        return None
    return found.normalized.lower()
