"""A town on PostgreSQL, and two transactions at once in it: no race is left to chance."""

import threading
from collections.abc import Callable, Iterator

import pytest

from rdv.engine.office import ANY_RIGHT, REGISTRY, UseCase, Work
from rdv.terms import RdvError
from tests.conftest import FrozenClock, Make, office_on
from tests.databases import Databases

Meanwhile = Callable[[Callable[[Work], object], Callable[[], object]], tuple[bool, object]]


@pytest.fixture
def pg_town(databases: Databases) -> Iterator[Make]:
    """Set up Guichet 1 and Guichet 2 on PostgreSQL, because SQLite has only one writer."""
    with databases.fresh("postgresql") as database:
        make = Make(office_on(database, FrozenClock()))
        make.town("Guichet 1", "Guichet 2")
        yield make


@pytest.fixture
def meanwhile(pg_town: Make, databases: Databases) -> Iterator[Meanwhile]:
    """Hold a transaction open while another call runs. Return whether that call waited, and its result."""
    waiting = (
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
        f"'{pg_town.office.database.url.database}'"
    )
    with pytest.MonkeyPatch.context() as patch:

        def run(inside: Callable[[Work], object], other: Callable[[], object]) -> tuple[bool, object]:
            outcome: list[object] = []

            def attempt() -> None:
                try:
                    outcome.append(other())
                except RdvError as problem:
                    outcome.append(problem)

            thread = threading.Thread(target=attempt)

            def hold(work: Work) -> bool:
                inside(work)
                thread.start()
                while thread.is_alive():
                    if databases.admin(waiting).fetchone():
                        return True
                return False

            patch.setitem(REGISTRY, hold, UseCase("test", ANY_RIGHT, True))
            waited = pg_town.do(hold)
            thread.join(20)
            return waited, outcome[0]

        yield run
