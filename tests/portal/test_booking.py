"""Booking on the portal, from the first page to the confirmation, with the back button and two tabs (P1–P4)."""

import re
from collections.abc import Callable

from rdv.engine.booking import appointments, slots
from rdv.engine.setup import places, types, weeks
from tests.citizens import letters, link_for, paris
from tests.conftest import FrozenClock, Make
from tests.portal.conftest import Visitor


def slot(wall: str, place: int = 1, type: int = 1) -> str:
    return f"{type}.{place}.{int(paris(wall).timestamp())}"


NINE, HALF, TEN = slot("2017-04-06T09:00"), slot("2017-04-06T09:30"), slot("2017-04-06T10:00")
WEEK = "/rendez-vous/nouveau?type=1"


def booked(make: Make) -> list[tuple[object, ...]]:
    return make.rows("SELECT status, count(*) FROM appointment GROUP BY status")


def test_p1_somebody_who_has_never_been_here_books_in_a_few_steps(visitor: Visitor, make: Make) -> None:
    visitor.get("/")
    assert "Citoyenneté" in visitor.text
    visitor.get(WEEK)
    assert visitor.values("creneau")[0] == slot("2017-04-05T09:00")
    visitor.post("/rendez-vous/nouveau", creneau=NINE)
    assert visitor.path == "/connexion"
    assert "Your slot is not held yet" in visitor.text
    [after] = set(visitor.values("suite")) - {"/connexion"}
    visitor.post("/connexion/lien", email="lea@example.org", suite=after.replace("&amp;", "&"))
    assert "lea@example.org" in visitor.text
    path, _ = link_for(make.office, "lea@example.org")
    visitor.get(path)
    visitor.post(path, nom="DURAND Léa", telephone="06 39 98 12 05", sms="1")
    assert "Is this your slot?" in visitor.text
    assert booked(make) == [] and make.rows("SELECT count(*) FROM claim") == [(0,)]
    visitor.post("/rendez-vous/nouveau", creneau=visitor.values("creneau")[0])
    assert visitor.path == "/rendez-vous/nouveau/choix"
    assert "Held for you until 16:50" in visitor.text
    visitor.post("/rendez-vous/nouveau/valider", tenu=visitor.values("tenu"), message="Bonjour")
    assert visitor.path == "/rendez-vous/1"
    assert "Your appointment is confirmed" in visitor.text
    assert booked(make) == [("planned", 1)]
    assert make.rows("SELECT channel FROM notice WHERE kind = 'confirmation' ORDER BY channel") == [
        ("email",),
        ("sms",),
    ]


def test_p3_three_slots_are_held_and_validated_together(lea: Visitor, make: Make) -> None:
    for one in (NINE, HALF, TEN):
        lea.post("/rendez-vous/nouveau", creneau=one)
    keys = [key for key in lea.values("tenu") if "-" in key]
    assert len(set(keys)) == 3
    lea.post("/rendez-vous/nouveau", creneau=slot("2017-04-06T11:00"))
    assert lea.page is not None and lea.page.status_code == 422
    assert "P1" in lea.text
    lea.post("/rendez-vous/nouveau/valider", tenu=sorted(set(keys)))
    assert lea.path == "/rendez-vous"
    assert booked(make) == [("planned", 3)]


def test_p3_a_double_click_two_tabs_and_the_back_button_book_once(lea: Visitor, make: Make) -> None:
    lea.post("/rendez-vous/nouveau", creneau=NINE)
    lea.post("/rendez-vous/nouveau", creneau=NINE)
    keys = sorted(set(lea.values("tenu")))
    assert len(keys) == 1
    for _ in range(2):
        lea.post("/rendez-vous/nouveau/valider", tenu=keys)
        assert lea.path == "/rendez-vous/1"
    lea.get("/rendez-vous/nouveau/choix")
    assert "You hold no slot" in lea.text
    assert booked(make) == [("planned", 1)]


def test_p2_a_slot_that_is_taken_off_is_free_for_others(lea: Visitor, visit: Callable[[], Visitor]) -> None:
    max_ = visit().sign_up("max@example.org", "MAX Tom")
    lea.post("/rendez-vous/nouveau", creneau=NINE)
    max_.post("/rendez-vous/nouveau", creneau=NINE, semaine="2017-04-03")
    assert max_.page is not None and max_.page.status_code == 409
    assert "Somebody has just taken the slot" in max_.text
    assert HALF in max_.values("creneau"), "the nearest are proposed"
    assert NINE not in max_.values("creneau")
    lea.post("/rendez-vous/nouveau/retirer", tenu=lea.values("tenu")[0])
    max_.post("/rendez-vous/nouveau", creneau=NINE)
    assert max_.path == "/rendez-vous/nouveau/choix"


def test_p2_p3_a_hold_that_ran_out_is_said_and_the_nearest_are_proposed(
    lea: Visitor, make: Make, clock: FrozenClock
) -> None:
    lea.post("/rendez-vous/nouveau", creneau=NINE)
    fields = {"tenu": lea.values("tenu")[0], "choix": lea.values("choix")[0]}
    clock.advance(minutes=16)
    lea.get("/rendez-vous/nouveau/choix")
    assert "The time to validate has run out" in lea.text
    assert NINE in lea.values("creneau"), "it is free still, and the nearest of all"
    make.book("Guichet 1", "2017-04-06T09:00")
    lea.post("/rendez-vous/nouveau/valider", **fields)
    assert lea.page is not None and lea.page.status_code == 409
    assert "The time to validate has run out" in lea.text and "Nothing was booked" in lea.text
    assert HALF in lea.values("creneau")
    assert make.rows("SELECT count(*) FROM appointment") == [(1,)]


