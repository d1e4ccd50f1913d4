"""Half-open spans of time, as integers. Pure.

One shape serves instants (seconds since 1970, UTC) and wall-clock minutes of a day: `[start, end)` never holds
its end, so that spans that touch do not overlap.
"""

from collections.abc import Iterable
from itertools import pairwise

Span = tuple[int, int]
"""(start, end) of `[start, end)`, start < end."""


def overlap(one: Span, other: Span) -> bool:
    """Return True if the two spans share any time."""
    return one[0] < other[1] and other[0] < one[1]


def first_overlap(spans: Iterable[Span]) -> tuple[Span, Span] | None:
    """Return two spans that overlap, earliest first, or None."""
    return next(((a, b) for a, b in pairwise(sorted(spans)) if overlap(a, b)), None)
