"""Saved searches: one's own and those of a service, kept as written and read again when run (Q1, Q2)."""

from typing import Any

import pytest

from rdv.engine.booking import appointments, partners
from rdv.engine.booking.searches import FILTERS, list_searches, remove_search, run_search, save_search
from rdv.engine.setup import agents, counters, services
from rdv.engine.views.appointments import Found, SearchView
from rdv.terms import Actor, Conflict, Invalid, NotAllowed, NotFound, RdvError, Refused, Right, Visibility
from tests.conftest import FrozenClock, Make

CIVIL = "Etat civil"


@pytest.fixture
def town(make: Make) -> Make:
    """Set up Guichet 1 and Guichet 2, two services with an agent each, and one agent in both."""
    make.town("Guichet 1", "Guichet 2")
    for label in (CIVIL, "Accueil"):
        make.do(services.add_service, label=label)
    make.agent("lucie", (Right.APPOINTMENTS,), (CIVIL,))
    make.agent("karim", (Right.APPOINTMENTS,), ("Accueil",))
    make.agent("ines", (Right.COUNTERS,), (CIVIL, "Accueil"))
    return make


LUCIE, KARIM, INES = (Actor.agent(login) for login in ("lucie", "karim", "ines"))


def save(make: Make, name: str, entry: str = "slots", *, by: Actor = LUCIE, **more: Any) -> SearchView:
    filters = {key.rstrip("_"): value for key, value in more.items() if key not in ("service", "replace")}
    options = {key: value for key, value in more.items() if key in ("service", "replace")}
    view = make.do(save_search, name=name, entry=entry, filters=filters, by=by, **options)
    assert isinstance(view, SearchView)
    return view


def run(make: Make, search: str | int, *, by: Actor = LUCIE, **more: Any) -> Found:
    found = make.do(run_search, search=search, by=by, **more)
    assert isinstance(found, Found)
    return found


def names(make: Make, by: Actor, **more: Any) -> list[str]:
    return [view.label for view in make.do(list_searches, by=by, **more)]


def refusal(make: Make, function: Any, **given: Any) -> RdvError:
    with pytest.raises(RdvError) as refused:
        make.do(function, **given)
    return refused.value


# Visibility


def test_q1_a_personal_search_is_seen_by_its_author_alone(town: Make) -> None:
    view = save(town, "Mes lundis", from_="lundi", days="1")
    assert view == SearchView(
        1, "Mes lundis", "slots", Visibility.PERSONAL, None, "lucie", {"from": "lundi", "days": "1"}
    )
    assert names(town, LUCIE) == ["Mes lundis"]
    assert names(town, INES) == names(town, KARIM) == names(town, town.office.me) == []
    for function in (run_search, remove_search):
        assert isinstance(refusal(town, function, search="Mes lundis", by=INES), NotFound)
        assert isinstance(refusal(town, function, search=1, by=town.office.me), NotFound)


def test_q1_a_search_of_a_service_is_seen_and_run_by_its_agents(town: Make) -> None:
    view = save(town, "A replanifier", "appointments", view="to-reschedule", service=CIVIL)
    assert (view.visibility, view.service) == (Visibility.SERVICE, CIVIL)
    assert names(town, LUCIE) == names(town, INES) == ["A replanifier"]
    assert names(town, KARIM) == []
    assert run(town, "a replanifier", by=INES).search == view
    assert isinstance(refusal(town, run_search, search="A replanifier", by=KARIM), NotFound)


def test_q1_one_saves_for_a_service_of_ones_own(town: Make) -> None:
    error = refusal(town, save_search, name="X", entry="slots", filters={}, service="Accueil", by=LUCIE)
    assert isinstance(error, NotAllowed)
    assert (error.error, error.facts) == ("service_of_others", {"agent": "lucie", "service": "Accueil"})


def test_q1_its_author_removes_it_or_who_configures(town: Make) -> None:
    for name in ("Une", "Deux"):
        save(town, name, service=CIVIL)
    error = refusal(town, remove_search, search="Une", by=INES)
    assert (error.error, error.facts["author"]) == ("search_of_another", "lucie")
    town.do(remove_search, search="Une", by=LUCIE)
    town.do(remove_search, search="Deux")
    assert names(town, LUCIE) == []


