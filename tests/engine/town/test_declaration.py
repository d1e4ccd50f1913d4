"""Reading a declared town hall: its contents, and every mistake reported with its place in the file (B3)."""

from datetime import date, datetime, timedelta

import pytest

from rdv.engine.core.schedule import Opening
from rdv.engine.town.declaration import openings_of, shifted
from rdv.i18n import wording
from rdv.terms import Invalid, RdvError, Refused, Right
from tests.towns import EXAMPLES, declared, example, speaking

WEEK = '[[week]]\nlabel = "Semaine"\n'
COUNTER = '[[counter]]\nlabel = "G1"\ntype = "T"\nplace = "P"\nfrom = 2017-04-04\nweek = "S"\n'


def refused(text: str) -> Invalid:
    with pytest.raises(Invalid) as told:
        declared(text)
    return told.value


# The contents of a file


@pytest.mark.parametrize("name", EXAMPLES)
def test_b3_the_examples_are_declared_town_halls(name: str) -> None:
    town = declared(example(name))
    assert town.services and town.agents and town.places and town.types and town.weeks and town.counters


def test_b3_an_empty_file_declares_nothing() -> None:
    town = declared("# rien\n")
    assert town.holidays is None
    assert not any(getattr(town, kind) for kind in type(town).model_fields if kind != "holidays")


def test_b3_what_is_left_out_takes_its_default() -> None:
    town = declared(f'[[place]]\nlabel = "P"\n[[type]]\nlabel = "T"\n[[agent]]\nlogin = "lea"\n{COUNTER}')
    (place,), (kind,), (agent,), (counter,) = town.places, town.types, town.agents, town.counters
    assert (place.address, place.timezone) == ("", "Europe/Paris")
    assert (kind.services, kind.public, kind.max_upcoming, kind.notice_hours) == ((), True, 3, 0)
    assert (kind.horizon_days, kind.hold_minutes) == (90, 15)
    assert (agent.name, agent.rights, agent.services) == ("", (), ())
    assert (counter.last, counter.desk, counter.capacity, counter.public, counter.exceptions) == (
        None, None, 1, False, (),
    )  # fmt: skip


def test_b3_every_key_of_the_file_is_read() -> None:
    town = declared(
        """
        [holidays]
        country = "FR"
        subdivision = "GP"
        years = [2026, 2027]

        [[agent]]
        login = "lea"
        rights = ["counters", "appointments"]

        [[counter]]
        label = "G1"
        type = "T"
        place = "P"
        from = 2026-01-05
        until = 2026-12-31
        week = "S"
        desk = "D"
        capacity = 2
        public = true

        [[counter.exception]]
        from = 2026-07-01
        until = 2026-08-31

        [[closure]]
        label = "Travaux"
        from = 2026-05-02

        [[slot]]
        counter = "G1"
        start = 2026-02-02T09:00:00
        to = 2026-02-02T10:00:00
        status = "suspended"

        [[appointment]]
        counter = "G1"
        place = "P"
        start = 2026-02-03T09:00:00+01:00
        partner = "C000001"
        taken_by = "lea"
        """
    )
    assert town.holidays is not None
    assert (town.holidays.subdivision, town.holidays.years) == ("GP", (2026, 2027))
    assert town.agents[0].rights == (Right.COUNTERS, Right.APPOINTMENTS)
    assert town.counters[0].last == date(2026, 12, 31)
    assert town.counters[0].exceptions[0].week is None
    assert town.closures[0].last is None
    assert (town.slots[0].status, town.slots[0].to) == ("suspended", datetime(2026, 2, 2, 10))
    assert town.appointments[0].start.utcoffset() == timedelta(hours=1)
    assert town.appointments[0].status == "planned"


def test_b3_one_label_may_name_a_counter_of_two_places() -> None:
    town = declared(COUNTER + COUNTER.replace('"P"', '"Annexe"'))
    assert [counter.place for counter in town.counters] == ["P", "Annexe"]


# Mistakes, reported with their place in the file


@pytest.mark.parametrize(
    ("text", "where", "key", "close"),
    [
        ('[[servic]]\nlabel = "A"', "[…]", "servic", ("service",)),
        ('[[services]]\nlabel = "A"', "[…]", "services", ("service",)),
        ('[[service]]\nlable = "A"', "[[service]] 1", "lable", ("label",)),
        ('[[service]]\nlabel = "A"\n[[service]]\nlabel = "B"\nnmae = 1', "[[service]] 2 (« B »)", "nmae", ("label",)),
        ('[[agent]]\nlogin = "lea"\nright = ["module"]', "[[agent]] 1 (« lea »)", "right", ("rights",)),
        ('[[place]]\nlabel = "P"\ntime_zone = "Europe/Paris"', "[[place]] 1 (« P »)", "time_zone", ("timezone",)),
        ('[holidays]\ncountry = "FR"\nyear = [2026]', "[holidays]", "year", ("years",)),
        (WEEK + "[[week.openings]]\nhours = 'Mo'\nslots = 5", "[[week]] 1 (« Semaine »), [[week.openings]] 1", "slots",
         ("slot",)),
        (COUNTER + "[[counter.exception]]\nfrom = 2017-05-01\nuntill = 2017-05-02",
         "[[counter]] 1 (« G1 »), [[counter.exception]] 1", "untill", ("until",)),
        ('[[appointment]]\ncounter = "G1"\npartnr = "X"', "[[appointment]] 1 (« G1 »)", "partnr", ("partner",)),
    ],
)  # fmt: skip
def test_b3_a_slip_in_a_key_is_told_with_its_place_and_the_key_that_comes_close(
    text: str, where: str, key: str, close: tuple[str, ...]
) -> None:
    told = refused(text)
    assert told.error == "declaration_key"
    assert (told.facts["where"], told.facts["key"]) == (where, key)
    assert close[0] in told.facts["close"]  # type: ignore[operator]


