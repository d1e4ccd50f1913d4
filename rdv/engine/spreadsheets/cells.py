"""The values of cells: a text, a number, a day, a moment, yes or no, a status. Pure.

A cell is a text as people write it, or a number, a date or a time as Excel stores them. Dates are the French and ISO
ones of `rdv.date_input`, and others found in files: 6/4/17, 06.04.2017, jeudi 6 avril 2017, and the days since 1900 of
a spreadsheet that lost its cell formats.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from rdv import date_input
from rdv.date_input import Moment
from rdv.terms import AppointmentStatus, Invalid, fold

_YES = {"oui", "o", "yes", "y", "vrai", "true", "1", "x"}
_NO = {"non", "n", "no", "faux", "false", "0"}
_STATUSES = {
    AppointmentStatus.PLANNED: ("planifie", "prevu", "planned", "passe sans statut", "past without status"),
    AppointmentStatus.TO_RESCHEDULE: ("a replanifier", "to reschedule"),
    AppointmentStatus.CANCELLED: ("annule", "cancelled", "canceled"),
    AppointmentStatus.DONE: ("realise", "effectue", "done"),
    AppointmentStatus.NO_SHOW: ("absent", "personne absente", "no show"),
}
_STATUS_OF = {word: status for status, words in _STATUSES.items() for word in words}

_LANGUAGES = {
    word: code for code, words in {"fr": ("fr", "francais", "french"), "en": ("en", "anglais", "english")}.items()
    for word in words
}  # fmt: skip
_MONTHS = (
    ("janvier", "january"), ("fevrier", "february"), ("mars", "march"), ("avril", "april"), ("mai", "may"),
    ("juin", "june"), ("juillet", "july"), ("aout", "august"), ("septembre", "september"), ("octobre", "october"),
    ("novembre", "november"), ("decembre", "december"),
)  # fmt: skip
_WEEKDAY = r"(?:[^\W\d_]+[.,]* +)?"
_FIGURES = re.compile(_WEEKDAY + r"(?P<day>\d{1,2})([./-])(?P<month>\d{1,2})\2(?P<year>\d{4}|\d{2})(?!\d)(?P<rest>.*)")
_WORDS = re.compile(_WEEKDAY + r"(?P<day>\d{1,2})(?:er)? (?P<month>[a-z]{3,})\.? (?P<year>\d{4})(?!\d)(?P<rest>.*)")
_CLOCK = re.compile(r"(\d{1,2}) ?[h:] ?(\d{2})?(?::(\d{2}))?")
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?|0[.,]\d+")

_EPOCH = datetime.fromisoformat("1899-12-30")
_SERIALS = range(20_000, 80_000)
"""The days of 1954 to 2119, as Excel counts them: other numbers are no dates."""
_YEARS = range(1900, 3000)
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}


def text(cell: Any) -> str:
    """Return a label or a name on one line; a number, such as a phone number, by its digits."""
    return " ".join(prose(cell).split())


def prose(cell: Any) -> str:
    """Return a text as it was written, line feeds included. Raises Invalid for the error of a formula."""
    if isinstance(cell, str):
        if cell in _ERRORS:
            raise Invalid("import_formula", text=cell)
        return "\n".join(cell.splitlines())
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M}"
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else str(cell)


def whole(cell: Any) -> int:
    """Return a whole number; raise Invalid("number") for anything else."""
    number = text(cell)
    if not re.fullmatch(r"\d{1,9}", number):
        raise Invalid("number", field="capacity", number=number, least=1)
    return int(number)


def yes_no(cell: Any) -> bool:
    """Parse oui, non, yes, no, vrai, faux, 1, 0, or a cross. Raise Invalid("import_word") for anything else."""
    word = fold(text(cell))
    if word not in _YES | _NO:
        raise Invalid("import_word", text=text(cell), words=("oui", "non", "yes", "no"))
    return word in _YES


def language(cell: Any) -> str:
    """Return a language of messages by its code or its name: fr, français, French; another word as it is written."""
    name = text(cell)
    return _LANGUAGES.get(fold(name), name)


def status(cell: Any) -> AppointmentStatus:
    """Return the status that lists and exports name (A2); raise Invalid("import_word") for another word.

    *Past without status* is derived: it is stored as planned.
    """
    word = fold(text(cell).replace("_", " "))
    status_ = _STATUS_OF.get(word) or _STATUS_OF.get(word.removesuffix("e"))  # « annulée »
    if status_ is None:
        raise Invalid("import_word", text=text(cell), words=tuple(_STATUS_OF))
    return status_


def day(cell: Any) -> Moment:
    """Return a date without a time; raise Invalid("day") for anything else."""
    try:
        when = moment(cell)
    except Invalid:
        when = time()
    if isinstance(when, time) or when.at not in (None, time()):
        raise Invalid("day", text=text(cell))
    return Moment(when.calendar, when.days, when.weekday)


def moment(cell: Any) -> Moment | time:
    """Return a date, a date and a time, or a time of day, to the second; raise Invalid("moment") for anything else."""
    if isinstance(cell, str):
        return _written(cell)
    if isinstance(cell, date) and cell.year in _YEARS:
        return date_input.at(_to_second(cell)) if isinstance(cell, datetime) else date_input.on(cell)
    if isinstance(cell, time):
        return cell.replace(microsecond=0)
    days = cell / timedelta(days=1) if isinstance(cell, timedelta) else cell
    if isinstance(days, int | float) and not isinstance(days, bool):
        if 0 <= days < 1:
            return _to_second(_EPOCH + timedelta(days=days)).time()
        if _SERIALS.start <= days < _SERIALS.stop:
            return date_input.at(_to_second(_EPOCH + timedelta(days=days)))
    raise Invalid("moment", text=text(cell))


def _written(cell: str) -> Moment | time:
    text_ = " ".join(cell.split())
    if _SERIAL.fullmatch(text_):
        return moment(float(text_.replace(",", ".")))
    try:
        if clock := _CLOCK.fullmatch(text_.casefold()):
            hour, minute, second = (int(part or 0) for part in clock.groups())
            return time(hour, minute, second)
        if date_ := _FIGURES.fullmatch(text_):
            return date_input.read(_french(int(date_["day"]), int(date_["month"]), date_["year"], date_["rest"]))
        if date_ := _WORDS.fullmatch(fold(text_)):
            return date_input.read(_french(int(date_["day"]), _month(date_["month"]), date_["year"], date_["rest"]))
        return date_input.read(text_)
    except (Invalid, ValueError):
        raise Invalid("moment", text=cell) from None


def _french(day: int, month: int, year: str, rest: str) -> str:
    """Return a date as `rdv.date_input` reads it; a year of two figures is of this century, from 70 on of the last."""
    full = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 70 else 2000)
    return f"{day}/{month}/{full} {rest.lstrip(' ,tT')}".strip()


def _month(word: str) -> int:
    months = [n for n, names in enumerate(_MONTHS, 1) if any(name.startswith(word) for name in names)]
    if len(months) != 1:
        raise ValueError(word)
    return months[0]


def _to_second(when: datetime) -> datetime:
    """Round to the second, because Excel stores a time as a fraction of a day, never quite exact."""
    return (when + timedelta(milliseconds=500)).replace(microsecond=0)
