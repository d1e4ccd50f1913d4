"""Settings: the environment over rdv.toml over defaults, and clear words for what cannot be."""

import os
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from rdv import paths
from rdv.settings import Settings, load
from rdv.terms import Invalid


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty folder, no variable of rdv, and empty user folders."""
    for name in [name for name in os.environ if name.startswith(("RDV_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_any_setting_there_are_defaults(alone: Path) -> None:
    found = load()
    assert found.database == str(alone / "home" / ".local" / "share" / "rdv" / "rdv.db")
    assert (found.lang, found.zone, found.country, found.now, found.sms_url) == (
        "fr", "Europe/Paris", "FR", None, None,
    )  # fmt: skip
    assert (found.sign_in, found.lock_minutes) == ("password", 15)
    assert abs((found.clock()() - datetime.now(UTC)).total_seconds()) < 5


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (alone / "rdv.toml").write_text('lang = "en"\nagent = "lea"\n')
    monkeypatch.setenv("RDV_AGENT", "max")
    monkeypatch.setenv("RDV_SIGN_IN", "system")
    monkeypatch.setenv("RDV_LOCK_MINUTES", "0")
    found = load()
    assert (found.lang, found.agent, found.sign_in, found.lock_minutes) == ("en", "max", "system", 0)


def test_the_file_of_the_current_folder_wins_over_the_users_own(alone: Path) -> None:
    own = alone / "home" / ".config" / "rdv" / "rdv.toml"
    own.parent.mkdir(parents=True)
    own.write_text('agent = "own"\n')
    assert (load().agent, paths.config_file()) == ("own", own)
    (alone / "rdv.toml").write_text('agent = "here"\n')
    assert load().agent == "here"


@pytest.mark.parametrize(("text", "months"), [("", 0), ("0", 0), ("6", 6)])
def test_d1_personal_data_are_kept_until_the_town_says_how_long(
    monkeypatch: pytest.MonkeyPatch, text: str, months: int
) -> None:
    assert load().retention_months == 0
    monkeypatch.setenv("RDV_RETENTION_MONTHS", text)
    assert load().retention_months == months


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RDV_LANG", "de"),
        ("RDV_ZONE", "Europe/Pariss"),
        ("RDV_ZONE", "../etc/passwd"),
        ("RDV_NOW", "25:00"),
        ("RDV_SIGN_IN", "trust"),
        ("RDV_LOCK_MINUTES", "-1"),
        ("RDV_LOCK_MINUTES", "soon"),
        ("RDV_RETENTION_MONTHS", "-1"),
        ("RDV_PORTAL_LIMITS", "-1"),
        ("RDV_TOWN_COLOUR", "blue"),
        ("RDV_TOWN_COLOUR", "#1f5a8"),
        ("RDV_MAIL_FROM", "Mairie"),
        ("RDV_QUIET_HOURS", "21:00"),
        ("RDV_QUIET_HOURS", "21:00-25:00"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Invalid) as told:
        load()
    assert told.value.error == "setting"
    assert (told.value.facts["name"], told.value.facts["value"]) == (name, value)


def test_the_portal_is_the_towns_own_by_its_settings(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load()
    assert (found.portal_url, found.portal_proxies, found.portal_limits) == ("http://127.0.0.1:8000", "", 1.0)
    assert (found.town, found.town_logo, found.town_colour, found.town_contact) == ("", None, "#1f5a8a", "")
    assert (found.oidc_issuer, found.oidc_label, found.oidc_acr) == (None, "FranceConnect", "")
    (alone / "rdv.toml").write_text('town = "Villeneuve"\ntown_logo = "logo.svg"\ntown_colour = "#AA0000"\n')
    monkeypatch.setenv("RDV_PORTAL_LIMITS", "0")
    monkeypatch.setenv("RDV_OIDC_ISSUER", "https://identity.example.org")
    found = load()
    assert (found.town, found.town_logo, found.town_colour) == ("Villeneuve", Path("logo.svg"), "#AA0000")
    assert (found.portal_limits, found.oidc_issuer) == (0, "https://identity.example.org")


def test_a_file_that_is_no_toml_is_named(alone: Path) -> None:
    (alone / "rdv.toml").write_text("lang = fr\n")
    with pytest.raises(Invalid) as told:
        load()
    assert (told.value.error, told.value.facts["path"]) == ("settings_file", "rdv.toml")


@pytest.mark.parametrize(
    ("database", "url"),
    [
        ("/srv/rdv.db", "sqlite:////srv/rdv.db"),
        ("town.db", "sqlite:///town.db"),
        ("~/rdv.db", "sqlite:///{home}/rdv.db"),
        ("sqlite:////srv/rdv.db", "sqlite:////srv/rdv.db"),
        ("postgresql://rdv@db/town", "postgresql+psycopg://rdv@db/town"),
        ("postgres://rdv@db/town", "postgresql+psycopg://rdv@db/town"),
    ],
)
def test_a_database_is_a_path_or_an_address(alone: Path, database: str, url: str) -> None:
    given: dict[str, Any] = {"database": database}
    assert Settings(**given).database_url == url.format(home=alone / "home")


def test_a_frozen_clock_stands_still_at_the_local_time_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDV_NOW", "2017-04-04T16:35")
    clock = load().clock()
    assert clock() == clock() == datetime(2017, 4, 4, 14, 35, tzinfo=UTC)
    monkeypatch.setenv("RDV_ZONE", "Indian/Reunion")
    assert load().clock()() == datetime(2017, 4, 4, 12, 35, tzinfo=UTC)
    monkeypatch.setenv("RDV_NOW", "2017-04-04T16:35+00:00")
    assert load().clock()() == datetime(2017, 4, 4, 16, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("21:00-08:00", (time(21), time(8))), ("12:30 - 14:00", (time(12, 30), time(14))), ("", None)],
)
def test_n3_quiet_hours_are_two_times_of_the_day_or_none(
    monkeypatch: pytest.MonkeyPatch, text: str, hours: tuple[time, time] | None
) -> None:
    assert load().quiet == (time(21), time(8)), "unless told"
    monkeypatch.setenv("RDV_QUIET_HOURS", text)
    assert load().quiet == hours


def test_whom_messages_come_from_has_a_name_and_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDV_MAIL_FROM", '"Mairie, accueil" <rdv@example.org>')
    assert load().sender == ("Mairie, accueil", "rdv@example.org")
    monkeypatch.setenv("RDV_MAIL_FROM", "rdv@example.org")
    assert load().sender == ("", "rdv@example.org")
