"""The model of a national service: queues, towns and shards, as pure functions."""

import math

import numpy as np
import pytest

from bench.costs import Cost, Costs
from bench.national import LARGEST, Demand, busiest_share, outlooks, rush, town_sizes, waits

COSTS = Costs(Cost(0.02, 0.004), Cost(0.02, 0.006), Cost(0.01, 0.002), 1_500)
SMALL = Demand(towns=2_000, inhabitants=8e6)


def dice() -> np.random.Generator:
    return np.random.default_rng(7)


def test_nobody_waits_before_enough_servers_and_everybody_in_turn_before_one() -> None:
    assert list(waits([0, 0, 0], [5, 5, 5], 3)) == [0, 0, 0]
    assert list(waits([0, 0, 0], [5, 5, 5], 1)) == [0, 5, 10]
    assert list(waits([0, 1, 9], [5, 5, 5], 1)) == [0, 4, 1]
    assert list(waits([0, 0, 1], [2, 6, 1], 2)) == [0, 0, 1]


def test_the_queue_waits_as_long_as_theory_says() -> None:
    """One server, arrivals and services at random, busy for half of the time: the mean wait is one mean service."""
    chance = dice()
    arrivals = np.cumsum(chance.exponential(2.0, 200_000))
    assert waits(arrivals, chance.exponential(1.0, 200_000), 1).mean() == pytest.approx(1.0, rel=0.05)


def test_towns_are_as_many_and_hold_as_many_as_assumed() -> None:
    demand = Demand()
    sizes = town_sizes(demand, dice())
    assert len(sizes) == demand.towns
    assert sizes.sum() == pytest.approx(demand.inhabitants)
    assert list(sizes[: len(LARGEST)]) == list(LARGEST)
    assert np.median(sizes) == pytest.approx(demand.median_town, rel=0.15)


def test_a_shard_never_has_less_than_its_part_nor_less_than_the_largest_town() -> None:
    sizes = town_sizes(Demand(), dice())
    assert busiest_share(sizes, 1, dice()) == pytest.approx(1)
    shares = [busiest_share(sizes, shards, dice()) for shards in (2, 8, 32, 10_000)]
    assert all(share >= 1 / shards for share, shards in zip(shares, (2, 8, 32, 10_000), strict=True))
    assert shares[-1] >= LARGEST[0] / sizes.sum()


def test_twice_the_work_makes_processors_twice_as_busy_and_waits_longer() -> None:
    busy, wait = rush(SMALL, COSTS, 1.0, dice())
    twice_busy, twice_wait = rush(Demand(towns=2_000, inhabitants=16e6), COSTS, 1.0, dice())
    assert twice_busy == pytest.approx(2 * busy, rel=0.1)
    assert twice_wait >= wait
    expected = SMALL.rushing * (15 * 0.004 + 0.006 + 3 * 0.002) * (1 - math.exp(-1)) / (300 * SMALL.cores)
    assert busy == pytest.approx(expected, rel=0.1)


def test_the_same_seed_gives_the_same_table_and_more_shards_are_less_busy() -> None:
    lines = list(outlooks(SMALL, COSTS))
    assert lines == list(outlooks(SMALL, COSTS))
    assert [one.shards for one in lines] == [1, 2, 4, 8, 16, 32]
    assert lines[0].growth == pytest.approx(SMALL.a_year * COSTS.bytes)
    assert lines[-1].utilisation < lines[0].utilisation
    assert all(one.connections == 14 * one.portals for one in lines)
