"""What services, desks, places and types share: labels, dependents and the right to configure (C1, C2, C7, C8, G1)."""

from typing import Any

import pytest

from rdv.engine.booking import appointments, journal
from rdv.engine.setup import agents, closures, counters, desks, places, services, types
from rdv.terms import Conflict, Invalid, NotAllowed, NotFound, Refused, Right, SlotStatus
from tests.conftest import Make

LABELLED = [
    (services.add_service, services.set_service, services.remove_service, services.list_services, "service"),
    (desks.add_desk, desks.set_desk, desks.remove_desk, desks.list_desks, "desk"),
    (places.add_place, places.set_place, places.remove_place, places.list_places, "place"),
    (types.add_type, types.set_type, types.remove_type, types.list_types, "type"),
]
each_kind = pytest.mark.parametrize(
    ("add", "change", "remove", "listed", "kind_of"), LABELLED, ids=[one[4] for one in LABELLED]
)


def labels(make: Make, listed: Any) -> list[str]:
    return [one.label for one in make.do(listed)]


@each_kind
def test_c1_c2_c7_what_has_a_label_is_added_renamed_listed_and_removed(
    make: Make, add: Any, change: Any, remove: Any, listed: Any, kind_of: str
) -> None:
    for label in ("Zeta", "  État   civil ", "alpha"):
        make.do(add, label=label)
    assert labels(make, listed) == ["alpha", "État civil", "Zeta"], "as an index sorts them"
    make.do(change, **{kind_of: "etat-CIVIL"}, label="Naissances")
    make.do(remove, **{kind_of: "zeta"})
    assert labels(make, listed) == ["alpha", "Naissances"]
    told = [(e.action, e.facts.get("label")) for e in make.do(journal.read_journal, subject=kind_of)]
    assert (f"{kind_of}.remove", "Zeta") in told
    assert f"{kind_of}.set" in [action for action, _ in told]


@each_kind
def test_two_of_a_kind_never_have_the_same_label_whatever_case_and_accents(
    make: Make, add: Any, change: Any, remove: Any, listed: Any, kind_of: str
) -> None:
    make.do(add, label="État civil")
    make.do(add, label="Accueil")
    for attempt in (
        lambda: make.do(add, label="ETAT CIVIL"),
        lambda: make.do(change, **{kind_of: 2}, label="etat-civil"),
    ):
        with pytest.raises(Conflict) as told:
            attempt()
        assert told.value.error == "label_taken"
        assert told.value.facts["kind"] == kind_of
    assert labels(make, listed) == ["Accueil", "État civil"]
    make.do(change, **{kind_of: "etat civil"}, label="ÉTAT CIVIL")
    assert "ÉTAT CIVIL" in labels(make, listed), "its own label may be written otherwise"


@each_kind
@pytest.mark.parametrize(
    ("label", "error"), [("", "label_empty"), ("  \u00a0", "label_empty"), ("\u0301", "label_empty"),
                         ("a\x1b[2Jb", "label_empty"), ("x" * 121, "label_long")],
)  # fmt: skip
def test_a_label_that_nobody_could_read_is_invalid(
    make: Make, add: Any, change: Any, remove: Any, listed: Any, kind_of: str, label: str, error: str
) -> None:
    with pytest.raises(Invalid) as told:
        make.do(add, label=label)
    assert told.value.error == error
    assert labels(make, listed) == []


@each_kind
def test_what_is_not_there_cannot_be_changed_or_removed(
    make: Make, add: Any, change: Any, remove: Any, listed: Any, kind_of: str
) -> None:
    make.do(add, label="Accueil")
    for attempt in (lambda: make.do(change, **{kind_of: "Acueil"}, label="X"), lambda: make.do(remove, **{kind_of: 7})):
        with pytest.raises(NotFound) as told:
            attempt()
        assert told.value.facts["kind"] == kind_of
    assert labels(make, listed) == ["Accueil"]


def test_c7_a_desk_counts_the_counters_that_share_it(make: Make) -> None:
    make.do(desks.add_desk, label="Poste 1")
    make.town("Guichet 1", "Guichet 2", desk="Poste 1")
    make.do(counters.remove_counter, counter="Guichet 2")
    assert [(desk.label, desk.used_by) for desk in make.do(desks.list_desks)] == [("Poste 1", 1)]


