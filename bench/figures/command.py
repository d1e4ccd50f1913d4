"""The command line as processes: the wait after Enter."""

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Figure, Goal, alternate, process
from bench.town import Town

RDV = str(Path(sys.executable).with_name("rdv"))


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Measure `rdv --help` and a week of one counter, against Python that does nothing and Python that imports
    SQLModel.
    """
    here = town.office.settings
    if town.office.database.is_sqlite:  # `--help` uses no database
        yield Figure(
            "rdv --help", "–", "python -c pass", Goal(12),
            alternate(process(RDV, "--help"), process(sys.executable, "-c", "pass"), runs=runs),
        )  # fmt: skip
    listing = process(
        RDV, "slot", "list", "--counter", "1", "--from", str(town.usual_monday),
        RDV_DATABASE=here.database, RDV_AGENT=here.agent,
    )  # fmt: skip
    importing = process(sys.executable, "-c", "import sqlmodel")
    pair = alternate(listing, importing, runs=runs)
    yield Figure("rdv slot list, one counter and week", town.where, 'python -c "import sqlmodel"', Goal(1.5), pair)
