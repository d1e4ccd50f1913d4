"""The partners of an imported file: found by name and contact, or added, all in a few statements (B2, A3).

Each line is compared with all partners of its name. Lines with more contacts come first, so that the same file means
the same people when it is imported again.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from rdv.engine.booking.partners import store_partner
from rdv.engine.imports.lines import Checking, Line, Lines
from rdv.engine.lookup.partner_lookup import (
    CONTACTS,
    agrees,
    checked_contact,
    checked_fields,
    code_number,
    code_of,
    homonyms,
    same_person,
)
from rdv.engine.office import Work
from rdv.engine.views.plans import Change
from rdv.store.bulk import in_batches, insert_rows
from rdv.store.tables import Partner, table
from rdv.terms import Invalid, NotFound, RdvError, Refused

WISHES: dict[str, Any] = {"language": None, "wants_email": True, "wants_sms": True}
"""How a partner wants to get messages (N1), with defaults."""

FIELDS = (*CONTACTS, *WISHES)
_PARTNER = table(Partner)

Said = dict[str, Any]
"""The fields of a line about a person: `name`, `key`, contacts and wishes as stored, and `code` as a number."""


@dataclass(slots=True, eq=False)
class Person:
    """A partner as the file leaves it: known by `id`, or new, under `code` if the file gives one.

    `before` holds the values that the file changes. `line` is the first line with its code, `bare` the line with its
    name alone, `wished` the lines with its wishes.
    """

    id: int | None
    name: str
    key: str
    phone: str | None = None
    email: str | None = None
    code: int | None = None
    language: str | None = None
    wants_email: bool = True
    wants_sms: bool = True
    before: Said = field(default_factory=dict)
    line: int | None = None
    bare: int | None = None
    wished: dict[str, int] = field(default_factory=dict)

    @property
    def fields(self) -> Said:
        """Return the fields of a new file."""
        return {name: getattr(self, name) for name in ("name", "key", *FIELDS)}

    def learn(self, said: Said, line: int) -> None:
        """Take over the contacts and wishes of a line; raise Refused if an earlier line gave other wishes."""
        for name in FIELDS:
            if said.get(name) is None:
                continue
            differs = said[name] != getattr(self, name)
            if differs and name in self.wished:
                raise Refused("import_twice", rule="B2", label=self.name, line=self.wished[name])
            if name in WISHES:
                self.wished[name] = line
            if differs:
                self.before.setdefault(name, getattr(self, name))
                setattr(self, name, said[name])


@dataclass(slots=True)
class People:
    """The partners that a file may mean, read once, and the partner of each line; `listed` for a list of partners."""

    work: Work
    listed: bool
    by_line: dict[int, Person] = field(default_factory=dict)
    by_key: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    by_id: dict[int, Person] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)

    def find(self, checking: Checking) -> None:
        """Find the partner of each line, and note errors: a missing name, a wrong phone, homonyms, codes."""
        readable: list[tuple[Line, Said]] = []
        for line in checking.each():
            before = len(checking.problems)
            said = _said(self.work, checking, line, named_by_code=not self.listed)
            if len(checking.problems) == before and said.keys() & {"code", "key"}:
                readable.append((line, said))
        self._read([said for _line, said in readable])
        for line, said in sorted(readable, key=lambda pair: _much(pair[1]), reverse=True):
            with checking.on(line, "code" if "code" in said else "name"):
                self.by_line[line.number] = self._meant(line, said)

    def write(self) -> list[Change]:
        """Store new partners and changed fields; return them as the changes of a plan."""
        people = list(dict.fromkeys(self.by_line[number] for number in sorted(self.by_line)))
        new = {person for person in people if person.id is None}
        changed = [person for person in people if person.before and person not in new]
        for person in people:
            if person.id is None and person.code is not None:  # before any code is given out that the file wants
                person.id = store_partner(self.work, person.fields, number=person.code).id
        self._insert([person for person in people if person.id is None])
        self._update(changed)
        touched = new.union(changed)
        return [_change(person, added=person in new) for person in people if person in touched]

    def _read(self, said: list[Said]) -> None:
        keys = sorted({one["key"] for one in said if "code" not in one and "key" in one})
        codes = sorted({one["code"] for one in said if "code" in one})
        for some in in_batches(keys):
            self._add(col(Partner.key).in_(some), col(Partner.merged_into_id).is_(None))
        for some in in_batches(codes):
            self._add(col(Partner.id).in_(some))
        for some in in_batches(sorted(set(self.merged.values()) - self.by_id.keys())):
            self._add(col(Partner.id).in_(some))

    def _add(self, *where: Any) -> None:
        rows = self.work.session.execute(
            select(*(_PARTNER.c[name] for name in ("id", "name", "key", *FIELDS, "merged_into_id")))
            .where(*where)
            .order_by(_PARTNER.c.id)
            .with_for_update()  # lock the file, so that it is not merged or forgotten while it changes
        )
        for number, name, key, phone, email, language, wants_email, wants_sms, merged_into in rows:
            if number not in self.by_id:
                person = Person(number, name, key, phone, email, None, language, wants_email, wants_sms)
                self.by_id[number] = person
                if merged_into is None:
                    self.by_key[key].append(person)
                else:
                    self.merged[number] = merged_into

    def _meant(self, line: Line, said: Said) -> Person:
        if "code" in said:
            return self._by_code(line, said)
        alike = same_person(self.by_key[said["key"]], said)
        if len(alike) > 1:
            raise homonyms(said["name"], alike)
        person = alike[0] if alike else self._new(said)
        if not any(said.get(name) for name in CONTACTS):
            if self.listed and person.bare is not None:
                raise Refused("import_twice", rule="A3", label=said["name"], line=person.bare)
            person.bare = line.number
        person.learn(said, line.number)
        return person

    def _by_code(self, line: Line, said: Said) -> Person:
        """Return the file of a code if the name is the same, because the code may be of another system."""
        number = said["code"]
        person = self.by_id.get(number)
        if person is None and self.listed and "key" in said:
            person = self.by_id[number] = self._new(said)
        if person is None:
            raise NotFound("not_found", kind="partner", ref=code_of(number), close=())
        stays = self.by_id[self.merged[number]] if number in self.merged else person
        if said.get("key") not in (None, person.key, stays.key):
            raise Refused("import_code", rule="A7", code=code_of(number), known=stays.name, name=said["name"])
        if stays.line is not None and not agrees(stays, said):
            raise Refused("import_twice", rule="B2", label=code_of(number), line=stays.line)
        stays.line = stays.line or line.number
        stays.learn(said, line.number)
        return stays

    def _new(self, said: Said) -> Person:
        person = Person(None, said["name"], said["key"], said.get("phone"), said.get("email"), said.get("code"))
        self.by_key[person.key].append(person)
        return person

    def _insert(self, people: list[Person]) -> None:
        ids = insert_rows(self.work.session, _PARTNER, [person.fields for person in people])
        for person, number in zip(people, ids, strict=True):
            person.id = number
            self.work.record("partner.add", "partner", number)

    def _update(self, people: list[Person]) -> None:
        rows = [{"number": one.id} | {name: getattr(one, name) for name in FIELDS} for one in people]
        if rows:
            self.work.session.connection().execute(update(_PARTNER).where(_PARTNER.c.id == bindparam("number")), rows)
        for person in people:
            self.work.record("partner.set", "partner", person.id, fields=sorted(person.before))


def check_contacts(lines: Lines, country: str) -> Lines:
    """Return the lines with their contacts checked, before a transaction keeps others from writing."""
    contacts: dict[tuple[str, str], str | RdvError | None] = {}
    for line in lines.lines:
        for name in CONTACTS:
            text = line.fields.get(name)
            if isinstance(text, str) and (name, text) not in contacts:
                try:
                    contacts[name, text] = checked_contact(name, text, country)
                except Invalid as problem:
                    contacts[name, text] = problem
    return replace(lines, contacts=contacts)


def _said(work: Work, checking: Checking, line: Line, *, named_by_code: bool) -> Said:
    """Return what a line says of a person, checked field by field; in lists of appointments a name may be a code."""
    given = line.fields
    said: Said = {}
    name = " ".join(part for part in (given.get("name"), given.get("given_name")) if part)
    code = given.get("code") or (name if named_by_code and re.fullmatch(r"[cC]\d+", name) else None)
    if code is not None:
        with checking.on(line, "code"):
            said["code"] = code_number(code)
    if name and name != code:
        with checking.on(line, "name"):
            said |= checked_fields(work, name=name)
    for name in (*CONTACTS, "language"):
        if name in given:
            with checking.on(line, name):
                if (name, given[name]) in checking.file.contacts:
                    said[name] = checking.file.contact(name, given[name])
                else:
                    said |= checked_fields(work, **{name: given[name]})
    return said | {name: given[name] for name in ("wants_email", "wants_sms") if name in given}


def _much(said: Said) -> tuple[bool, int]:
    """Return how much a line says of a person."""
    return "code" in said, sum(bool(said.get(name)) for name in CONTACTS)


def _change(person: Person, *, added: bool) -> Change:
    fields = dict.fromkeys(CONTACTS) | WISHES if added else person.before
    changes = {name: (was, getattr(person, name)) for name, was in fields.items() if was != getattr(person, name)}
    return Change("added" if added else "changed", "partner", f"{person.name} ({code_of(person.id or 0)})", changes)
