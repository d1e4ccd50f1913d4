"""Declared town halls for tests, and all that a database holds, to compare what was with what is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlmodel import SQLModel, select

from rdv import paths
from rdv.engine.town.declaration import Declaration, read_declaration
from rdv.i18n import wording
from rdv.store.session import Database

EXAMPLES = ("mairie", "france-services")


def example(name: str) -> str:
    """Return the text of a declared town hall that comes with the program."""
    return paths.example(name).read_text("utf-8")


def declared(text: str) -> Declaration:
    """Return the town hall that a text declares."""
    return read_declaration(text, name="mairie.toml")


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    with database.read() as session:
        return {
            name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)  # type: ignore[call-overload]
            for name, table in SQLModel.metadata.tables.items()
        }


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use a language during this part of a test."""
    before = wording._chosen.set(language)
    try:
        yield
    finally:
        wording._chosen.reset(before)