def test_p4_only_what_is_public_is_reached(visitor: Visitor, make: Make) -> None:
    make.do(types.add_type, label="Cachée", public=False)
    for path in ("/rendez-vous/nouveau?type=2", "/rendez-vous/nouveau?type=99", "/rendez-vous/nouveau?creneau=2.1.1"):
        assert visitor.get(path).status_code in (400, 404), path


def test_p4_weeks_are_turned_within_the_horizon(visitor: Visitor, make: Make) -> None:
    make.do(types.set_type, type="Citoyenneté", horizon_days=8)
    visitor.get(WEEK)
    assert "Week before" not in visitor.text and "Week after" in visitor.text
    visitor.get(f"{WEEK}&semaine=2017-04-10")
    assert "Week before" in visitor.text and "Week after" not in visitor.text
    assert slot("2017-04-12T16:30") in visitor.values("creneau")
    assert slot("2017-04-13T09:00") not in visitor.values("creneau")


def test_a_town_without_free_slots_says_so(visitor: Visitor, make: Make) -> None:
    make.do(types.set_type, type="Citoyenneté", horizon_days=1)
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-05T09:00", to="2017-04-05T17:00")
    visitor.get(WEEK)
    assert "No slot is free for now" in visitor.text


def test_p5_a_citizen_changes_then_cancels(lea: Visitor, make: Make) -> None:
    lea.post("/rendez-vous/nouveau", creneau=NINE)
    lea.post("/rendez-vous/nouveau/valider", tenu=lea.values("tenu")[0])
    assert lea.get("/rendez-vous/1.ics").headers["content-type"].startswith("text/calendar")
    assert "SUMMARY:Citoyenneté" in lea.client.get("/rendez-vous/1.ics").text
    lea.get("/rendez-vous/1/changer")
    lea.post("/rendez-vous/1/changer", creneau=TEN)
    assert "Your appointment is changed" in lea.text and "10:00" in lea.text
    make.book("Guichet 1", "2017-04-06T11:00")
    lea.post("/rendez-vous/1/changer", creneau=slot("2017-04-06T11:00"))
    assert lea.page is not None and lea.page.status_code == 409
    lea.get("/rendez-vous/1/annuler")
    lea.post("/rendez-vous/1/annuler")
    assert "Your appointment is cancelled" in lea.text
    lea.post("/rendez-vous/1/annuler")
    assert "Your appointment is cancelled" in lea.text
    assert make.do(appointments.show_appointment, appointment=1).card.status == "cancelled"


def test_p6_the_banner_leads_straight_to_the_slots(lea: Visitor, make: Make) -> None:
    lea.post("/rendez-vous/nouveau", creneau=NINE)
    lea.post("/rendez-vous/nouveau/valider", tenu=lea.values("tenu")[0])
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-06T09:00")
    for page in ("/", "/rendez-vous"):
        lea.get(page)
        assert "has to be changed" in lea.text
        assert lea.page is not None and "/rendez-vous/1/changer" in lea.page.text
    lea.post("/rendez-vous/1/changer", creneau=TEN)
    lea.get("/rendez-vous")
    assert "has to be changed" not in lea.text


def test_p5_too_late_is_said_with_what_to_do(lea: Visitor, make: Make, clock: FrozenClock) -> None:
    lea.post("/rendez-vous/nouveau", creneau=NINE)
    lea.post("/rendez-vous/nouveau/valider", tenu=lea.values("tenu")[0])
    make.do(types.set_type, type="Citoyenneté", notice_hours=48)
    lea.post("/rendez-vous/1/annuler")
    assert lea.page is not None and lea.page.status_code == 422
    assert "too late" in lea.text
    assert len(letters(make.office, "lea@example.org")) == 1


def test_what_is_kept_of_the_free_slots_is_said_in_the_language_of_whoever_asks(visitor: Visitor, make: Make) -> None:
    for language, seen, others in (("en", "Thursday 6 April", "jeudi 6 avril"), ("fr", "jeudi 6 avril", "Thursday")):
        for _ in range(2):
            visitor.get(WEEK, headers={"accept-language": language})
            assert seen.lower() in visitor.text.lower() and others.lower() not in visitor.text.lower()
            assert NINE in visitor.values("creneau")


def test_p4_places_that_open_at_one_instant_show_their_own_clocks(visitor: Visitor, make: Make) -> None:
    make.do(places.add_place, label="Réunion", timezone="Indian/Reunion")
    make.do(weeks.add_week, label="Réunion", hours=[("Th 11:00-11:30", 30)])
    make.counter("Guichet 2", place="Réunion", week="Réunion", public=True)
    page = visitor.get(WEEK).text
    drawn = re.findall(r'value="([\d.]+)"><span class="visually-hidden">[^<]*</span>([\d:]+) <small>', page)
    instant = NINE.rpartition(".")[2]
    assert [(value, clock) for value, clock in drawn if value.endswith(instant)] == [
        (f"1.1.{instant}", "09:00"),
        (f"1.2.{instant}", "11:00"),
    ]