def test_g1_a_service_counts_its_agents(make: Make) -> None:
    make.do(services.add_service, label="Accueil")
    for login in ("lea", "max"):
        make.agent(login, (Right.APPOINTMENTS,), ("Accueil",))
    make.do(agents.remove_agent, agent="max")
    assert [(one.label, one.used_by) for one in make.do(services.list_services)] == [("Accueil", 1)]


def refusal(make: Make, function: Any, **given: Any) -> dict[str, tuple[str, ...]]:
    """Return the dependents that the refusal lists."""
    with pytest.raises(Refused) as told:
        make.do(function, **given)
    assert (told.value.error, told.value.rule) == ("in_use", "C8")
    dependents = told.value.facts["dependents"]
    assert isinstance(dependents, dict)
    return dependents


def test_c8_what_others_depend_on_is_kept_and_they_are_named(make: Make) -> None:
    make.do(services.add_service, label="Accueil")
    make.do(desks.add_desk, label="Poste 1")
    make.town("Guichet 1", "Guichet 2", desk="Poste 1")
    make.do(types.set_type, type="citoyennete", services=["Accueil"])
    make.agent("lea", (Right.APPOINTMENTS,), ("Accueil",))
    make.do(closures.add_closure, label="Travaux", first="2017-08-01", place="mairie principale")
    both = ("Guichet 1", "Guichet 2")
    assert refusal(make, services.remove_service, service="Accueil") == {"agent": ("lea",), "type": ("Citoyenneté",)}
    assert refusal(make, desks.remove_desk, desk="Poste 1") == {"counter": both}
    assert refusal(make, types.remove_type, type="Citoyenneté") == {"counter": both}
    assert refusal(make, places.remove_place, place="Mairie principale") == {"counter": both, "closure": ("Travaux",)}
    assert make.status("Guichet 1", "2017-04-06T09:00") is SlotStatus.FREE


def test_c8_what_history_remembers_is_kept_after_its_counters_are_gone(make: Make) -> None:
    make.town()
    card = make.book("Guichet 1", "2017-04-06T09:00")
    make.do(appointments.cancel, appointments=[card.id])
    make.do(counters.remove_counter, counter="Guichet 1")
    assert refusal(make, types.remove_type, type="Citoyenneté") == {"appointment": (str(card.id),)}
    assert refusal(make, places.remove_place, place="Mairie principale") == {"appointment": (str(card.id),)}
    assert make.do(appointments.show_appointment, appointment=card.id).card.counter == "Guichet 1"


def test_c8_what_nothing_needs_any_more_can_go(make: Make) -> None:
    make.do(services.add_service, label="Accueil")
    make.do(desks.add_desk, label="Poste 1")
    make.town(desk="Poste 1")
    make.do(types.set_type, type="Citoyenneté", services=["Accueil"])
    lea = make.agent("lea", (Right.COUNTERS,), ("Accueil",))
    make.do(counters.remove_counter, counter="Guichet 1", by=lea)
    make.do(types.remove_type, type="Citoyenneté")
    make.do(agents.remove_agent, agent="lea")
    for function, given in (
        (services.remove_service, {"service": 1}),
        (desks.remove_desk, {"desk": 1}),
        (places.remove_place, {"place": 1}),
    ):
        make.do(function, **given)
    assert [make.do(listed) for _, _, _, listed, _ in LABELLED] == [[], [], [], []]


@each_kind
def test_g1_only_those_who_configure_may_change_it(
    make: Make, add: Any, change: Any, remove: Any, listed: Any, kind_of: str
) -> None:
    make.do(add, label="Accueil")
    lea = make.agent("lea", (Right.COUNTERS, Right.APPOINTMENTS))
    for function, given in ((add, {"label": "X"}), (change, {kind_of: 1, "label": "X"}), (remove, {kind_of: 1})):
        with pytest.raises(NotAllowed):
            make.do(function, by=lea, **given)
    assert labels(make, listed) == ["Accueil"]
    assert [one.label for one in make.do(listed, by=lea)] == ["Accueil"], "reading is for every agent"
