"""The only module that uses gettext and Babel: labels of terms, sentences of errors, dates, hours.

Source strings are English. The French catalogue is complete (a test checks it) and French is the default. The language
comes from `RDV_LANG`, else from `rdv.toml`; a face can set it for one person with `use`.
"""

import gettext
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from math import ceil
from pathlib import Path

from rdv import paths
from rdv.i18n.sentences.errors import ERRORS, TAKEN_BY
from rdv.i18n.sentences.labels import LABELS
from rdv.i18n.sentences.mark import N_
from rdv.i18n.sentences.names import HISTORY
from rdv.i18n.sentences.reasons import REASONS
from rdv.terms import LANGUAGES as LANGUAGES
from rdv.terms import PORTAL, AppointmentStatus, RdvError, SlotStatus

DOMAIN = "rdv"
LOCALES = Path(__file__).parent / "locale"

_chosen: ContextVar[str | None] = ContextVar("language", default=None)

SIGNS: dict[SlotStatus | AppointmentStatus, str] = {
    SlotStatus.FREE: "·",
    SlotStatus.HELD: "◔",
    SlotStatus.BOOKED: "●",
    SlotStatus.RESERVED: "◆",
    SlotStatus.SUSPENDED: "✕",
    SlotStatus.OCCUPIED: "▒",
    AppointmentStatus.PLANNED: "●",
    AppointmentStatus.TO_RESCHEDULE: "↻",
    AppointmentStatus.CANCELLED: "–",
    AppointmentStatus.DONE: "✓",
    AppointmentStatus.NO_SHOW: "∅",
    AppointmentStatus.PAST_WITHOUT_STATUS: "?",
}
"""A sign for each status, so that colour never carries it alone."""


def use(language: str) -> None:
    """Use this language from here on, in this thread or task."""
    _chosen.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use this language within the block, for example to write a message to a citizen."""
    before = _chosen.set(language)
    try:
        yield
    finally:
        _chosen.reset(before)


def language() -> str:
    """Return the current language: `fr` or `en`."""
    found = _chosen.get() or os.environ.get("RDV_LANG") or _from_file(paths.config_file()) or "fr"
    return found if found in LANGUAGES else "fr"


def speak(chosen: str | None = None) -> None:
    """Use this language in the whole program, or the one of the settings.

    Libraries that call gettext themselves use it too, for example Typer for the headings of `--help`.
    """
    if chosen is not None:
        os.environ["RDV_LANG"] = chosen
    os.environ["LANGUAGE"] = language()
    gettext.bindtextdomain(DOMAIN, str(LOCALES))
    gettext.textdomain(DOMAIN)


def say(text: str, /, **facts: object) -> str:
    """Translate a source text and fill its braces with readable facts."""
    told = _catalogue(language()).gettext(text)
    return told.format_map({name: _Told(name, fact) for name, fact in facts.items()}) if facts else told


def label(term: str) -> str:
    """Return the word for a term: a status, a right, a kind of record. Return an unknown term unchanged."""
    known = LABELS.get(term) or REASONS.get(term)
    return str(term) if known is None else say(known)


def signed(status: SlotStatus | AppointmentStatus) -> str:
    """Return a status with its sign: « ● attribué »."""
    return f"{SIGNS[status]} {label(status)}"


def taker(taken_by: str) -> str:
    """Return who took an appointment: the login of an agent, which is not translated, or the portal."""
    return label(PORTAL) if taken_by == PORTAL else taken_by


def sentence(error: RdvError) -> str:
    """Return the problem in one sentence, with the number of the rule that refuses."""
    by, facts = error.facts.get("by"), error.facts
    if by == PORTAL:
        facts = facts | {"by": say(N_("a citizen, on the portal"))}
    fuller = TAKEN_BY.get(error.error) if by else None
    told = say(fuller or ERRORS[error.error][0], **facts)
    return f"{told[:-1]} ({error.rule})." if error.rule and told.endswith(".") else told


def hint(error: RdvError) -> str:
    """Return what to do about an error; empty if the error does not know enough."""
    if error.facts.get("close") == ():
        return ""
    return say(ERRORS[error.error][1], **error.facts)


def story(action: str, facts: Mapping[str, object]) -> str:
    """Return a history entry as a sentence, or the bare facts if its action has none."""
    if action not in HISTORY:
        return plain({name: _instant(value) for name, value in facts.items()})
    told = {name: _instant(value) for name, value in facts.items()}
    before = facts.get("before")
    if isinstance(before, Mapping):
        told["before"] = f"{before.get('counter', '')}, {plain(_instant(before['starts_at']))}"
    return say(HISTORY[action], **told)


def _instant(value: object) -> object:
    """Parse an ISO 8601 instant of the journal; return any other value unchanged."""
    if isinstance(value, str) and len(value) == 25 and value[10] == "T":
        try:
            return datetime.fromisoformat(value)
        except ValueError:  # text that a person typed
            return value
    return value


def moment(when: datetime) -> str:
    """Format a date and a time: « ven. 7 avr. 2017 11:00 »."""
    return f"{_babel_date(when, 'EEE d MMM y')} {clock(when)}"


def short_moment(when: datetime, now: datetime) -> str:
    """Format a date and a time for a list: « ven. 07/04 11:00 », with the year if it is not the current one."""
    year = "" if when.year == now.year else f"/{when.year}"
    return f"{short_day(when)}{year} {clock(when)}"


def day(when: date) -> str:
    """Format a date as forms write it: 07/04/2017."""
    return when.strftime("%d/%m/%Y")


def short_day(when: date) -> str:
    """Format a date as the head of a column: « ven. 07/04 »."""
    return f"{_babel_date(when, 'EEE')} {when:%d/%m}"


def long_day(when: date) -> str:
    """Format a date in full: « vendredi 7 avril 2017 »."""
    return _babel_date(when, "EEEE d MMMM y")


def days(first: date, last: date) -> str:
    """Format a period: « 3–9 avr. 2017 »."""
    from babel.dates import format_interval  # imported when a period is shown

    return str(format_interval(first, last, "yMMMd", locale=language()))


def month(when: date) -> str:
    """Format a month: « avril 2017 »."""
    return _babel_date(when, "MMMM y")


def short_month(when: date) -> str:
    """Format a month, short: « avr. »."""
    return _babel_date(when, "MMM")


def clock(when: datetime) -> str:
    """Format a time of day: 11:00."""
    return when.strftime("%H:%M")


def weekday(number: int) -> str:
    """Return the name of a weekday; 0 is Monday."""
    return _babel_date(date(2024, 1, 1 + number), "EEEE")  # 1 January 2024 was a Monday


def phone(number: str) -> str:
    """Format a telephone number: « +33 6 39 98 12 01 »."""
    from phonenumbers import (
        NumberParseException,
        PhoneNumberFormat,
        format_number,
        parse,
    )  # imported when a number is shown

    try:
        return str(format_number(parse(number), PhoneNumberFormat.INTERNATIONAL))
    except NumberParseException:  # not written by the engine
        return number


def hours(minutes: int) -> str:
    """Format minutes since midnight: 08:30; the end of the day is 24:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def share(part: float | None) -> str:
    """Format a fraction as a percentage: « 62 % »; a dash for None."""
    from babel.numbers import format_percent  # imported when figures are shown

    return "–" if part is None else " ".join(str(format_percent(part, locale=language())).split())


