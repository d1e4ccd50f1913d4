"""Bad input: the right exit code, one clear sentence in the chosen language, JSON where asked, nothing written.

On both databases; the same town hall serves every case, for none of them may change it.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import text

from rdv.engine.setup import counters, places
from rdv.engine.town.apply import apply_town
from rdv.store.session import Database
from tests.cli.conftest import ERROR, Cli, Ran, has_shape
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import KINDS, Databases
from tests.towns import declared, everything, example


@pytest.fixture(scope="module")
def towns(databases: Databases) -> Iterator[dict[str, Database]]:
    """Create the manual's town hall on each database, with a second « Guichet 1 » in another place."""
    with ExitStack() as opened:
        made = {kind: opened.enter_context(databases.fresh(kind)) for kind in KINDS}
        for database in made.values():
            make = Make(office_on(database, FrozenClock()))
            make.do(apply_town, town=declared(example("mairie")))
            make.do(places.add_place, label="Annexe")
            make.do(
                counters.add_counter, label="Guichet 1", type="Citoyenneté", place="Annexe", week="Vacances",
                first="2017-04-04",
            )  # fmt: skip
        yield made


@pytest.fixture
def database(towns: dict[str, Database], kind: str, settings: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("RDV_DATABASE", towns[kind].url.render_as_string(hide_password=False))
    return towns[kind]


@pytest.fixture
def files(settings: Path) -> None:
    """Write the files that the cases name to the current folder."""
    Path("typo.toml").write_text('[[place]]\nlabel = "Halle"\ntimezon = "Europe/Paris"\n')
    Path("broken.toml").write_text('[[place]]\nlabel = "Halle\n')
    Path("ghost.toml").write_text('[[place]]\nlabel = "Halle"\n' + COUNTER.format(week="Matin"))
    Path("twice.toml").write_text('[[place]]\nlabel = "Halle"\n[[place]]\nlabel = "HALLE"\n')


COUNTER = '[[counter]]\nlabel = "G9"\ntype = "Citoyenneté"\nplace = "Halle"\nfrom = 2017-04-04\nweek = "{week}"\n'
ASSIGN = "appointment assign citoyennete {} --partner X"

CASES = [
    # the input cannot be read
    (ASSIGN.format("25:00"), 2, "moment", "« 25:00 » is not a date or a time."),
    (ASSIGN.format("2017-04-06T25:00"), 2, "moment", "« 2017-04-06T25:00 » is not a date or a time."),
    (ASSIGN.format("31/02/2017"), 2, "moment", "« 31/02/2017 » is not a date or a time."),
    ("slot list --from 2017-04-06T09:00", 2, "day", "« 2017-04-06T09:00 » is not a date."),
    ("counter set citoyennete --until bientot", 2, "moment", "« bientot » is not a date or a time."),
    ("slot list --from today --days many", 2, "usage_value", "--days cannot be « many »: a whole number is expected."),
    ("slot list --from today --days 0", 2, "number", "--days: 0 cannot be."),
    ("slot next --type citoyennete --count 1001", 2, "usage_range", "--count cannot be 1001."),
    ("slot list --from today --status blue", 2, "usage_word", "--status cannot be « blue »."),
    ("appointment list --view mine", 2, "usage_word", "--view cannot be « mine »."),
    ("appointment show first", 2, "usage_value", "REF cannot be « first »: a whole number is expected."),
    ("slot list --form today", 2, "usage_option", "There is no option --form."),
    ("slot list", 2, "usage_missing", "--from is missing."),
    ("appointment assign citoyennete", 2, "usage_missing", "START is missing."),
    ("appointment assign citoyennete demain", 2, "usage_missing", "--partner is missing."),
    ("appointment move", 2, "usage_missing", "REF is missing."),
    ("appointment move 1", 2, "usage_missing", "START is missing."),
    ("counter show", 2, "usage_missing", "REF is missing."),
    ("counter show guichet 1", 2, "usage_extra", "« 1 » is too much."),
    ("slots list", 2, "usage_command", "There is no command « slots »."),
    ("slot lists", 2, "usage_command", "There is no command « lists »."),
    ("counter exception ad 1", 2, "usage_command", "There is no command « ad »."),
    ("apply typo.toml", 2, "declaration_key", "[[place]] 1 (« Halle »): the key « timezon » is not known."),
    ("apply broken.toml", 2, "declaration_toml", "broken.toml is not a TOML file: Illegal character '\\n' (at line 2,"),
    ("apply twice.toml", 2, "declaration_twice", "[[place]] « HALLE » is declared twice."),
    ("apply none.toml", 2, "file_absent", "The file none.toml cannot be read: No such file or directory."),
    ("week add A --hours '9h-12h' --slot 30", 2, "hours_unreadable", "The opening hours « 9h-12h » cannot be read,"),
    ("week add A --hours 'Mo 09:00-12:00' --slot 0", 2, "slot_length", "A slot cannot last 0 minutes."),
    ("service add ' '", 2, "label_empty", "«   » is not a label."),
    (f"service add {'x' * 121}", 2, "label_long", "The label « " + "x" * 40 + "… » is too long."),
    ("agent add 'a b'", 2, "login", "« a b » is not a login."),
    # a rule says no
    ("counter show 'guichet 1'", 1, "ambiguous", "Several answer to « guichet 1 » (counter): "),
    (ASSIGN.replace("citoyennete", "5").format("2017-04-03T09:00"), 1, "before_first_day",
     "Guichet 1 opens to appointments on 04/04/2017, after 03/04/2017 (C4)."),
    ("week add A --hours 'Mo 09:00-12:00,11:00-13:00' --slot 30", 1, "openings_overlap",
     "Openings of one day overlap in « Mo 09:00-12:00,11:00-13:00 » (C3)."),
    ("week add A --hours 'Jul 01 09:00-12:00' --slot 30", 1, "hours_rule",
     "The rule « Jul 01 09:00-12:00 » does not fit in a reference week: it depends on the month (C3)."),
    ("counter exception add 1 --from 2017-08-20 --until 2017-08-30", 1, "exception_overlap",
     "Guichet 1 already has an exception period from 10/07/2017 to 25/08/2017 (C5)."),
    ("counter exception add 1 --from 2017-08-30 --until 2017-08-20", 1, "period_backwards",
     "The period ends (20/08/2017) before it starts (30/08/2017) (C5)."),
    ("week remove 'Mairie principale'", 1, "in_use",
     "« Mairie principale » (reference week) is in use – counter: Guichet 1 (C8)."),
    ("agent remove root", 1, "last_administrator", "Nobody would be left with the right to configure (G1)."),
    (ASSIGN.replace("citoyennete", "1").format("2017-04-06T09:00"), 1, "slot_taken",
     "The slot is already taken by lucie (S5)."),
    ("place add annexe", 1, "label_taken", "There is already « annexe » (place)."),
    ("closure add X --from 2017-04-06", 1, "not_confirmed", "Nothing was changed."),
    # nothing answers
    ("counter show 'Guichet 9'", 4, "not_found", "There is no counter « Guichet 9 »."),
    ("slot list --from today --counter 99", 4, "not_found", "There is no counter « 99 »."),
    ("slot next --type passeport", 4, "not_found", "There is no type of appointment « passeport »."),
    ("apply ghost.toml", 4, "not_found", "There is no reference week « Matin »."),
    (ASSIGN.format("2017-04-06T09:10"), 4, "no_slot", "Citoyenneté has no slot at Thu 6 Apr 2017 09:10 (S1)."),
]  # fmt: skip
"""(command line, exit code, identifier, how the English sentence begins)"""


def check_sentences(english: Ran, french: Ran, scripted: Ran, code: int, error: str, sentence: str) -> None:
    for ran in (english, french, scripted):
        assert (ran.code, ran.out if error != "not_confirmed" or ran is scripted else "") == (code, "")
        assert "Traceback" not in ran.err and 'File "' not in ran.err
    told = english.err.splitlines()
    assert told[-2 if len(told) > 1 else -1].startswith(sentence)
    assert french.err.splitlines()[-2 if len(told) > 1 else -1].rstrip().endswith(".")
    assert french.err != english.err
    document = json.loads(scripted.err)
    assert has_shape(document, ERROR)
    assert document["error"] == error
    assert document["message"].startswith(sentence)
    assert document["hint"] == "" or document["hint"] == told[-1]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("line", "code", "error", "sentence"), CASES, ids=[line for line, *_ in CASES])