def test_b3_a_key_unlike_any_other_is_told_with_those_that_exist() -> None:
    told = refused('[[desk]]\nlabel = "D"\nxyz = 1')
    assert told.facts["close"] == ("label",)


@pytest.mark.parametrize(
    ("text", "where", "key"),
    [
        ("[[service]]", "[[service]] 1", "label"),
        ("[holidays]", "[holidays]", "country"),
        ('[[counter]]\nlabel = "G1"', "[[counter]] 1 (« G1 »)", "type"),
        (COUNTER + "[[counter.exception]]\nfrom = 2017-05-01", "[[counter]] 1 (« G1 »), [[counter.exception]] 1",
         "until"),
        ('[[slot]]\ncounter = "G1"\nstart = 2017-05-01T09:00:00', "[[slot]] 1 (« G1 »)", "status"),
    ],
)  # fmt: skip
def test_b3_a_missing_key_is_told_with_its_place(text: str, where: str, key: str) -> None:
    told = refused(text)
    assert told.error == "declaration_missing"
    assert (told.facts["where"], told.facts["key"]) == (where, key)


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("[[service]]\nlabel = 3", "label", "a text in quotes"),
        ('[[service]]\nlabel = ""', "label", "a text in quotes"),
        ('service = "A"', "service", "a list in brackets"),
        ('service = ["A"]', "service", "another kind of value"),
        ('[[agent]]\nlogin = "lea"\nrights = "module"', "rights", "a list in brackets"),
        ('[[agent]]\nlogin = "lea"\nrights = ["all"]', "rights", "another word"),
        ('[[type]]\nlabel = "T"\nmax_upcoming = "many"', "max_upcoming", "a whole number"),
        ('[[type]]\nlabel = "T"\nmax_upcoming = 2.5', "max_upcoming", "a whole number"),
        ('[[type]]\nlabel = "T"\npublic = "maybe"', "public", "true or false"),
        (COUNTER.replace("2017-04-04", '"bientôt"'), "from", "a date such as"),
        (COUNTER.replace("2017-04-04", "2017-04-04T10:00:00"), "from", "a date such as"),
        ('[[slot]]\ncounter = "G1"\nstart = "9 h"\nstatus = "reserved"', "start", "a date and a time such as"),
        ('[[slot]]\ncounter = "G1"\nstart = 2017-05-01T09:00:00\nstatus = "booked"', "status", "another word"),
        ('[[appointment]]\ncounter = "G1"\nstart = 2017-05-01T09:00:00\npartner = "X"\nstatus = "past"', "status",
         "another word"),
        ('[holidays]\ncountry = "FR"\nyears = ["x"]', "years", "a whole number"),
    ],
)  # fmt: skip
def test_b3_a_value_of_another_kind_is_told_with_what_is_expected(text: str, key: str, expected: str) -> None:
    told = refused(text)
    assert (told.error, told.facts["key"]) == ("declaration_value", key)
    with speaking("en"):
        assert expected in wording.hint(told)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[[service]]\nlabel = "Etat civil"\n[[service]]\nlabel = "état  CIVIL"', "[[service]] « état  CIVIL »"),
        ('[[place]]\nlabel = "P"\n[[place]]\nlabel = "p"', "[[place]] « p »"),
        ('[[type]]\nlabel = "T"\n[[type]]\nlabel = "T"', "[[type]] « T »"),
        (f"{WEEK}slot = 5\nhours = '24/7'\n{WEEK}", "[[week]] « Semaine »"),
        ('[[desk]]\nlabel = "D"\n[[desk]]\nlabel = "D"', "[[desk]] « D »"),
        ('[[agent]]\nlogin = "lea"\n[[agent]]\nlogin = "lea"', "[[agent]] « lea »"),
        (COUNTER + COUNTER.replace('"G1"', '"g1"'), "[[counter]] « g1, P »"),
    ],
)
def test_b3_a_thing_declared_twice_is_refused(text: str, where: str) -> None:
    told = refused(text)
    assert (told.error, told.facts) == ("declaration_twice", {"where": where})


