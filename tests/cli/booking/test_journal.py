"""`rdv journal`: who did what to what, and when (G3)."""

import pytest

from tests.cli.conftest import Cli

LINE = {"id", "at", "actor_kind", "actor", "action", "subject", "subject_id", "facts"}


def test_g3_the_latest_entries_come_first_with_their_author_and_moment(cli: Cli) -> None:
    cli.json("appointment cancel 1", agent="lucie", now="2017-04-05T09:00")
    first, *rest = cli.json("journal")
    assert first.keys() == LINE
    assert (first["action"], first["actor"], first["actor_kind"]) == ("appointment.cancel", "lucie", "agent")
    assert (first["subject"], first["subject_id"], first["at"]) == ("appointment", 1, "2017-04-05T09:00:00+02:00")
    assert [line["id"] for line in rest] == sorted((line["id"] for line in rest), reverse=True)
    assert cli("journal --limit 1").rows == [
        ["When", "Who", "What", "Facts"],
        ["05/04/2017 09:00:00", "lucie", "appointment.cancel 1", "cancelled"],
    ]


@pytest.mark.parametrize(
    ("options", "actions"),
    [
        ("--actor lucie", {"slot.reserve"}),
        ("--action appointment.", {"appointment.cancel", "appointment.import"}),
        ("--subject appointment --number 1", {"appointment.cancel", "appointment.import"}),
        ("--from 2017-04-05 --to 2017-04-05", {"appointment.cancel"}),
        ("--from 2017-04-06", {"slot.reserve"}),
        ("--to 2017-04-03", set()),
        ("--limit 1", {"slot.reserve"}),
    ],
)
def test_g3_entries_are_found_by_author_action_thing_and_day(cli: Cli, options: str, actions: set[str]) -> None:
    cli.json("appointment cancel 1", now="2017-04-05T09:00")
    cli.json("slot reserve 1 2017-04-07T10:00", agent="lucie", now="2017-04-06T09:00")
    assert {line["action"] for line in cli.json(f"journal {options}")} == actions


def test_g3_reading_leaves_no_entry(cli: Cli) -> None:
    before = cli.everything()
    for line in ("journal", "slot list --from today", "partner list", "appointment list", "counter list"):
        cli.json(line)
    assert cli.everything() == before