def test_bad_input_ends_with_one_clear_sentence_and_nothing_written(
    cli: Cli, line: str, code: int, error: str, sentence: str
) -> None:
    before = cli.everything()
    check_sentences(cli(line), cli(line, lang="fr"), cli(f"{line} --json"), code, error, sentence)
    assert cli.everything() == before


@pytest.mark.parametrize(
    ("line", "agent", "error", "sentence"),
    [
        ("slot list --from today", "nobody", "agent_unknown", "« nobody » is not an agent here (G1)."),
        ("week add A --hours 24/7 --slot 30", "karim", "right_missing",
         "karim lacks the right for « Add a reference week »: configuration (G1)."),
        ("apply typo-free.toml", "lucie", "right_missing",
         "lucie lacks the right for « Apply a declared town hall »: configuration (G1)."),
        (ASSIGN.replace("citoyennete", "'action sociale'").format("2017-04-06T14:00"), "karim", "service_missing",
         "karim belongs to no service of « Action sociale » (G2)."),
        ("counter set 'action sociale' --capacity 1", "lucie", "service_missing",
         "lucie belongs to no service of « Action sociale » (G2)."),
        ("agent password root", "karim", "right_missing",
         "karim lacks the right for « Set a password »: configuration (G1)."),
    ],
)  # fmt: skip
def test_g1_g2_without_the_right_or_the_service_nothing_is_done(
    cli: Cli, line: str, agent: str, error: str, sentence: str
) -> None:
    Path("typo-free.toml").write_text('[[service]]\nlabel = "Neuf"\n')
    before = cli.everything()
    runs = cli(line, agent=agent), cli(line, agent=agent, lang="fr"), cli(f"{line} --json", agent=agent)
    check_sentences(*runs, 3, error, sentence)
    assert cli.everything() == before