@pytest.mark.parametrize("text", ["[[service]", "label = ", '[[service]]\nlabel = "A"\nlabel = "B"', "\x00"])
def test_b3_what_is_no_toml_is_told_with_its_line(text: str) -> None:
    told = refused(text)
    assert (told.error, told.facts["path"]) == ("declaration_toml", "mairie.toml")
    assert "(at " in str(told.facts["problem"])


def test_every_slip_reads_as_one_sentence_in_both_languages() -> None:
    slips = ['[[servic]]\nlabel = "A"', "[[service]]", "[[service]]\nlabel = 3", "x = ", '[[typ]]\nlabel = "T"']
    for language, suggestion in (("en", "Did you mean: type?"), ("fr", "type ?")):
        with speaking(language):
            sentences = [wording.sentence(refused(slip)) for slip in slips]
            hint = wording.hint(refused(slips[-1]))
        assert all(told.endswith(".") and "\n" not in told for told in sentences)
        assert suggestion in hint


# The hours of a week


def week(rest: str) -> tuple[tuple[Opening, ...], list[tuple[date, date]], bool]:
    openings, dated, closed_on_holidays = openings_of(declared(WEEK + rest).weeks[0])
    return openings, [(period.first, period.last) for period in dated], closed_on_holidays


def test_c3_a_week_is_hours_with_one_slot_length() -> None:
    openings, dated, on_holidays = week('slot = 30\nhours = "Mo-Tu 09:00-12:00; PH off"')
    assert openings == (Opening(0, 540, 720, 30), Opening(1, 540, 720, 30))
    assert (dated, on_holidays) == ([], True)


def test_c3_a_week_may_have_hours_of_several_slot_lengths() -> None:
    openings, _, _ = week(
        'slot = 30\nhours = "Mo 09:00-12:00"\n[[week.openings]]\nhours = "Mo 14:00-16:00"\nslot = 45\n'
    )
    assert openings == (Opening(0, 540, 720, 30), Opening(0, 840, 960, 45))


def test_c5_dated_hours_are_kept_apart_from_the_week() -> None:
    openings, dated, _ = week('slot = 30\nhours = "Mo-Fr 09:00-12:00; 2026 Jul 01-Aug 31 Mo-Fr 09:00-10:00"')
    assert len(openings) == 5
    assert dated == [(date(2026, 7, 1), date(2026, 8, 31))]


def test_c3_a_week_without_hours_is_closed_all_week() -> None:
    assert week("") == ((), [], False)


@pytest.mark.parametrize(
    ("rest", "error", "facts"),
    [
        ('hours = "Mo 09:00-12:00"', "declaration_missing", {"where": "[[week]] « Semaine »", "key": "slot"}),
        ('slot = 30\nhours = "Mo 9-"', "hours_unreadable", {"text": "Mo 9-"}),
        ('slot = 0\nhours = "Mo 09:00-12:00"', "slot_length", {"minutes": 0}),
        ('slot = 30\nhours = "Jan-Mar Mo 09:00-12:00"', "hours_rule",
         {"text": "Jan-Mar Mo 09:00-12:00", "why": "month"}),
        ('slot = 30\nhours = "Mo 09:00-12:00,11:00-13:00"', "openings_overlap", {}),
        ('slot = 30\nhours = "Mo 09:00-12:00"\n[[week.openings]]\nhours = "Mo 11:00-13:00"\nslot = 10',
         "openings_overlap", {}),
        ('slot = 30\nhours = "Mo 09:00-12:00; 2026 Jul 01 off"\n[[week.openings]]\nhours = "Tu"\nslot = 10',
         "hours_rule", {"text": "Semaine", "why": "dated"}),
    ],
)  # fmt: skip
def test_c3_hours_that_a_week_cannot_hold_are_refused_by_name(rest: str, error: str, facts: dict[str, object]) -> None:
    with pytest.raises(RdvError) as told:
        week(rest)
    assert isinstance(told.value, Invalid | Refused)
    assert told.value.error == error
    assert facts.items() <= told.value.facts.items()


# Another year


@pytest.mark.parametrize("weeks", [0, 1, 491, -260])
def test_a_shifted_town_hall_is_the_same_some_weeks_later(weeks: int) -> None:
    town = declared(example("mairie"))
    later = shifted(town, weeks)
    by = timedelta(weeks=weeks)
    assert [counter.first for counter in later.counters] == [counter.first + by for counter in town.counters]
    assert later.counters[0].exceptions[0].last == town.counters[0].exceptions[0].last + by
    assert [one.first.weekday() for one in later.closures] == [one.first.weekday() for one in town.closures]
    assert [(one.start, one.to) for one in later.slots] == [
        (one.start + by, one.to and one.to + by) for one in town.slots
    ]
    assert [one.start for one in later.appointments] == [one.start + by for one in town.appointments]
    assert later.places == town.places
    assert shifted(later, -weeks) == town
