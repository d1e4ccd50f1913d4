"""The manual's town hall, used as the manual shows: commands print its pictures.

`RDV_NOW=2017-04-04T16:35` and `examples/mairie.toml`, on both databases.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rdv import paths
from rdv.store.session import Database
from tests.cli.conftest import Cli
from tests.databases import Databases

SLOTS = "slot list --counter 'Guichet 1' --from 07/04/2017 --days 1"
CITIZEN = [
    ("Place de la mairie", "Citoyenneté", "12/06/2017 09:30:00", "annulé"),
    ("Place de la mairie", "Citoyenneté", "06/06/2017 15:00:00", "passé sans statut"),
    ("Place de la mairie", "Citoyenneté", "06/06/2017 09:00:00", "annulé"),
    ("Place de la mairie", "Citoyenneté", "05/06/2017 09:00:00", "passé sans statut"),
]
CIVIL = [
    ("Centre ville", "Etat civil", "12/06/2017 10:45:00", "annulé"),
    ("Centre ville", "Etat civil", "12/06/2017 10:00:00", "à replanifier"),
    ("Centre ville", "Etat civil", "12/06/2017 09:15:00", "à replanifier"),
    ("Centre ville", "Etat civil", "07/06/2017 10:00:00", "à replanifier"),
    ("Centre ville", "Etat civil", "07/06/2017 09:15:00", "annulé"),
]
"""The file of VIGNEAU Chloé, as the manual's picture shows it."""


@pytest.fixture
def database(databases: Databases, kind: str, settings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Create a migrated, empty database of each kind, and let the settings name it."""
    with databases.fresh(kind) as made:
        monkeypatch.setenv("RDV_DATABASE", made.url.render_as_string(hide_password=False))
        yield made


@pytest.fixture
def town(cli: Cli) -> Cli:
    """Declare the manual's town hall as an administrator does."""
    cli.done("init")
    cli.done(f"apply {paths.example('mairie')}")
    return cli


def status(cli: Cli, time: str, line: str = SLOTS) -> str:
    (found,) = [one["status"] for one in cli.json(line) if one["starts_at"][11:16] == time]
    return str(found)


def booked(cli: Cli, partner: str) -> int:
    (number,) = [one["id"] for one in cli.json(f"appointment list --partner '{partner}'")]
    return int(number)


def test_s2_the_reserved_slot_of_the_picture_is_released_then_assigned(town: Cli) -> None:
    (slot,) = [one for one in town.json(SLOTS) if one["starts_at"] == "2017-04-07T11:00:00+02:00"]
    assert (slot["counter"], slot["ends_at"], slot["status"]) == ("Guichet 1", "2017-04-07T11:30:00+02:00", "reserved")
    shown = next(row for row in town(SLOTS, lang="fr").rows if "ven. 7 avr. 2017 11:00" in row)
    assert (shown[0], shown[3], shown[4]) == ("Guichet 1", "11:30", "réservé administration")
    town.done("slot release 'Guichet 1' '07/04/2017 11:00'")
    assert status(town, "11:00") == "free"
    town.done("appointment assign 'Guichet 1' '07/04/2017 11:00' --partner 'BOIS Jules'")
    assert status(town, "11:00") == "booked"


def test_a1_the_details_of_the_appointment_of_the_picture(town: Cli) -> None:
    (card,) = town.json("appointment list --partner 'BOIS Jules'")
    assert (card["starts_at"], card["ends_at"]) == ("2017-04-06T09:00:00+02:00", "2017-04-06T09:30:00+02:00")
    assert (card["status"], card["taken_at"]) == ("planned", "2017-04-03T16:01:19+02:00")
    shown = dict(row[:2] for row in town(f"appointment show {card['id']}", lang="fr").rows if len(row) == 2)
    assert {name: value.lower() for name, value in shown.items()}.items() >= {
        "Date de prise de rendez-vous": "03/04/2017 16:01:19", "Jour du rendez-vous": "06/04/2017",
        "Heure de début": "09:00", "Heure de fin": "09:30", "Statut": "planifié", "Attribué à": "bois jules (c000099)",
    }.items()  # fmt: skip


def test_a5_the_planned_appointments_of_the_week_of_the_picture(town: Cli) -> None:
    listed = town.json("appointment list --place 'Mairie principale'")
    assert [(one["starts_at"][:16], one["partner"]["name"]) for one in listed] == [
        ("2017-04-06T09:00", "BOIS Jules"), ("2017-04-07T09:00", "AULAN Gilles"),
    ]  # fmt: skip


def test_a4_moving_frees_the_old_slot_in_the_same_transaction(town: Cli) -> None:
    thursday = SLOTS.replace("07/04", "06/04")
    assert status(town, "09:00", thursday) == "booked"
    number = booked(town, "BOIS Jules")
    town.done(f"appointment move {number} '06/04/2017 9:30'")
    assert (status(town, "09:00", thursday), status(town, "09:30", thursday)) == ("free", "booked")
    before = town.everything()
    assert town(f"appointment move {number} '07/04/2017 9:00'").code == 1  # AULAN Gilles has it
    assert town.everything() == before


def test_a7_the_file_of_vigneau_chloe_is_the_picture(town: Cli) -> None:
    at = {"now": "2017-06-06T17:00", "lang": "fr"}
    shown = town.done("partner show C000098", **at)
    assert shown.startswith("VIGNEAU Chloé (C000098)\n")
    rows = [[cell for cell in line.split("  ") if cell.strip()] for line in shown.splitlines() if "/06/2017" in line]
    assert [tuple(cell.strip() for cell in row[:4]) for row in rows] == CITIZEN + CIVIL
    assert shown.index("Citoyenneté (4)") < shown.index("Etat civil (5)")
    file = town.json("partner show C000098", **at)
    assert file["groups"] == [{"type": "Citoyenneté", "count": 4}, {"type": "Etat civil", "count": 5}]
    assert len(file["appointments"]) == 9
    assert [one["status"] for one in file["appointments"]] == [
        "cancelled", "past_without_status", "cancelled", "past_without_status",
        "cancelled", "to_reschedule", "to_reschedule", "to_reschedule", "cancelled",
    ]  # fmt: skip


def test_a7_only_the_planned_ones_to_come_are_shown_where_asked(town: Cli) -> None:
    assert town.json("partner show C000098 --upcoming", now="2017-06-06T17:00")["appointments"] == []
    upcoming = town.json("partner show C000098 --upcoming")["appointments"]
    assert [one["starts_at"][:10] for one in upcoming] == ["2017-06-06", "2017-06-05"]


def test_a5_what_is_to_reschedule_is_placed_on_a_free_slot(town: Cli) -> None:
    to_move = town.json("appointment list --view to-reschedule")
    assert {one["partner"]["code"] for one in to_move} == {"C000098"}
    (free, *_) = town.json("slot next --type 'etat civil' --count 1")
    moved = town.json(f"appointment move {to_move[0]['id']} {free['starts_at']}")
    assert moved["status"] == "planned"
    assert len(town.json("appointment list --view to-reschedule")) == 2


def test_the_database_is_sound_in_the_end(town: Cli) -> None:
    number = booked(town, "AULAN Gilles")
    town.done("slot suspend 'Guichet 1' '07/04/2017 9:00' --yes")
    town.done(f"appointment move {number} '07/04/2017 10:00'")
    assert town.done("db check") == "All is well.\n"