def closeness(gap: float | None) -> str:
    """Return how close a plan is proved to be to the best possible one, rounded up to a tenth of a percent (I3)."""
    from babel.numbers import format_percent  # loaded when figures are shown

    if gap is None:
        return say(N_("not proved to be close to the best possible plan"))
    if gap == 0:
        return say(N_("the best possible plan"))
    tenths = ceil(gap * 1000) / 1000
    percent = str(format_percent(tenths, locale=language(), decimal_quantization=False))
    return say(N_("within {percent} of the best possible plan"), percent=" ".join(percent.split()))


def plain(fact: object) -> str:
    """Return a fact in readable form: labels of terms, dates, lists. Typed text stays as it is."""
    if isinstance(fact, StrEnum):
        return label(fact)
    if isinstance(fact, RdvError):
        return sentence(fact).rstrip(".")
    if isinstance(fact, datetime):
        return moment(fact)
    if isinstance(fact, date):
        return day(fact)
    if isinstance(fact, bool):
        return say(N_("yes")) if fact else say(N_("no"))
    if fact is None or fact == "":
        return "–"
    if isinstance(fact, str):
        return fact
    if isinstance(fact, Mapping):
        return " · ".join(say(N_("{name}: {value}"), name=label(str(k)), value=plain(v)) for k, v in fact.items())
    if isinstance(fact, Iterable):
        return ", ".join(plain(one) for one in fact) or "–"
    return str(fact)


CODES = ("kind", "why", "what", "cause", "field", "status", "channel")
"""Facts that are codes of ours, not typed text: they are translated when shown."""


class _Told:
    """A fact in a sentence: `{x}` in readable form, `{x!r}` quoted as given, `{x!s}` quoted for a shell."""

    def __init__(self, name: str, fact: object) -> None:
        self.fact = fact
        self.is_code = name in CODES

    def __format__(self, spec: str) -> str:
        return label(str(self.fact)) if self.is_code else plain(self.fact)

    def __repr__(self) -> str:
        return f"« {self.fact} »"

    def __str__(self) -> str:
        return shlex.quote(str(self.fact))


def _babel_date(when: date, pattern: str) -> str:
    return _formatted(when.year, when.month, when.day, pattern, language())


@lru_cache(4096)  # a page of slots shows each of its days many times
def _formatted(year: int, month: int, day: int, pattern: str, spoken: str) -> str:
    from babel.dates import format_date  # imported when a date is shown

    return format_date(date(year, month, day), pattern, locale=spoken)


def _from_file(file: Path | None) -> str | None:
    return None if file is None else _language_in(file.resolve())


@cache
def _language_in(file: Path) -> str | None:
    import tomllib

    try:
        return str(tomllib.loads(file.read_text("utf-8")).get("lang") or "") or None
    except (OSError, ValueError):  # the command that reads the settings reports it in full
        return None


@cache
def _catalogue(spoken: str) -> gettext.NullTranslations:
    if spoken == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALES, languages=[spoken])
