"""The vocabulary: comparing labels and names as people do, and errors that carry facts."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rdv.terms import Actor, ActorKind, Broken, Conflict, Invalid, NotAllowed, NotFound, RdvError, Refused, fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("État civil", "etat civil"),
        ("ÉTAT  CIVIL ", "etat civil"),
        ("e\u0301tat\u00a0civil", "etat civil"),
        ("Saint-Étienne", "saint etienne"),
        ("L’Haÿ-les-Roses", "l'hay les roses"),
        ("Cœur d'Ævar", "coeur d'aevar"),
        ("GROSS STRASSE", "gross strasse"),
        ("Groß Straße", "gross strasse"),
        ("n° 2", "n° 2"),
        ("½", "1⁄2"),
        (" \t\n", ""),
        ("\u0301", ""),
    ],
)
def test_a_label_is_the_same_whatever_accents_case_hyphens_and_blanks(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
@example("－")  # wide forms are spread into what is folded in turn
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(codec="latin-1")))
def test_case_does_not_matter_in_the_languages_of_a_town_hall(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) or "µ" in text or "ÿ" in text.lower()


def test_an_error_carries_its_identifier_its_rule_and_its_facts() -> None:
    told = Refused("slot_suspended", rule="S3", counter="Guichet 1")
    assert (told.error, told.rule, told.facts) == ("slot_suspended", "S3", {"counter": "Guichet 1"})
    assert str(told) == "slot_suspended(counter='Guichet 1')"


@pytest.mark.parametrize("kind", [Invalid, Refused, Conflict, NotAllowed, NotFound, Broken])
def test_every_error_of_the_tree_is_caught_as_one_of_rdv(kind: type[RdvError]) -> None:
    with pytest.raises(RdvError):
        raise kind("x")


def test_an_actor_is_named_by_its_kind() -> None:
    assert Actor.agent("lea") == Actor(ActorKind.AGENT, "lea")
    assert Actor.job("init").kind is ActorKind.JOB
    assert Actor.agent("init") != Actor.job("init")
