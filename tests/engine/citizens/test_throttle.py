"""How often something may be tried on the portal (P8)."""

from rdv.engine.citizens import throttle
from rdv.terms import VISITOR, Refused
from tests.conftest import FrozenClock, Make


def spend(make: Make, **who: str) -> bool:
    try:
        make.office.run(throttle.spend, VISITOR, what="link", **who)
    except Refused as problem:
        assert problem.error == "too_often"
        assert 0 < int(str(problem.facts["minutes"])) <= 60
        return False
    return True


def test_p8_an_account_has_so_many_tries_and_then_waits(make: Make, clock: FrozenClock) -> None:
    most = throttle.LIMITS["link"].account
    assert [spend(make, account="Lea@example.org") for _ in range(most)] == [True] * most
    assert not spend(make, account="lea@example.org")
    assert spend(make, account="max@example.org")
    clock.advance(minutes=59)
    assert not spend(make, account="lea@example.org")
    clock.advance(minutes=1)
    assert spend(make, account="lea@example.org")


def test_p8_an_address_has_more_tries_whatever_the_account(make: Make) -> None:
    most = throttle.LIMITS["link"].address
    assert all(spend(make, account=f"{n}@example.org", address="192.0.2.1") for n in range(most))
    assert not spend(make, account="x@example.org", address="192.0.2.1")
    assert spend(make, account="x@example.org", address="192.0.2.2")


def test_p8_no_address_is_kept_and_what_is_over_is_removed(make: Make, clock: FrozenClock) -> None:
    spend(make, account="lea@example.org", address="192.0.2.1")
    rows = make.rows("SELECT what, who, tries FROM attempt")
    assert len(rows) == 2
    assert "lea" not in str(rows) and "192.0.2.1" not in str(rows)
    clock.advance(hours=2)
    spend(make, address="192.0.2.9")
    assert len(make.rows("SELECT who FROM attempt")) == 1


def test_p8_the_settings_stretch_the_limits_or_lift_them(make: Make) -> None:
    make.office.settings.portal_limits = 0.2
    assert spend(make, account="lea@example.org")
    assert not spend(make, account="lea@example.org")
    make.office.settings.portal_limits = 0
    assert all(spend(make, account="lea@example.org") for _ in range(9))
