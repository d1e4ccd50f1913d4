"""Spans against the minutes they hold."""

from hypothesis import given
from hypothesis import strategies as st

from rdv.engine.core.spans import Span, first_overlap, overlap

spans = st.tuples(st.integers(0, 40), st.integers(1, 10)).map(lambda pair: (pair[0], pair[0] + pair[1]))
several = st.lists(spans, max_size=8)


def held(*some: Span) -> set[int]:
    return {minute for start, end in some for minute in range(start, end)}


@given(spans, spans)
def test_spans_overlap_when_they_share_a_minute(one: Span, other: Span) -> None:
    assert overlap(one, other) == bool(held(one) & held(other))
    assert overlap(one, other) == overlap(other, one)


def test_spans_that_touch_do_not_overlap() -> None:
    assert not overlap((540, 720), (720, 1020))
    assert first_overlap([(720, 1020), (540, 720)]) is None


@given(several)
def test_an_overlap_is_found_when_a_minute_is_held_twice(some: list[Span]) -> None:
    found = first_overlap(some)
    assert (found is not None) == (len(held(*some)) < sum(end - start for start, end in some))
    if found:
        assert overlap(*found)
        assert set(found) <= set(some)
        assert found[0] <= found[1], "earliest first"


def test_the_first_overlap_is_the_earliest() -> None:
    assert first_overlap([(30, 40), (35, 45), (0, 10), (8, 12)]) == ((0, 10), (8, 12))
