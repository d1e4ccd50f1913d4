"""Places: their address and their time zone (C2, I2)."""

import pytest

from rdv.engine.setup import places
from rdv.terms import Invalid
from tests.conftest import Make


def test_c2_a_place_has_an_address_and_a_time_zone(make: Make) -> None:
    paris = make.do(places.add_place, label="Mairie", address=" 1 place de la Mairie ")
    assert (paris.address, paris.timezone) == ("1 place de la Mairie", "Europe/Paris")
    assert make.do(places.add_place, label="Antenne", timezone="America/Guadeloupe").timezone == "America/Guadeloupe"
    make.do(places.set_place, place="Mairie", address="2 rue Neuve")
    assert [place.address for place in make.do(places.list_places) if place.label == "Mairie"] == ["2 rue Neuve"]


@pytest.mark.parametrize("zone", ["Paris", "Europe/Pariss", "../etc/passwd", "/etc/localtime", "", "\x00"])
def test_c2_a_time_zone_that_does_not_exist_is_invalid(make: Make, zone: str) -> None:
    make.do(places.add_place, label="Mairie")
    with pytest.raises(Invalid) as told:
        make.do(places.set_place, place="Mairie", timezone=zone)
    assert told.value.error == "timezone"
    if zone:
        with pytest.raises(Invalid):
            make.do(places.add_place, label="Annexe", timezone=zone)
    assert [(place.label, place.timezone) for place in make.do(places.list_places)] == [("Mairie", "Europe/Paris")]


def test_c2_i2_another_time_zone_moves_the_slots_and_leaves_nobody_behind(make: Make) -> None:
    make.town()
    card = make.book("Guichet 1", "2017-04-06T09:00")
    make.book("Guichet 1", "2017-04-06T16:00", "AULAN Gilles")
    foreseen = make.do(places.set_place, place="Mairie principale", timezone="America/Guadeloupe", preview=True)
    impact = make.do(places.set_place, place="Mairie principale", timezone="America/Guadeloupe")
    assert impact == foreseen
    assert [one.id for one in impact.appointments] == [card.id], "16:00 in Paris is 10:00 there: that slot is still one"
    assert make.slot("Guichet 1", "2017-04-06T10:00").partners == ("AULAN Gilles",)
    assert make.do(places.set_place, place="Mairie principale", timezone="America/Guadeloupe").is_empty
