"""Texts for people: the French catalogue, the sentences of errors, the words of the glossary, dates and hours."""

import ast
import gettext
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import portal
import rdv
from rdv import terms
from rdv.i18n import wording
from rdv.i18n.sentences.errors import ERRORS
from rdv.i18n.sentences.names import HISTORY
from rdv.i18n.sentences.reasons import REASONS
from rdv.terms import (
    PORTAL,
    AppointmentStatus,
    Broken,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    RdvError,
    Refused,
    Right,
    SlotStatus,
)
from tests.sources import PRODUCT, name_of, tree

SOURCES = Path(rdv.__file__).parent
PAGES = Path(portal.__file__).parent
FRENCH = wording.LOCALES / "fr" / "LC_MESSAGES"
FAMILIES = {name for name, found in vars(terms).items() if isinstance(found, type) and issubclass(found, RdvError)}
PARIS = ZoneInfo("Europe/Paris")
FRIDAY = datetime(2017, 4, 7, 11, 0, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Use a folder without settings, before a language is chosen."""
    monkeypatch.delenv("RDV_LANG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(wording, "_chosen", ContextVar[str | None]("language", default=None))
    wording._language_in.cache_clear()
    yield tmp_path
    wording._language_in.cache_clear()


# The French catalogue


def extracted() -> set[str]:
    """Return every text that rdv marks for translation."""
    keywords = {**DEFAULT_KEYWORDS, "N_": None, "_": None, "say": None}
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    options = {"**.html": {"trimmed": "true"}}
    return {
        str(message)
        for folder in (SOURCES, PAGES)
        for _file, _line, message, _comments, _context in extract_from_dir(
            folder, method_map=methods, options_map=options, keywords=keywords
        )
    }


@cache
def french() -> dict[str, str]:
    """Return the catalogue as translators write it."""
    with (FRENCH / "rdv.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale="fr") if message.id}


def placeholders(text: str) -> list[tuple[str, str, str]]:
    """Return the fields between braces, each with its conversion and its format."""
    return sorted((name, how or "", spec or "") for _, name, spec, how in Formatter().parse(text) if name is not None)


def test_the_french_catalogue_has_every_text_and_no_other() -> None:
    assert french().keys() == extracted()


def test_every_text_has_its_french_with_the_same_facts() -> None:
    catalogue = french()
    assert [text for text, told in catalogue.items() if not told.strip()] == []
    assert [text for text, told in catalogue.items() if placeholders(told) != placeholders(text)] == []


def test_the_french_is_written_as_french_is() -> None:
    """Sentences end where the English ones do, colons and the like stand apart, and what is quoted is quoted once."""
    for text, told in french().items():
        assert told[-1] == text[-1] or text[-1] not in ".:?… " or text == "No.", told
        assert not re.search(r"[^\W\d][:;?!](?= |$)", told), told
        assert told.count("«") == told.count("»"), told
        assert not any(f"« {{{name}!r}}" in told for name, how, _ in placeholders(told) if how == "r"), told
        assert not re.search(r" \.(?!\w)| ,|’|  ", told), told


def test_no_entry_is_fuzzy_or_obsolete() -> None:
    with (FRENCH / "rdv.po").open("rb") as file:
        catalogue = read_po(file, locale="fr")
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert list(catalogue.obsolete) == []
    assert catalogue.charset == "utf-8"


def test_the_compiled_catalogue_says_what_the_written_one_says() -> None:
    with (FRENCH / "rdv.mo").open("rb") as file:
        compiled = {str(message.id): str(message.string) for message in read_mo(file) if message.id}
    assert compiled == french()
    spoken = gettext.translation(wording.DOMAIN, wording.LOCALES, languages=["fr"])
    assert {text: spoken.gettext(text) for text in compiled} == compiled


# The sentences of errors


@dataclass(frozen=True)
class Raised:
    """A place of the source where an error is made; `facts` are those given by name, all of them unless `open`."""

    error: str
    facts: frozenset[str]
    open: bool
    where: str


def calls(module: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name in names:
                yield node


def outcomes(expression: ast.expr) -> list[str]:
    """Return the texts that an expression can have: a constant, or either side of `a if b else c`."""
    if isinstance(expression, ast.IfExp):
        return outcomes(expression.body) + outcomes(expression.orelse)
    return [expression.value] if isinstance(expression, ast.Constant) and isinstance(expression.value, str) else []


@cache
def raised() -> list[Raised]:
    """Return every error that rdv makes, with the facts given to it."""
    found = []
    for file in PRODUCT:
        for call in calls(tree(file), *FAMILIES):
            errors = outcomes(call.args[0]) if call.args else []
            where = f"{name_of(file)}:{call.lineno}"
            assert errors, f"{where} makes an error that has no constant name"
            names = frozenset(keyword.arg for keyword in call.keywords if keyword.arg is not None) - {"rule"}
            is_open = any(keyword.arg is None for keyword in call.keywords)
            found += [Raised(error, names, is_open, where) for error in errors]
    return found


def test_every_error_has_a_sentence_and_a_hint() -> None:
    missing = [made for made in raised() if made.error not in ERRORS]
    assert missing == []
    for error, (sentence, hint) in ERRORS.items():
        assert sentence.endswith("."), error
        assert hint.endswith((".", "?", "…")), error


def test_no_sentence_is_for_an_error_that_is_never_raised() -> None:
    assert ERRORS.keys() - {made.error for made in raised()} == set()


def test_errors_carry_the_facts_of_their_sentences() -> None:
    lacking = {}
    for made in raised():
        told = {name for text in ERRORS.get(made.error, ()) for name, _how, _spec in placeholders(text)}
        if not made.open and told - made.facts:
            lacking[f"{made.where} {made.error}"] = told - made.facts
    assert lacking == {}


EXPECTED = ("int", "bool", "date", "datetime", "string", "literal", "enum", "tuple", "list", "other")
"""The kinds of values that a declared town hall and the command line expect."""


def test_every_reason_to_refuse_hours_is_told() -> None:
    """Compare the codes of `opening_hours.py`, and those that others pass as `why`, with REASONS."""
    hours = tree(SOURCES / "engine" / "core" / "opening_hours.py")
    table = next(
        node.value
        for node in ast.walk(hours)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_WHY"
    )
    assert isinstance(table, ast.Dict)
    codes = {str(ast.literal_eval(key)) for key in table.keys if key is not None}
    for call in calls(hours, "_refusal"):
        inside = ast.walk(call.args[1])
        codes |= {node.value for node in inside if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for file in PRODUCT:
        for call in calls(tree(file), *FAMILIES):
            codes |= {why for keyword in call.keywords if keyword.arg == "why" for why in outcomes(keyword.value)}
    assert {"nth_weekday", "overridden", "selector", "no_day", "public_holidays_undeclared"} <= codes
    for file in (SOURCES / "engine" / "booking").glob("*.py"):
        for call in calls(tree(file), "Unplaced"):
            codes |= set(outcomes(call.args[2]))
    assert codes == set(REASONS) - {f"expects_{kind}" for kind in EXPECTED}


@pytest.mark.parametrize(
    ("gap", "english", "french"),
    [
        (0.0, "the best possible plan", "meilleur plan possible"),
        (0.0032, "within 0.4% of the best possible plan", "à 0,4 % du meilleur plan possible"),
        (0.00001, "within 0.1% of the best possible plan", "à 0,1 % du meilleur plan possible"),
        (0.02, "within 2% of the best possible plan", "à 2 % du meilleur plan possible"),
        (None, "not proved to be close to the best possible plan", "écart au meilleur plan possible non établi"),
    ],
)
def test_i3_closeness_to_the_best_plan_is_rounded_up(gap: float | None, english: str, french: str) -> None:
    for language, text in (("en", english), ("fr", french)):
        with wording.speaking(language):
            assert wording.closeness(gap) == text


SAMPLE: list[tuple[RdvError, tuple[str, str], tuple[str, str]]] = [
    (
        Refused("slot_suspended_first", rule="S2", counter="Guichet 1", start=FRIDAY),
        (
            "Le créneau du ven. 7 avr. 2017 11:00 (Guichet 1) est suspendu : il ne peut pas être réservé (S2).",
            "Libérez-le d'abord.",
        ),
        (
            "The slot of Fri 7 Apr 2017 11:00 at Guichet 1 is suspended: it cannot be reserved (S2).",
            "Release it first.",
        ),
    ),
    (
        Refused("period_backwards", rule="C5", first=date(2017, 4, 7), last=date(2017, 4, 3)),
        ("La période finit (03/04/2017) avant de commencer (07/04/2017) (C5).", "Inversez les deux dates."),
        ("The period ends (03/04/2017) before it starts (07/04/2017) (C5).", "Exchange the two."),
    ),
    (
        NotFound("not_found", kind="counter", ref="Guichet 9", close=("Guichet 1", "Guichet 2")),
        ("Introuvable : guichet « Guichet 9 ».", "Vous cherchez peut-être : Guichet 1, Guichet 2."),
        ("There is no counter « Guichet 9 ».", "Close to it: Guichet 1, Guichet 2."),
    ),
    (
        NotFound("not_found", kind="week", ref="Eté", close=()),
        ("Introuvable : semaine de référence « Eté ».", ""),
        ("There is no reference week « Eté ».", ""),
    ),
    (
        NotFound("no_slot", rule="S1", counter="Etat civil", start=FRIDAY, close=(FRIDAY.replace(hour=14),)),
        (
            "Etat civil n'a pas de créneau le ven. 7 avr. 2017 11:00 (S1).",
            "Les plus proches ce jour-là : ven. 7 avr. 2017 14:00.",
        ),
        ("Etat civil has no slot at Fri 7 Apr 2017 11:00 (S1).", "Nearest that day: Fri 7 Apr 2017 14:00."),
    ),
    (
        Refused("in_use", rule="C8", kind="week", label="Semaine", dependents={"counter": ("Guichet 1", "Guichet 2")}),
        (
            "« Semaine » (semaine de référence) sert encore – guichet : Guichet 1, Guichet 2 (C8).",
            "Modifiez-les ou supprimez-les d'abord.",
        ),
        (
            "« Semaine » (reference week) is in use – counter: Guichet 1, Guichet 2 (C8).",
            "Change or remove those first.",
        ),
    ),
    (
        Refused("hours_rule", rule="C3", text="Sa[1] 09:00-12:00", why="nth_weekday"),
        (
            (
                "La règle « Sa[1] 09:00-12:00 » ne tient pas dans une semaine de référence : "
                "elle désigne un jour par son rang dans le mois, comme le premier lundi (C3)."
            ),
            "Retirez-la, et déclarez une plage d'exception ou une fermeture pour ces jours-là.",
        ),
        (
            (
                "The rule « Sa[1] 09:00-12:00 » does not fit in a reference week: "
                "it names the first or another such weekday of the month (C3)."
            ),
            "Leave it out and declare an exception period or a closure for those days.",
        ),
    ),
    (
        Refused("appointment_over", rule="A2", appointment=12, status=AppointmentStatus.NO_SHOW),
        ("Le rendez-vous 12 est déjà clos : absent (A2).", "Attribuez-en un nouveau."),
        ("The appointment 12 is over with: no show (A2).", "Assign a new one."),
    ),
    (
        NotAllowed("right_missing", rule="G1", agent="lucie", what="slots.suspend", rights=(Right.COUNTERS,)),
        (
            "lucie n'a pas le droit nécessaire pour « Suspendre des créneaux » : gestion des guichets (G1).",
            "Demandez-le à un administrateur.",
        ),
        ("lucie lacks the right for « Suspend slots »: counters (G1).", "Ask an administrator for it."),
    ),
    (
        Conflict("slot_taken", rule="S5", counter="Guichet 1", start=FRIDAY, by="lucie"),
        ("Le créneau est déjà pris par lucie (S5).", "Choisissez-en un autre : rdv slot next."),
        ("The slot is already taken by lucie (S5).", "Choose another: rdv slot next."),
    ),
    (
        Conflict("slot_taken", rule="S5", by=PORTAL),
        ("Le créneau est déjà pris par un citoyen, sur le portail (S5).", "Choisissez-en un autre : rdv slot next."),
        ("The slot is already taken by a citizen, on the portal (S5).", "Choose another: rdv slot next."),
    ),
    (
        Conflict("slot_taken", rule="S5", by=None),
        ("Le créneau est déjà pris (S5).", "Choisissez-en un autre : rdv slot next."),
        ("The slot is already taken (S5).", "Choose another: rdv slot next."),
    ),
    (
        Conflict("slot_taken", rule="S5", counter="Guichet 1", start=FRIDAY),
        ("Le créneau est déjà pris (S5).", "Choisissez-en un autre : rdv slot next."),
        ("The slot is already taken (S5).", "Choose another: rdv slot next."),
    ),
    (
        Invalid("usage_command", command="exports", close=("export",)),
        ("La commande « exports » n'existe pas.", "Vouliez-vous dire : export ?"),
        ("There is no command « exports ».", "Did you mean: export?"),
    ),
    (
        Invalid("declaration_value", where="[[type]] 1", key="public", value="oui", why="expects_bool"),
        (
            "[[type]] 1 : public ne peut pas valoir « oui ».",
            "Corrigez-le dans le fichier : true ou false est attendu.",
        ),
        ("[[type]] 1: public cannot be « oui ».", "Correct it in the file: true or false is expected."),
    ),
    (
        Broken("database_age", database="rdv.db", found=None, wanted="0002"),
        (
            "La base de données rdv.db est d'une autre version (– au lieu de 0002).",
            "Mettez-la à jour : rdv db upgrade ; si elle est plus récente, installez le rdv le plus récent.",
        ),
        (
            "The database rdv.db is of another version (–, not 0002).",
            "Bring it up to date: rdv db upgrade; if it is newer, install the newer rdv.",
        ),
    ),
]


@pytest.mark.parametrize(("error", "in_french", "in_english"), SAMPLE, ids=lambda one: getattr(one, "error", ""))
def test_an_error_is_one_sentence_with_its_rule_and_a_hint(
    error: RdvError, in_french: tuple[str, str], in_english: tuple[str, str]
) -> None:
    wording.use("fr")
    assert (wording.sentence(error), wording.hint(error)) == in_french
    wording.use("en")
    assert (wording.sentence(error), wording.hint(error)) == in_english


def test_every_french_sentence_leaves_room_for_the_number_of_a_rule() -> None:
    assert [error for error, (sentence, _hint) in ERRORS.items() if not french()[sentence].endswith(".")] == []


# Stories, facts, braces


def test_g3_a_line_of_history_is_told_in_words() -> None:
    facts = {"counter": "Guichet 1", "starts_at": "2017-04-07T11:00:00+02:00", "cause": "week.set"}
    assert wording.story("appointment.assign", facts) == "attribué : Guichet 1, ven. 7 avr. 2017 11:00"
    assert wording.story("appointment.no_show", {}) == "personne absente"
    told = "a perdu son créneau (Guichet 1, ven. 7 avr. 2017 11:00) : horaires modifiés"
    assert wording.story("appointment.displaced", facts) == told
    assert wording.story("counter.add", {"place": "Mairie"}) == "lieu de rendez-vous : Mairie"
    wording.use("en")
    assert wording.story("appointment.assign", facts) == "assigned: Guichet 1, Fri 7 Apr 2017 11:00"
    assert {text for text in HISTORY.values() if text not in french()} == set()


@pytest.mark.parametrize(
    ("fact", "in_french", "in_english"),
    [
        (True, "oui", "yes"),
        (False, "non", "no"),
        (None, "–", "–"),
        ("", "–", "–"),
        ((), "–", "–"),
        (3, "3", "3"),
        (SlotStatus.HELD, "pré-réservé", "held"),
        ([Right.COUNTERS, Right.APPOINTMENTS], "gestion des guichets, gestion des inscriptions",
         "counters, appointments"),
        (date(2017, 4, 7), "07/04/2017", "07/04/2017"),
        (FRIDAY, "ven. 7 avr. 2017 11:00", "Fri 7 Apr 2017 11:00"),
        ({"place": "Mairie", "agent": ("lucie", "karim")}, "lieu de rendez-vous : Mairie · agent : lucie, karim",
         "place: Mairie · agent: lucie, karim"),
    ],
)  # fmt: skip
def test_a_fact_reads_as_people_say_it(fact: object, in_french: str, in_english: str) -> None:
    assert wording.plain(fact) == in_french
    wording.use("en")
    assert wording.plain(fact) == in_english


def test_say_leaves_control_over_braces() -> None:
    assert wording.say("{a} {b!r}", a="{b}", b="{a.__class__}") == "{b} « {a.__class__} »"
    assert wording.say("{left alone}") == "{left alone}"
    assert wording.sentence(NotFound("not_found", kind="place", ref="{kind}", close=())) == (
        "Introuvable : lieu de rendez-vous « {kind} »."
    )


def test_a_command_that_comes_close_keeps_its_name() -> None:
    unknown = Invalid("usage_command", command="counte", close=("counter",))
    assert wording.hint(unknown) == "Vouliez-vous dire : counter ?"


def test_what_people_typed_is_told_as_they_typed_it() -> None:
    assert wording.plain("0612345678Tel de sa fille") == "0612345678Tel de sa fille"


# Dates and hours


@pytest.mark.parametrize(
    ("language", "moment", "short", "long", "days"),
    [
        ("fr", "ven. 7 avr. 2017 11:00", "ven. 07/04", "vendredi 7 avril 2017", ("lundi", "dimanche")),
        ("en", "Fri 7 Apr 2017 11:00", "Fri 07/04", "Friday 7 April 2017", ("Monday", "Sunday")),
    ],
)
def test_dates_are_written_as_the_language_has_it(
    language: str, moment: str, short: str, long: str, days: tuple[str, str]
) -> None:
    wording.use(language)
    assert wording.moment(FRIDAY) == moment
    assert wording.short_day(FRIDAY.date()) == short
    assert wording.long_day(FRIDAY.date()) == long
    assert (wording.weekday(0), wording.weekday(6)) == days
    assert wording.day(FRIDAY.date()) == "07/04/2017"
    assert wording.clock(FRIDAY) == "11:00"


@pytest.mark.parametrize(("minutes", "told"), [(0, "00:00"), (510, "08:30"), (1439, "23:59"), (1440, "24:00")])
@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_minutes_since_midnight_read_as_hours(language: str, minutes: int, told: str) -> None:
    wording.use(language)
    assert wording.hours(minutes) == told


# The language


def test_french_is_spoken_unless_something_else_is_set() -> None:
    assert wording.language() == "fr"


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, nowhere: Path) -> None:
    (nowhere / "rdv.toml").write_text('lang = "en"\n', "utf-8")
    assert wording.language() == "en"
    assert wording.say("free") == "free"
    monkeypatch.setenv("RDV_LANG", "fr")
    assert wording.language() == "fr"
    assert wording.say("free") == "libre"


def test_the_file_of_the_users_folder_is_read_as_well(nowhere: Path) -> None:
    (nowhere / "config" / "rdv").mkdir(parents=True)
    (nowhere / "config" / "rdv" / "rdv.toml").write_text('lang = "en"\n', "utf-8")
    assert wording.language() == "en"


def test_a_face_may_choose_for_one_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDV_LANG", "fr")
    wording.use("en")
    assert wording.language() == "en"


@pytest.mark.parametrize("file", ['lang = "de"', "lang = 3", 'lang = ""', "lang =", ""])
def test_a_file_that_names_no_language_of_ours_leaves_french(nowhere: Path, file: str) -> None:
    (nowhere / "rdv.toml").write_text(file, "utf-8")
    assert wording.language() == "fr"


def test_a_language_that_is_not_ours_is_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDV_LANG", "de")
    assert wording.language() == "fr"
    wording.use("es")
    assert wording.language() == "fr"


# The glossary

GLOSSARY: dict[SlotStatus | AppointmentStatus | Right, tuple[str, str]] = {
    SlotStatus.FREE: ("libre", "free"),
    SlotStatus.HELD: ("pré-réservé", "held"),
    SlotStatus.BOOKED: ("attribué", "booked"),
    SlotStatus.RESERVED: ("réservé administration", "reserved (administration)"),
    SlotStatus.SUSPENDED: ("suspendu", "suspended"),
    SlotStatus.OCCUPIED: ("occupé", "occupied"),
    AppointmentStatus.PLANNED: ("planifié", "planned"),
    AppointmentStatus.TO_RESCHEDULE: ("à replanifier", "to reschedule"),
    AppointmentStatus.CANCELLED: ("annulé", "cancelled"),
    AppointmentStatus.DONE: ("réalisé", "done"),
    AppointmentStatus.NO_SHOW: ("absent", "no show"),
    AppointmentStatus.PAST_WITHOUT_STATUS: ("passé sans statut", "past without status"),
    # as the manual names them: "droit de gestion du module", "des guichets", "des inscriptions"
    Right.MODULE: ("gestion du module", "configuration"),
    Right.COUNTERS: ("gestion des guichets", "counters"),
    Right.APPOINTMENTS: ("gestion des inscriptions", "appointments"),
}

THINGS = {
    "counter": "guichet",
    "desk": "poste",
    "type": "type de rendez-vous",
    "place": "lieu de rendez-vous",
    "week": "semaine de référence",
    "exception": "plage d'exception",
    "closure": "fermeture",
    "slot": "créneau",
    "appointment": "rendez-vous",
    "partner": "partenaire",
    "agent": "agent",
    "service": "service",
    "search": "recherche sauvegardée",
}


@pytest.mark.parametrize("term", [*SlotStatus, *AppointmentStatus, *Right], ids=str)
def test_a_term_is_called_what_the_glossary_calls_it(term: SlotStatus | AppointmentStatus | Right) -> None:
    assert wording.label(term) == GLOSSARY[term][0]
    wording.use("en")
    assert wording.label(term) == GLOSSARY[term][1]


@pytest.mark.parametrize(("thing", "word"), THINGS.items())
def test_a_thing_is_called_what_the_glossary_calls_it(thing: str, word: str) -> None:
    assert wording.label(thing) == word


def test_every_status_has_a_sign_of_its_own() -> None:
    assert set(wording.SIGNS) == {*SlotStatus, *AppointmentStatus}
    for statuses in (SlotStatus, AppointmentStatus):
        assert len({wording.SIGNS[status] for status in statuses}) == len(statuses)  # type: ignore[attr-defined]


def test_what_has_no_label_is_told_as_it_is() -> None:
    assert wording.label("unheard of") == "unheard of"