@pytest.mark.parametrize(
    ("setting", "value", "code", "error", "sentence"),
    [
        ("database", "nowhere/rdv.db", 5, "database_absent", "There is no rdv database at nowhere/rdv.db."),
        ("database", "postgresql://rdv:s3cret@127.0.0.1:1/rdv", 5, "database_unreachable",
         "The database postgresql+psycopg://rdv:***@127.0.0.1:1/rdv cannot be reached: "),
        ("database", "mysql://localhost/rdv", 2, "database_kind", "Databases of the kind mysql are not served."),
        ("database", "http://:x", 2, "database_url", "« http://:x » is neither a file nor the address of a database."),
        ("now", "25:00", 2, "setting", "The setting RDV_NOW cannot be « 25:00 »."),
        ("zone", "Mars/Olympus", 2, "setting", "The setting RDV_ZONE cannot be « Mars/Olympus »."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line", ["slot list --from today", "appointment cancel 1", "apply - --dry-run"])
def test_settings_that_cannot_be_are_told(
    cli: Cli, line: str, setting: str, value: str, code: int, error: str, sentence: str
) -> None:
    if (error, line) == ("database_absent", "apply - --dry-run"):
        assert cli(line, database=value).code == 0  # it would be made
        return
    given = {setting: value}
    runs = cli(line, **given), cli(line, lang="fr", **given), cli(f"{line} --json", **given)
    check_sentences(*runs, code, error, sentence)
    assert "s3cret" not in "".join(ran.err for ran in runs)
    assert not Path("nowhere").exists()


def test_a_language_that_is_not_spoken_is_told_in_the_default_one(cli: Cli) -> None:
    ran = cli("slot list --from today --json", lang="de")
    assert (ran.code, ran.error["error"]) == (2, "setting")
    assert "RDV_LANG" in ran.error["message"]


def test_a_settings_file_that_is_no_toml_is_told(cli: Cli) -> None:
    Path("rdv.toml").write_text("lang = \n")
    ran = cli("slot list --from today --json")
    assert (ran.code, ran.error["error"]) == (2, "settings_file")
    assert "rdv.toml" in ran.error["message"]


def test_an_option_without_its_value_is_told(cli: Cli) -> None:
    for line in ("slot list --json --from", "slot list --from today --json --days"):
        error = cli(line).error
        assert error["error"] == "usage_missing"
        assert line.rpartition(" ")[2] in error["message"]


@pytest.mark.parametrize("line", ["appointment cancel 1", "apply twice-free.toml", "week add A --hours 24/7 --slot 30"])
def test_a_database_that_another_program_holds_is_told_and_nothing_is_written(
    cli: Cli, kind: str, towns: dict[str, Database], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("twice-free.toml").write_text('[[week]]\nlabel = "Neuve"\nslot = 30\nhours = "24/7"\n')
    monkeypatch.setitem(Database.__init__.__kwdefaults__, "busy_seconds", 0.02)
    before = everything(towns[kind])
    with ExitStack() as held:
        if towns[kind].file is not None:
            other = held.enter_context(closing(sqlite3.connect(towns[kind].file or "", isolation_level=None)))
            other.execute("BEGIN IMMEDIATE")
        else:
            other = held.enter_context(towns[kind].engine.connect())  # type: ignore[assignment]
            other.execute(text("LOCK TABLE claim, counter, reference_week IN ACCESS EXCLUSIVE MODE"))  # type: ignore[call-overload]
        english, french, scripted = cli(line), cli(line, lang="fr"), cli(f"{line} --json")
    sentence = f"The database {towns[kind].label} is locked by another program."
    check_sentences(english, french, scripted, 5, "database_locked", sentence)
    assert everything(towns[kind]) == before


def test_a_file_that_is_no_database_is_told_and_left_alone(cli: Cli) -> None:
    Path("notes.txt").write_text("ceci n'est pas une base de données\n" * 100)
    for line in ("slot list --from today", "init", "db upgrade", "db check"):
        ran = cli(f"{line} --json", database="notes.txt")
        assert (ran.code, ran.error["error"]) == (5, "database_damaged")
    assert Path("notes.txt").read_text().startswith("ceci")


def test_an_ambiguous_label_is_told_with_the_candidates_and_their_places(cli: Cli) -> None:
    error = cli("counter show 'guichet 1' --json").error
    assert "1 (Guichet 1, Mairie principale)" in error["message"]
    assert "5 (Guichet 1, Annexe)" in error["message"]
    assert cli.json("counter show 5")["place"] == "Annexe"
    both = cli.json("slot list --from 2017-04-06 --days 1 --counter 5 --counter 1")
    assert {one["place"] for one in both} == {"Annexe", "Mairie principale"}


@pytest.mark.parametrize("ref", ["CITOYENNETÉ", "citoyennete", "Citoyenneté ", "2"])
def test_a_reference_is_a_number_or_a_label_whatever_case_and_accents(cli: Cli, ref: str) -> None:
    assert cli.json(f"counter show '{ref}'")["label"] == "Citoyenneté"


def test_a7_a_partner_answers_to_its_code_and_to_its_number(cli: Cli) -> None:
    assert cli.json("partner show 98")["code"] == "C000098"
    assert cli.json("partner show c000098")["name"] == "VIGNEAU Chloé"


def test_a_text_in_another_encoding_is_told_and_nothing_written(cli: Cli) -> None:
    before = cli.json("partner list")
    ran = cli("appointment assign 1 2017-04-07T10:00 --partner 'Jos\udce9' --json")
    assert (ran.code, ran.error["error"]) == (2, "text_encoding")
    assert "holds characters that cannot be read" in ran.error["message"]
    assert cli.json("partner list") == before