def test_who_left_the_service_still_has_what_he_or_she_saved(town: Make) -> None:
    save(town, "La mienne", service=CIVIL)
    town.do(agents.set_agent, agent="lucie", services=["Accueil"])
    assert names(town, LUCIE) == names(town, INES) == ["La mienne"]
    town.do(agents.set_agent, agent="ines", services=["Accueil"])
    assert names(town, INES) == []


def test_a_job_saves_none(town: Make) -> None:
    error = refusal(town, save_search, name="X", entry="slots", filters={}, by=Actor.job("worker"))
    assert isinstance(error, NotAllowed)


# Names


def test_q1_a_name_is_replaced_only_when_asked(town: Make) -> None:
    save(town, "Lundi", from_="lundi")
    error = refusal(town, save_search, name="  LUNDI ", entry="slots", filters={}, by=LUCIE)
    assert isinstance(error, Conflict)
    assert (error.error, error.facts) == ("search_taken", {"label": "Lundi"})
    again = save(town, "LUNDI", from_="lundi", days="1", service=CIVIL, replace=True)
    assert (again.id, again.label, again.service) == (1, "LUNDI", CIVIL)
    assert town.do(list_searches, by=LUCIE) == [again]


def test_a_name_is_free_for_another_agent_and_another_list(town: Make) -> None:
    save(town, "Lundi", from_="lundi")
    save(town, "Lundi", "appointments", from_="lundi")
    save(town, "Lundi", from_="lundi", by=KARIM, service="Accueil")
    assert names(town, LUCIE) == ["Lundi", "Lundi"]
    assert names(town, LUCIE, entry="slots") == ["Lundi"]
    error = refusal(town, run_search, search="lundi", by=LUCIE)
    assert (error.error, error.facts["candidates"]) == (
        "ambiguous",
        ("1 (Lundi, slots, lucie)", "2 (Lundi, appointments, lucie)"),
    )
    assert run(town, "Lundi", entry="appointments").search.id == 2
    assert run(town, 1).search.entry == "slots"


def test_ones_own_comes_before_that_of_a_service(town: Make) -> None:
    save(town, "Lundi", from_="lundi", service=CIVIL)
    save(town, "Lundi", from_="demain", by=INES)
    assert run(town, "Lundi", by=INES).search.author == "ines"
    assert run(town, "Lundi", by=LUCIE).search.author == "lucie"


def test_a_name_that_is_not_known_is_told_with_those_that_come_close(town: Make) -> None:
    save(town, "Lundi matin")
    error = refusal(town, run_search, search="lundi martin", by=LUCIE)
    assert (error.facts["kind"], error.facts["close"]) == ("search", ("Lundi matin",))


@pytest.mark.parametrize("name", ["", " ", "x" * 121, "a\x1bb"])
def test_a_name_can_be_read(town: Make, name: str) -> None:
    assert isinstance(refusal(town, save_search, name=name, entry="slots", filters={}, by=LUCIE), Invalid)


# Results


def test_q2_a_search_finds_what_its_list_finds(town: Make) -> None:
    town.book("Guichet 1", "2017-04-06T09:00", "BOIS Jules")
    town.book("Guichet 2", "2017-04-06T09:00", "AULAN Gilles")
    save(town, "Rdv", "appointments", counter=["guichet 1"], to="2017-04-07", partner="bois jules")
    save(town, "Créneaux", "slots", from_="2017-04-06", days="1", counter=["Guichet 2"], status=["booked", "held"])
    save(town, "Gens", "partners", text="gilles", limit="5")
    assert run(town, "Rdv").views == tuple(town.do(appointments.list_appointments, counters=["Guichet 1"], by=LUCIE))
    assert [slot.partners for slot in run(town, "Créneaux").views] == [("AULAN Gilles",)]
    assert run(town, "Gens").views == tuple(town.do(partners.find_partners, text="gilles"))


def test_q2_relative_days_are_read_again_when_it_is_run(town: Make, clock: FrozenClock) -> None:
    save(town, "Demain", "slots", from_="demain", days="1")
    save(town, "Lundi", "slots", from_="lundi", days="1")
    save(town, "Dès maintenant", "slots", days="1")

    def days() -> list[str]:
        found = [run(town, name).views[0] for name in ("Demain", "Lundi", "Dès maintenant")]
        return [f"{slot.starts_at:%d/%m}" for slot in found]

    assert days() == ["05/04", "10/04", "04/04"]
    clock.set("2017-04-12T10:00")
    assert days() == ["13/04", "17/04", "12/04"]


