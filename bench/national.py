"""`python -m bench.national`: a national service of 35,000 towns, by number of shards, on paper and by simulation.

Towns are spread over shards by hash. The morning rush at the busiest shard is simulated as a queue before the
processors of its PostgreSQL. The costs of a page, a booking and a message are measured (`--measure`) or taken from
docs/scaling.md. The demand is assumed, and every assumption is an option.
"""

import argparse
import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.costs import Cost, Costs, measured

Numbers = NDArray[np.float64]

SHARDS = (1, 2, 4, 8, 16, 32)
USUAL = Costs(
    page=Cost(0.0027, 0.0003), booking=Cost(0.0102, 0.0024), message=Cost(0.0056, 0.0052), bytes=2_400.0
)  # fmt: skip
"""Measured in a town of 10 counters that is full for three weeks (docs/scaling.md)."""

LARGEST = (2_100_000, 870_000, 520_000, 500_000, 350_000)
"""Inhabitants of the largest towns, rounded."""

BUSY = 0.6
"""The planned load of a processor in the rush."""

POOL = 14
"""The most connections of a portal process."""


@dataclass(frozen=True, slots=True)
class Demand:
    """The behaviour of citizens: assumptions, each an option of the command."""

    inhabitants: float = 68e6
    towns: int = 35_000
    median_town: float = 460.0
    appointments: float = 0.5  # per inhabitant and year, over all types
    days: int = 250  # opening days a year
    online: float = 0.7  # share of appointments taken on the portal
    rush: float = 0.15  # share of a day's bookings in the rush of eight o'clock
    minutes: float = 5.0  # their mean delay after eight
    pages: float = 15.0  # pages viewed per booking
    messages: float = 3.0  # per appointment
    peak: float = 1.0  # factor of a busy day
    cores: int = 8  # processors of the PostgreSQL of a shard

    @property
    def a_year(self) -> float:
        """Return the appointments a year."""
        return self.inhabitants * self.appointments

    @property
    def rushing(self) -> float:
        """Return the bookings of one day's rush in the whole country."""
        return self.a_year / self.days * self.online * self.rush * self.peak


@dataclass(frozen=True, slots=True)
class Outlook:
    """One line of the table: the load with so many shards."""

    shards: int
    share: float  # of all load, at the busiest shard
    utilisation: float  # of its processors in the first `minutes` of the rush
    wait: float  # 99th percentile of the waits there, in seconds
    growth: float  # bytes a year at the busiest shard
    portals: int  # portal processors for the busiest shard
    connections: int  # at the busiest shard


def town_sizes(demand: Demand, dice: np.random.Generator) -> Numbers:
    """Return the inhabitants of each town: the largest as they are, the others lognormal, with the right total."""
    others = demand.towns - len(LARGEST)
    rest = demand.inhabitants - sum(LARGEST)
    spread = math.sqrt(2 * math.log(rest / others / demand.median_town))
    drawn = dice.lognormal(math.log(demand.median_town), spread, others)
    return np.concatenate([np.array(LARGEST, dtype=np.float64), drawn * (rest / drawn.sum())])


def busiest_share(sizes: Numbers, shards: int, dice: np.random.Generator) -> float:
    """Return the share of all inhabitants at the busiest shard, with towns spread over shards by hash."""
    totals = np.bincount(dice.integers(shards, size=len(sizes)), weights=sizes, minlength=shards)
    return float(totals.max() / sizes.sum())


def waits(arrivals: Sequence[float] | Numbers, services: Sequence[float] | Numbers, servers: int) -> Numbers:
    """Return each wait in seconds, first come first served, before so many servers; arrivals in order."""
    free_at = [0.0] * servers
    found = np.empty(len(arrivals))
    for rank, (at, takes) in enumerate(zip(arrivals, services, strict=True)):
        begins = max(at, heapq.heappop(free_at))
        found[rank] = begins - at
        heapq.heappush(free_at, begins + takes)
    return found


def rush(demand: Demand, costs: Costs, share: float, dice: np.random.Generator) -> tuple[float, float]:
    """Simulate the morning at one shard. Return the load of its processors at first, and the 99th percentile of
    waits.
    """
    bookings = max(1, round(demand.rushing * share))
    kinds = (
        (costs.page.database, round(bookings * demand.pages)),
        (costs.booking.database, bookings),
        (costs.message.database, round(bookings * demand.messages)),
    )
    services = np.concatenate([dice.exponential(seconds, count) for seconds, count in kinds])
    arrivals = dice.exponential(demand.minutes * 60, len(services))
    order = np.argsort(arrivals)
    first = arrivals < demand.minutes * 60
    utilisation = services[first].sum() / (demand.minutes * 60 * demand.cores)
    return float(utilisation), float(np.quantile(waits(arrivals[order], services[order], demand.cores), 0.99))


def outlook(demand: Demand, costs: Costs, sizes: Numbers, shards: int, dice: np.random.Generator) -> Outlook:
    """Return the load with so many shards."""
    share = busiest_share(sizes, shards, dice)
    utilisation, wait = rush(demand, costs, share, dice)
    in_a_second = demand.rushing * share * (1 - math.exp(-1)) / (demand.minutes * 60)
    work = in_a_second * (costs.page.program * demand.pages + costs.booking.program)
    portals = math.ceil(work / BUSY)
    return Outlook(
        shards, share, utilisation, wait, growth=demand.a_year * share * costs.bytes, portals=portals,
        connections=portals * POOL,
    )  # fmt: skip


def outlooks(demand: Demand, costs: Costs, *, seed: int = 7) -> Iterator[Outlook]:
    """Return the lines of the table; the same seed gives the same towns and the same morning."""
    dice = np.random.default_rng(seed)
    sizes = town_sizes(demand, dice)
    for shards in SHARDS:
        yield outlook(demand, costs, sizes, shards, dice)


def main() -> None:
    """Print the costs, the demand and the table."""
    demand, costs = arguments()
    console = Console(width=120)
    kinds = (("page", costs.page), ("booking", costs.booking), ("message", costs.message))
    told = ", ".join(f"{name} {cost.program * 1e3:.1f} + {cost.database * 1e3:.1f} ms" for name, cost in kinds)
    console.print(f"Processor time, program + database: {told}; {costs.bytes:,.0f} bytes a booking.", highlight=False)
    console.print(
        f"{demand.a_year / 1e6:.0f} million appointments a year; {demand.rushing:,.0f} bookings and "
        f"{demand.rushing * demand.pages:,.0f} pages in the rush of a day.",
        highlight=False,
    )
    heads = ("shards", "busiest", "busy", "p99 wait", "growth a year", "portal processors", "connections")
    table = Table(*heads)
    for one in outlooks(demand, costs):
        table.add_row(
            str(one.shards), f"{one.share:.1%}", f"{one.utilisation:.0%}", f"{one.wait * 1e3:,.0f} ms",
            f"{one.growth / 1e9:,.1f} GB", str(one.portals), str(one.connections),
        )  # fmt: skip
    console.print(table)


def arguments() -> tuple[Demand, Costs]:
    """Parse the command line."""
    parser = argparse.ArgumentParser("python -m bench.national", description=__doc__)
    parser.add_argument("--measure", type=int, metavar="COUNTERS", help="measure the costs here, in such a town")
    usual = Demand()
    names = [field.name for field in fields(Demand)]
    for name in names:
        value = getattr(usual, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value, help=f"({value:g})")
    asked = parser.parse_args()
    demand = replace(usual, **{name: getattr(asked, name) for name in names})
    return demand, measured(asked.measure) if asked.measure else USUAL


if __name__ == "__main__":
    main()
