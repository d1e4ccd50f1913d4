"""A plan of bulk rescheduling as a file that can be edited, kept and applied, whole or in part (I3).

JSON for scripts, CSV for a spreadsheet. Applying reads the appointment, the new counter (with its place, where two
places have one of that name) and the new start; the other columns are for people. A row that is taken out is not
applied.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rdv import date_input
from rdv.date_input import Moment
from rdv.engine.booking.rescheduling import Move
from rdv.engine.spreadsheets import cells as values
from rdv.engine.spreadsheets.columns import Column, Sheet
from rdv.engine.spreadsheets.reader import Cells, read_rows
from rdv.engine.spreadsheets.writer import as_csv
from rdv.engine.views.plans import ProposedMove, ReschedulePlan, Unplaced
from rdv.terms import Invalid, RdvError, fold

_COLUMNS = (
    Column(("rendez-vous", "appointment"), 12, lambda move: move.card.id),
    Column(("partenaire", "partner"), 28, lambda move: f"{move.card.partner.name} ({move.card.partner.code})"),
    Column(("type", "type"), 20, lambda move: move.card.type),
    Column(("ancien guichet", "old counter"), 20, lambda move: move.card.counter),
    Column(("ancien début", "old start"), 18, lambda move: move.card.starts_at),
    Column(("guichet", "counter"), 20, lambda move: move.counter),
    Column(("lieu", "place"), 24, lambda move: move.place),
    Column(("début", "start"), 18, lambda move: move.starts_at),
)
_READ = {"appointment": ("rendez vous", "appointment"), "counter": ("guichet", "counter"), "place": ("lieu", "place"),
         "start": ("debut", "start")}  # fmt: skip


def to_csv(plan: ReschedulePlan) -> bytes:
    """Return the moves of a plan for a spreadsheet, in the language spoken here."""
    return as_csv(Sheet(("Plan", "Plan"), _COLUMNS, plan.moves))


def to_json(plan: ReschedulePlan) -> dict[str, Any]:
    """Return a plan as JSON; times have the offset of the place."""
    return {
        "moves": [_move(move) for move in plan.moves],
        "unplaced": [unplaced(one) for one in plan.unplaced],
        "gap": plan.gap,
    }


def unplaced(one: Unplaced) -> dict[str, Any]:
    """Return an appointment without a new slot, and why, as JSON."""
    return {"appointment": one.appointment, "partner": one.card and one.card.partner.name, "why": one.why}


def _move(move: ProposedMove) -> dict[str, Any]:
    return {
        "appointment": move.card.id,
        "partner": {"code": move.card.partner.code, "name": move.card.partner.name},
        "type": move.card.type,
        "old_counter": move.card.counter,
        "old_starts_at": move.card.starts_at.isoformat(),
        "counter": move.counter,
        "place": move.place,
        "starts_at": move.starts_at.isoformat(),
        "ends_at": move.ends_at.isoformat(),
    }


def read_plan(content: bytes, *, name: str) -> list[Move]:
    """Return the moves of a plan file, JSON or CSV.

    Raises Invalid naming the first row that cannot be read, or an appointment that is there twice.
    """
    moves = _from_json(content, name) if content.lstrip()[:1] in (b"{", b"[") else _from_rows(content, name)
    seen: set[int] = set()
    for move in moves:
        if move.appointment in seen:
            raise Invalid("plan_twice", path=name, appointment=move.appointment)
        seen.add(move.appointment)
    return moves


def _from_json(content: bytes, name: str) -> list[Move]:
    try:
        document = json.loads(content)
        rows = document["moves"] if isinstance(document, dict) else document
        return [
            Move(
                int(row["appointment"]), str(row["counter"]), date_input.at(datetime.fromisoformat(row["starts_at"])),
                row.get("place"),
            )
            for row in rows
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Invalid("plan_unreadable", path=name, problem=str(problem)) from None


def _from_rows(content: bytes, name: str) -> list[Move]:
    rows = read_rows(content, name=name, count_heads=lambda cells: len(_heads(cells)))
    start = next((number for number, row in enumerate(rows) if len(_heads(row.cells)) >= 3), None)
    if start is None:
        raise Invalid("plan_unreadable", path=name, problem=", ".join(words[1] for words in _READ.values()))
    heads = _heads(rows[start].cells)
    return [_from_cells(row.cells, heads, name, row.number) for row in rows[start + 1 :]]


def _heads(cells: Cells) -> dict[str, int]:
    """Return where each column that is read stands."""
    names = [fold(str(cell or "")) for cell in cells]
    return {field: names.index(word) for field, words in _READ.items() for word in words if word in names}


def _from_cells(cells: Sequence[Any], heads: dict[str, int], name: str, number: int) -> Move:
    def cell(field: str) -> Any:
        position = heads.get(field, len(cells))
        return cells[position] if position < len(cells) else None

    try:
        start = values.moment(cell("start"))
        if not isinstance(start, Moment):
            raise Invalid("moment", text=str(start))
        place = cell("place")
        return Move(
            values.whole(cell("appointment")), values.text(cell("counter")), start, place and values.text(place)
        )
    except RdvError as problem:
        raise Invalid("plan_line", path=name, line=number, reason=problem) from problem
