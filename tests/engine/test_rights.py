"""Who may do what: G1 and G2, without a database."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdv.engine.rights import Grants
from rdv.terms import Right

rights = st.frozensets(st.sampled_from(list(Right)))
services = st.frozensets(st.integers(1, 4))
right = st.sampled_from(list(Right))


@given(rights, services, right, services)
def test_g2_a_type_takes_the_right_and_one_of_its_services(
    held: frozenset[Right], member_of: frozenset[int], needed: Right, kept_to: frozenset[int]
) -> None:
    grants = Grants(held, member_of)
    assert grants.allow(needed) == (needed in held)
    assert grants.allow_on_type(needed, kept_to) == (needed in held and (not kept_to or bool(member_of & kept_to)))


@pytest.mark.parametrize(
    "allow", [lambda grants: grants.allow(Right.MODULE), lambda grants: grants.allow_on_type(Right.COUNTERS, {7})]
)
def test_g1_nobody_has_a_right_by_default_but_the_program_itself_has_all(allow: Callable[[Grants], bool]) -> None:
    assert not allow(Grants())
    assert allow(Grants(unlimited=True))


def test_g2_no_right_stands_in_for_another() -> None:
    everything_else = Grants(frozenset({Right.MODULE, Right.COUNTERS}), frozenset({1}))
    assert not everything_else.allow_on_type(Right.APPOINTMENTS, {1})
