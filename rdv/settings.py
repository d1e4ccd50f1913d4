"""Settings: environment variables `RDV_*`, then `rdv.toml`, then defaults. The table is in docs/administrators.md."""

import getpass
from datetime import UTC, datetime, time
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from rdv import paths
from rdv.terms import Clock, Invalid
from rdv.tokens import kept_secret

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Host names of this machine."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as problem:  # no such zone, or not a path of the zone database
        raise ValueError(name) from problem
    return name


def _sender(text: str) -> str:
    if "@" not in parseaddr(text)[1]:
        raise ValueError(text)
    return text


def _hours(text: str) -> str:
    if text:
        _times(text)
    return text


def _times(text: str) -> tuple[time, time]:
    """Parse « 21:00-08:00 » as two times of day. Raise ValueError otherwise."""
    begin, end = text.split("-")
    return time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())


def _none_is_never(given: object) -> object:
    return 0 if given == "" else given


def database_url(text: str) -> str:
    """Return a database as a SQLAlchemy URL; a bare path is a SQLite file."""
    if "://" not in text:
        return f"sqlite:///{Path(text).expanduser()}"
    head, tail = text.split("://", 1)
    return f"postgresql+psycopg://{tail}" if head in ("postgres", "postgresql") else text


def _leaves(url: str | None) -> bool:
    """Return True if messages sent through this address leave the machine."""
    return bool(url) and not str(url).startswith("file:") and urlsplit(url).hostname not in LOOPBACK


class Settings(BaseSettings):
    """All settings, one a field."""

    model_config = SettingsConfigDict(env_prefix="RDV_", extra="ignore")

    database: str = Field(default_factory=lambda: str(paths.data_folder() / "rdv.db"))
    replica: str | None = None
    pool: Annotated[int, Field(ge=1, le=500)] | None = None
    statement_seconds: Annotated[int, Field(ge=0)] | None = None
    agent: str = Field(default_factory=getpass.getuser)
    lang: Literal["fr", "en"] = "fr"
    now: datetime | None = None
    zone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Paris"
    country: str = "FR"
    mail_url: str = Field(default_factory=lambda: f"file:{paths.data_folder() / 'outbox'}")
    mail_from: Annotated[str, AfterValidator(_sender)] | None = None
    sms_url: str | None = None
    quiet_hours: Annotated[str, AfterValidator(_hours)] = "21:00-08:00"
    templates: Path | None = None
    portal_url: str = "http://127.0.0.1:8000"
    portal_proxies: str = ""
    portal_limits: Annotated[float, Field(ge=0)] = 1.0
    town: str = ""
    town_logo: Path | None = None
    town_colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#1f5a8a"
    town_contact: str = ""
    oidc_issuer: str | None = None
    oidc_client: str = ""
    oidc_secret: str = ""
    oidc_label: str = "FranceConnect"
    oidc_scopes: str = "openid email profile"
    oidc_acr: str = ""
    retention_months: Annotated[int, BeforeValidator(_none_is_never), Field(ge=0, le=1200)] = 0
    secret: str | None = None
    sign_in: Literal["password", "system"] = "password"
    lock_minutes: int = Field(default=15, ge=0)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, then the environment, then `rdv.toml`."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, paths.config_file())

    @property
    def database_url(self) -> str:
        """Return the database as a SQLAlchemy URL; a bare path is a SQLite file."""
        return database_url(self.database)

    @property
    def replica_url(self) -> str | None:
        """Return the URL of the read replica, whose answers may be seconds old, or None."""
        return database_url(self.replica) if self.replica else None

    @property
    def seal(self) -> str:
        """Return the secret that signs sessions and links: as set, else generated once and stored next to the data."""
        if self.secret:
            return self.secret
        beside = Path(self.database).expanduser().parent if "://" not in self.database else paths.data_folder()
        return kept_secret(beside / "rdv.secret")

    @property
    def sender(self) -> tuple[str, str]:
        """Return the sender of messages: as set, else the account of the mail server, else this machine."""
        if self.mail_from:
            return parseaddr(self.mail_from)
        user = unquote(urlsplit(self.mail_url).username or "")
        return "", user if "@" in user else "rdv@localhost"

    @property
    def told_portal(self) -> str:
        """Return the portal's address for messages about appointments. Empty without a portal, and if the address
        leads to this machine while messages leave it.
        """
        is_here = urlsplit(self.portal_url).hostname in LOOPBACK
        return "" if is_here and (_leaves(self.mail_url) or _leaves(self.sms_url)) else self.portal_url

    @property
    def quiet(self) -> tuple[time, time] | None:
        """Return the times of day between which no SMS is sent, or None."""
        return _times(self.quiet_hours) if self.quiet_hours else None

    def clock(self) -> Clock:
        """Return the real clock, or one frozen by `RDV_NOW` at a local time."""
        if self.now is None:
            return lambda: datetime.now(UTC)
        frozen = self.now if self.now.tzinfo else self.now.replace(tzinfo=ZoneInfo(self.zone))
        return lambda: frozen


def load() -> Settings:
    """Load the settings in force.

    Raises Invalid with the name of a setting that cannot be read.
    """
    try:
        return Settings()
    except ValidationError as problem:
        first = problem.errors()[0]
        raise Invalid("setting", name=f"RDV_{str(first['loc'][0]).upper()}", value=first["input"]) from None
    except ValueError as problem:  # rdv.toml is not valid TOML
        raise Invalid("settings_file", path=str(paths.config_file()), problem=str(problem)) from None
