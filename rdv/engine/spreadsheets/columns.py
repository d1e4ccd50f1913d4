"""Lists as sheets: the columns of an exported file, named in both languages, and its rows.

`rdv import` reads these names back, in any language. Times are wall-clock time of the place.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.partners import PartnerCard
from rdv.engine.views.slots import SlotView
from rdv.i18n import wording

Cell = str | int | datetime
Words = tuple[str, str]
"""A word in the languages of `wording.LANGUAGES`: French, English."""

_UNFIT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its width in characters, its value of a view; instants to the minute, or the second."""

    name: Words
    width: int
    tell: Callable[[Any], Cell | None]
    seconds: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list about to be written."""

    title: Words
    columns: tuple[Column, ...]
    views: Sequence[Any]

    @property
    def head(self) -> list[str]:
        """Return the names of the columns in the current language."""
        return [spoken(column.name) for column in self.columns]

    def rows(self) -> Iterable[list[Cell]]:
        """Return the values of each view, column by column."""
        for view in self.views:
            cells = [column.tell(view) for column in self.columns]
            yield ["" if cell is None else fit(cell) if isinstance(cell, str) else cell for cell in cells]


def spoken(words: Words) -> str:
    """Return a word in the language spoken here."""
    return words[wording.LANGUAGES.index(wording.language())]


def appointments_sheet(cards: Sequence[AppointmentCard], country: str) -> Sheet:
    """Return appointments as `rdv import appointments` reads them, with comments if the actor may read them (G2)."""
    columns = (
        *_SLOT_COLUMNS,
        Column(("code partenaire", "partner code"), 14, lambda card: card.partner.code),
        Column(("nom", "name"), 28, lambda card: card.partner.name),
        Column(("téléphone", "phone"), 18, lambda card: national(card.partner.phone, country)),
        Column(("courriel", "email"), 30, lambda card: card.partner.email),
        _STATUS,
        Column(("commentaire", "comment"), 40, lambda card: card.comment),
        Column(("pris le", "taken at"), 20, lambda card: card.taken_at, seconds=True),
        Column(("pris par", "taken by"), 14, lambda card: wording.taker(card.taken_by)),
    )
    return Sheet(("Rendez-vous", "Appointments"), columns, cards)


def slots_sheet(views: Sequence[SlotView]) -> Sheet:
    """Return slots with what stands on them."""
    columns = (
        *_SLOT_COLUMNS,
        _STATUS,
        Column(("places libres", "free seats"), 13, lambda slot: slot.seats_free),
        Column(("partenaires", "partners"), 40, lambda slot: ", ".join(slot.partners)),
    )
    return Sheet(("Créneaux", "Slots"), columns, views)


def partners_sheet(cards: Sequence[PartnerCard], country: str) -> Sheet:
    """Return partners with the number of their appointments."""
    columns = (
        Column(("code", "code"), 12, lambda card: card.code),
        Column(("nom", "name"), 28, lambda card: card.name),
        Column(("téléphone", "phone"), 18, lambda card: national(card.phone, country)),
        Column(("courriel", "email"), 30, lambda card: card.email),
        Column(("langue", "language"), 10, lambda card: card.language),
        Column(("messages par courriel", "messages by e-mail"), 20, lambda card: wording.plain(card.wants_email)),
        Column(("messages par SMS", "messages by SMS"), 18, lambda card: wording.plain(card.wants_sms)),
        Column(("rendez-vous", "appointments"), 14, lambda card: card.appointments),
    )
    return Sheet(("Partenaires", "Partners"), columns, cards)


_SLOT_COLUMNS = (
    Column(("guichet", "counter"), 22, lambda view: view.counter),
    Column(("lieu", "place"), 24, lambda view: view.place),
    Column(("type", "type"), 24, lambda view: view.type),
    Column(("début", "start"), 17, lambda view: view.starts_at),
    Column(("fin", "end"), 17, lambda view: view.ends_at),
)
_STATUS = Column(("statut", "status"), 22, lambda view: wording.label(view.status))


def national(phone: str | None, country: str) -> str | None:
    """Return a number as it is dialled from a country: 06 12 34 56 78, 00 32 2 612 34 56.

    A spreadsheet would compute with +33612345678, and show 33612345678.
    """
    if not phone:
        return None
    import phonenumbers  # its tables are large: paid when a number is written

    try:
        return phonenumbers.format_out_of_country_calling_number(phonenumbers.parse(phone, country), country)
    except phonenumbers.NumberParseException:  # stored by other means than ours
        return phone


def fit(text: str) -> str:
    """Return a text without control characters, which neither a file nor a terminal takes; line feeds stay."""
    return _UNFIT.sub("", text.replace("\t", " ")).strip()