def test_every_filter_of_every_list_can_be_saved(town: Make) -> None:
    town.do(partners.add_partner, name="BOIS Jules")
    given = {
        "from": "today", "to": "+7j", "type": ["Citoyenneté"], "place": ["Mairie principale"],
        "counter": ["Guichet 1", "Guichet 2"], "service": [CIVIL], "view": "past-without-status", "all": "yes",
        "partner": "C000001", "days": "3", "status": ["free"], "text": "bois", "limit": "10",
    }  # fmt: skip
    for entry, known in FILTERS.items():
        save(town, entry, entry, **{f"{name}_": given[name] for name in known})
        assert run(town, entry).search.filters == {name: given[name] for name in known}


def test_the_filters_keep_no_name_of_a_partner(town: Make) -> None:
    town.do(partners.add_partner, name="BOIS Jules")
    assert save(town, "Jules", "appointments", partner="bois jules").filters == {"partner": "C000001"}


@pytest.mark.parametrize(
    ("entry", "filters", "error"),
    [
        ("slots", {"counter": ["Guichet 9"]}, "not_found"),
        ("slots", {"type": ["Mariage"]}, "not_found"),
        ("appointments", {"place": ["Gare"]}, "not_found"),
        ("appointments", {"service": ["Gare"]}, "not_found"),
        ("appointments", {"partner": "BOIS Jules"}, "not_found"),
        ("slots", {"from": "demain matin"}, "moment"),
        ("slots", {"from": "lundi 9:30"}, "day"),
        ("slots", {"from": "2017-04-06", "to": "2017-04-05"}, "period_backwards"),
        ("slots", {"days": "500"}, "period_long"),
        ("slots", {"days": "0"}, "search_value"),
        ("slots", {"status": ["libre"]}, "search_value"),
        ("appointments", {"view": "mine"}, "search_value"),
        ("partners", {"limit": "-1"}, "search_value"),
        ("partners", {"from": "today"}, "search_filter"),
        ("slots", {"partner": "BOIS Jules"}, "search_filter"),
        ("counters", {}, "usage_word"),
    ],
)
def test_what_cannot_be_run_is_not_saved(town: Make, entry: str, filters: dict[str, Any], error: str) -> None:
    assert refusal(town, save_search, name="X", entry=entry, filters=filters, by=LUCIE).error == error
    assert names(town, LUCIE) == []


def test_q2_a_counter_that_was_removed_since_is_told(town: Make) -> None:
    save(town, "Guichet", "slots", counter=["Guichet 2"])
    town.do(counters.remove_counter, counter="Guichet 2")
    error = refusal(town, run_search, search="Guichet", by=LUCIE)
    assert (error.error, error.facts["kind"], error.facts["ref"]) == ("not_found", "counter", "Guichet 2")
    town.do(remove_search, search="Guichet", by=LUCIE)


def test_g2_a_service_search_shows_no_comment_to_who_may_not_read_it(town: Make) -> None:
    town.book("Guichet 1", "2017-04-06T09:00", comment="entre nous")
    save(town, "Tous", "appointments", service=CIVIL)
    assert [card.comment for card in run(town, "Tous").views] == ["entre nous"]
    assert [card.comment for card in run(town, "Tous", by=INES).views] == [None]


def test_c8_a_service_with_searches_is_not_removed(town: Make) -> None:
    town.do(services.add_service, label="Mariages")
    town.agent("zoe", (Right.APPOINTMENTS,), ("Mariages",))
    save(town, "Samedi", by=Actor.agent("zoe"), service="Mariages")
    error = refusal(town, services.remove_service, service="Mariages")
    assert isinstance(error, Refused)
    assert error.facts["dependents"]["search"] == ("Samedi",)  # type: ignore[index]


def test_g3_saving_and_removing_are_in_the_journal(town: Make) -> None:
    save(town, "Lundi", from_="lundi", service=CIVIL)
    town.do(remove_search, search="Lundi", by=LUCIE)
    entries = town.rows(
        "SELECT actor, action, subject, subject_id FROM journal_entry WHERE subject = 'search' ORDER BY id"
    )
    assert entries == [("lucie", "search.save", "search", 1), ("lucie", "search.remove", "search", 1)]
