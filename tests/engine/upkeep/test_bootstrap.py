"""Making a database ready: founded once, rehearsed without a trace, copied whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rdv.engine.booking import journal
from rdv.engine.office import Office
from rdv.engine.setup import agents, services
from rdv.engine.town.apply import apply_town
from rdv.engine.upkeep import bootstrap
from rdv.settings import Settings
from rdv.store.session import SCHEMA, Database
from rdv.terms import Actor, Broken, NotAllowed, Refused, Right
from tests.conftest import FrozenClock, Make
from tests.databases import Databases
from tests.towns import declared, everything, example


@pytest.fixture
def nothing(databases: Databases, kind: str, clock: FrozenClock) -> Iterator[Office]:
    """Return an office over a database that does not exist yet."""
    with databases.fresh(kind, migrated=False) as database:
        yield Office(database, clock, Settings.model_construct(agent="alice", mail_url="file:unused"))


def test_g1_founding_makes_the_database_and_its_first_administrator(nothing: Office) -> None:
    assert nothing.database.schema() is None
    assert bootstrap.add_first_agent(nothing)
    assert nothing.database.schema() == SCHEMA
    (alice,) = Make(nothing).do(agents.list_agents)
    assert (alice.login, alice.rights, alice.has_password) == ("alice", tuple(Right), False)
    (line,) = Make(nothing).do(journal.read_journal)
    assert (line.action, line.actor_kind, line.actor) == ("agent.add", "job", "init")


def test_founding_twice_changes_nothing(nothing: Office) -> None:
    bootstrap.add_first_agent(nothing)
    Make(nothing).do(services.add_service, label="Accueil")
    before = everything(nothing.database)
    assert not bootstrap.add_first_agent(nothing)
    assert everything(nothing.database) == before


def test_g1_nobody_makes_himself_the_first_administrator(make: Make) -> None:
    for actor in (make.office.me, Actor.agent("nobody")):
        with pytest.raises(NotAllowed):
            make.do(agents.add_first_agent, by=actor, login="eve")


def test_upgrading_says_from_where_to_where(nothing: Office) -> None:
    assert bootstrap.upgrade(nothing) == (None, SCHEMA)
    assert bootstrap.upgrade(nothing) == (SCHEMA, SCHEMA)


def test_a_rehearsal_is_a_new_town_hall_and_leaves_no_trace(nothing: Office) -> None:
    with bootstrap.rehearsal(nothing) as empty:
        assert empty.database.url != nothing.database.url
        assert empty.clock() == nothing.clock()
        plan = empty.run(apply_town, empty.me, town=declared(example("mairie")))
        assert plan.changes
        file = empty.database.file
        assert file is not None and file.is_file()
    assert not file.parent.exists()
    assert nothing.database.schema() is None


def test_a_rehearsal_that_fails_leaves_no_trace_either(nothing: Office) -> None:
    with pytest.raises(Refused, match="x"), bootstrap.rehearsal(nothing) as empty:
        file = empty.database.file
        raise Refused("x")
    assert file is not None and not file.parent.exists()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_backup_is_the_whole_town_hall_in_one_file(make: Make, tmp_path: Path, clock: FrozenClock) -> None:
    make.do(apply_town, town=declared(example("mairie")))
    copy = tmp_path / "copy.db"
    bootstrap.backup(make.office, copy)
    database = Database(f"sqlite:///{copy}")
    assert everything(database) == everything(make.office.database)
    database.close()
    assert copy.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused) as told:
        bootstrap.backup(make.office, copy)
    assert told.value.error == "file_exists"


def test_a_database_that_is_not_there_is_not_copied(nothing: Office, tmp_path: Path) -> None:
    with pytest.raises(Broken) as told:
        bootstrap.backup(nothing, tmp_path / "copy")
    assert told.value.error == "database_absent"
    assert not (tmp_path / "copy").exists()
