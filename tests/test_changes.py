"""What changed, in writing and back."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdv.changes import EVERYTHING, LONGEST, NOTHING, Changes, Part, read_changes

slots = st.frozensets(st.tuples(st.integers(1, 10**9), st.dates()), max_size=20)
changes = st.builds(Changes, slots, st.frozensets(st.sampled_from(Part)))


@given(changes)
def test_what_is_written_is_read_again(some: Changes) -> None:
    assert read_changes(some.written()) == some


@given(changes, changes)
def test_two_changes_together_hold_both(one: Changes, other: Changes) -> None:
    both = one | other
    assert both.slots == one.slots | other.slots and both.parts == one.parts | other.parts
    assert one | EVERYTHING == EVERYTHING | one == EVERYTHING
    assert one | NOTHING == one


@pytest.mark.parametrize("text", ["", " ", "12@2017-04-06 wishes", "12@yesterday", "x@2017-04-06", "- lists"])
def test_what_cannot_be_read_is_everything(text: str) -> None:
    assert read_changes(text) == EVERYTHING


def test_more_than_a_message_holds_is_everything() -> None:
    days = [date(2017, 4, 4) + timedelta(days=n) for n in range(LONGEST // 10)]
    assert read_changes(Changes(frozenset((1, day) for day in days)).written()) == EVERYTHING
