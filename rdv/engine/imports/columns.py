"""The columns that files may have, by kind of thing: their names in French and in English, and how a cell is read.

Names are compared without accents, case, hyphens and underscores, a star or a colon at the end left out; their order
is free. docs/administrators.md lists them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rdv.engine.spreadsheets import cells as values
from rdv.terms import fold


class ImportKind(StrEnum):
    """The kind of the records of a file."""

    COUNTERS = "counters"
    PARTNERS = "partners"
    APPOINTMENTS = "appointments"
    CLOSURES = "closures"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field that it gives, how its cells are read (None: they are there for people and left alone).

    `listed` are its names, by commas, the usual ones in French and in English first; its field is one as well.
    """

    field: str
    read: Callable[[Any], Any] | None
    listed: str

    @property
    def names(self) -> list[str]:
        """Return the accepted names of a column."""
        return self.listed.split(", ")

    @property
    def shown_name(self) -> str:
        """Return the name of a column in messages."""
        return " / ".join(self.names[:2])


@dataclass(frozen=True, slots=True)
class Columns:
    """Those of one kind, and the fields that every line must give: of each group, at least one."""

    columns: tuple[Column, ...]
    needs: tuple[tuple[str, ...], ...]

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def by_name(self) -> dict[str, Column]:
        """Return the columns by all their names, as `head` makes them."""
        return {head(name): column for column in self.columns for name in (*column.names, column.field)}

    def by_field(self) -> dict[str, Column]:
        """Return the columns by their field."""
        return {column.field: column for column in self.columns}


def head(cell: object) -> str:
    """Return the name of a column as it is compared."""
    return fold(str(cell).replace("_", " ").rstrip(" *:"))


_FIRST = "début, start, premier jour, du, from, à partir du, début de validité, valid from"
_LAST = "fin, end, dernier jour, au, to, jusqu'au, until, fin de validité, valid until"
_NUMBER = Column("id", None, "n°, no., numéro, number")
_PLACE = Column("place", values.text, "lieu, place, lieu de rendez-vous")
_TYPE = Column("type", values.text, "type, type of appointment, type de rendez-vous, appointment type")
_PARTNER = (
    Column("code", values.text, "code, partner code, code partenaire, code du partenaire"),
    Column(
        "name",
        values.text,
        "nom, name, partenaire, partner, usager, nom complet, nom et prénom, nom de famille, last name, full name, "
        "attribué à, assigned to",
    ),
    Column("given_name", values.text, "prénom, first name, given name"),
    Column("phone", values.text, "téléphone, phone, tél, tél., portable, mobile, numéro de téléphone, phone number"),
    Column(
        "email",
        values.text,
        "mail, e-mail, email, mél, courriel, adresse mail, adresse e-mail, adresse électronique, e-mail address",
    ),
)

COLUMNS: dict[ImportKind, Columns] = {
    ImportKind.COUNTERS: Columns(
        (
            Column("label", values.text, "libellé, label, guichet, counter, nom, name"),
            _TYPE,
            _PLACE,
            Column("first_day", values.day, _FIRST),
            Column("last_day", values.day, _LAST),
            Column("week", values.text, "semaine de référence, reference week, semaine"),
            Column("desk", values.text, "poste, desk"),
            Column("capacity", values.whole, "capacité, capacity"),
            Column("public", values.yes_no, "visible sur le portail, on the portal, sur le portail, portail, portal"),
            _NUMBER,
        ),
        needs=(("label",), ("type",), ("place",), ("first_day",), ("week",)),
    ),
    ImportKind.PARTNERS: Columns(
        (
            *_PARTNER,
            Column("language", values.language, "langue, language, langue des messages, language of messages"),
            Column("wants_email", values.yes_no, "messages par courriel, messages by e-mail"),
            Column("wants_sms", values.yes_no, "messages par SMS, messages by SMS"),
            Column("appointments", None, "rendez-vous, number of appointments, nombre de rendez-vous"),
        ),
        needs=(("name",),),
    ),
    ImportKind.APPOINTMENTS: Columns(
        (
            Column("counter", values.text, "guichet, counter"),
            _PLACE,
            _TYPE,
            Column(
                "day",
                values.moment,
                "date, day, jour, jour du rendez-vous, date du rendez-vous, date et heure, date and time, quand, when",
            ),
            Column("starts_at", values.moment, "début, start, heure, time, heure de début, start time, date de début"),
            Column("ends_at", values.moment, "fin, end, heure de fin, end time, date de fin"),
            *_PARTNER,
            Column("status", values.status, "statut, status"),
            Column("comment", values.prose, "commentaire, comment"),
            Column("taken_at", values.moment, "pris le, taken on, date de prise de rendez-vous"),
            Column("taken_by", values.text, "pris par, taken by"),
            _NUMBER,
        ),
        needs=(("counter",), ("starts_at", "day"), ("name", "code")),
    ),
    ImportKind.CLOSURES: Columns(
        (
            Column("label", values.text, "libellé, label, fermeture, closure, motif, reason, nom, name"),
            _PLACE,
            Column("first_day", values.day, f"{_FIRST}, date, jour, day"),
            Column("last_day", values.day, _LAST),
            _NUMBER,
        ),
        needs=(("label",), ("first_day",)),
    ),
}
