"""Dates and times as people write them: ISO, French or relative.

`2017-04-07T11:00`, `07/04/2017 11:00`, `today`, `demain`, `lundi 9:30`, `+3d`. A written moment names no place, so
`read` only parses it. `Moment.day` and `Moment.instant` turn it into a date or an instant of a place, relative to the
current time there.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rdv.terms import Invalid, fold

_RELATIVE_DAYS = {
    "yesterday": -1,
    "hier": -1,
    "today": 0,
    "aujourd'hui": 0,
    "tomorrow": 1,
    "demain": 1,
    "apres demain": 2,
}
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FRENCH = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_WEEKDAYS = {name: number for names in (_ENGLISH, _FRENCH) for number, name in enumerate(names)}

_CLOCK = r"(?P<hour>\d{1,2})(?::|h)(?P<minute>\d{2})?(?::(?P<second>\d{2}))?(?P<offset>Z|[+-]\d{2}:\d{2})?"
_FORMS = (
    re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})-(?P<day>\d{{2}})(?:[T ]+{_CLOCK})?"),
    re.compile(rf"(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})/(?P<year>\d{{4}})(?: +(?:a +)?{_CLOCK})?"),
    re.compile(rf"(?P<sign>[+-])(?P<count>\d{{1,4}})(?P<unit>[djw])(?: +{_CLOCK})?"),
    re.compile(rf"(?P<word>[a-z'][a-z' ]*?)(?: +(?:a +)?{_CLOCK})?"),
)
_YEARS = range(1900, 3000)
"""The last year accepted. A later one is a typing error, and too close to the end of the calendar to compute with."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A written date or time, not yet tied to a place.

    Either `calendar` is set, or the date is `days` after today, or the next `weekday` (today included). `at` is the
    time of day, None for a whole day; an `at` with an offset is absolute.
    """

    calendar: date | None = None
    days: int = 0
    weekday: int | None = None
    at: time | None = None

    def day(self, today: date) -> date:
        """Return the date, relative to `today`."""
        if self.calendar is not None:
            return self.calendar
        ahead = self.days if self.weekday is None else (self.weekday - today.weekday()) % 7
        return today + timedelta(days=ahead)

    def instant(self, zone: ZoneInfo, now: datetime) -> datetime:
        """Return the instant in UTC; a moment without a time is its midnight."""
        day = self.calendar or self.day(now.astimezone(zone).date())
        wall = datetime.combine(day, self.at or time())
        return wall.replace(tzinfo=wall.tzinfo or zone).astimezone(UTC)


def on(day: date) -> Moment:
    """Return a calendar date as a moment."""
    return Moment(calendar=day)


def at(when: datetime) -> Moment:
    """Return a datetime as a moment. A naive one is wall-clock time of the place; an aware one is absolute."""
    return Moment(calendar=when.date(), at=when.timetz())


def read(text: str) -> Moment:
    """Parse a written date or time.

    Raises Invalid("moment", text) if it is not one, such as 31/02 or 25:00.
    """
    plain = text.strip()
    for form in _FORMS:
        found = form.fullmatch(plain) or form.fullmatch(fold(plain))
        if found:
            try:
                return _moment(found)
            except (ValueError, KeyError):
                break
    raise Invalid("moment", text=text)


def read_day(text: str) -> Moment:
    """Parse a written date without a time. Raise Invalid("day", text) otherwise."""
    moment = read(text)
    if moment.at is not None:
        raise Invalid("day", text=text)
    return moment


def _moment(found: re.Match[str]) -> Moment:
    said = found.groupdict()
    clock = None
    if said["hour"]:
        clock = time(int(said["hour"]), int(said["minute"] or 0), int(said["second"] or 0))
        if said["offset"]:
            clock = time.fromisoformat(f"{clock.isoformat()}{said['offset'].replace('Z', '+00:00')}")
    if said.get("year"):
        if int(said["year"]) not in _YEARS:
            raise ValueError(said["year"])
        return Moment(calendar=date(int(said["year"]), int(said["month"]), int(said["day"])), at=clock)
    if said.get("unit"):
        days = int(said["count"]) * (7 if said["unit"] == "w" else 1)
        return Moment(days=-days if said["sign"] == "-" else days, at=clock)
    word = said["word"]
    if word in _WEEKDAYS:
        return Moment(weekday=_WEEKDAYS[word], at=clock)
    return Moment(days=_RELATIVE_DAYS[word], at=clock)
