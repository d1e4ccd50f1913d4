"""A plan as a file that people edit: JSON and CSV, read back, whole or in part (I3)."""

import json

import pytest

from rdv.engine.booking import rescheduling, slots
from rdv.engine.exports.plans import read_plan, to_csv, to_json
from rdv.engine.views.plans import ReschedulePlan
from rdv.i18n import wording
from rdv.terms import Invalid
from tests.conftest import Make


@pytest.fixture
def plan(make: Make) -> ReschedulePlan:
    make.town("Guichet 1", "Guichet 2")
    for start, name in (("09:00", "BOIS Jules"), ("09:30", "=AULAN")):
        make.book("Guichet 1", f"2017-04-06T{start}", name)
    make.do(slots.suspend, counter="Guichet 1", start="2017-04-06", to="2017-04-06")
    found: ReschedulePlan = make.do(rescheduling.plan_moves)
    assert len(found.moves) == 2
    return found


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_i3_a_plan_reads_back_from_csv_as_french_excel_writes_it(
    plan: ReschedulePlan, make: Make, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDV_LANG", language)
    text = to_csv(plan).decode("utf-8-sig")
    assert "BOIS Jules" in text and ";=AULAN" not in text
    saved = text.replace("\r\n", "\n").encode("cp1252")
    outcome = make.do(rescheduling.apply_moves, moves=read_plan(saved, name="plan.csv"))
    assert [(card.id, card.counter, card.starts_at) for card in outcome.moved] == [
        (one.card.id, one.counter, one.starts_at) for one in plan.moves
    ]


def test_i3_a_plan_reads_back_from_json_edited_and_in_part(plan: ReschedulePlan, make: Make) -> None:
    document = to_json(plan)
    kept = document["moves"][1]
    document["moves"] = [kept | {"starts_at": "2017-04-07T11:00", "counter": "guichet 1"}]
    outcome = make.do(rescheduling.apply_moves, moves=read_plan(json.dumps(document).encode(), name="plan.json"))
    assert [(c.id, c.counter, f"{c.starts_at:%d %H:%M}") for c in outcome.moved] == [
        (kept["appointment"], "Guichet 1", "07 11:00")
    ]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "plan_unreadable"),
        (b"{", "plan_unreadable"),
        (b'{"moves": [{"appointment": 1}]}', "plan_unreadable"),
        (b'{"moves": [{"appointment": 1, "counter": "G", "starts_at": "25:00"}]}', "plan_unreadable"),
        (b"a;b;c\n1;2;3\n", "plan_unreadable"),
        (b"appointment;counter;start\n1;G;25:00\n", "plan_line"),
        (b"appointment;counter;start\nx;G;2017-04-07 11:00\n", "plan_line"),
        (b"appointment;counter;start\n1;G;2017-04-07 11:00\n1;G;2017-04-07 11:30\n", "plan_twice"),
    ],
)
def test_i3_a_file_that_is_no_plan_is_refused_by_name(content: bytes, error: str) -> None:
    with pytest.raises(Invalid) as told:
        read_plan(content, name="plan")
    assert told.value.error == error
    assert wording.sentence(told.value).startswith(("plan", "« plan »"))
