"""The only module that prints: tables for people, JSON for scripts, diagnostics on standard error.

Stored text may come from anyone, so control characters never reach the terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rdv.cli import json_shapes
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import RdvError, SlotStatus

if TYPE_CHECKING:
    from rich.console import Console

    from rdv.engine.views.appointments import AppointmentCard, AppointmentFile, HistoryView, Impact, PartnerFile
    from rdv.engine.views.partners import PartnerCard
    from rdv.engine.views.plans import Plan, Rescheduled, ReschedulePlan, Unplaced
    from rdv.engine.views.slots import SlotView

Row = Sequence[object]


def document(value: Any) -> None:
    """Print one JSON document."""
    print(_json(value, indent=2))


def listing(
    views: Sequence[Any], as_json: bool, shape: Callable[[Any], Any], columns: Sequence[str], row: Callable[[Any], Row]
) -> None:
    """Print a list as JSON or as a table. Say on standard error if it is empty."""
    if as_json:
        document([shape(view) for view in views])
    elif views:
        table(columns, map(row, views))
    else:
        note(_("Nothing to show."))


def record(view: Any, as_json: bool, shape: Callable[[Any], Any], fields: Iterable[tuple[str, object]]) -> None:
    """Print one record as JSON or as a form."""
    if as_json:
        document(shape(view))
    else:
        form(fields)


def table(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Print a table."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        grid.add_row(*(Text(clean(wording.plain(fact))) for fact in row))
    console().print(grid)


def form(fields: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one pair a line."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for name, fact in fields:
        grid.add_row(Text(clean(name), style="bold"), Text(clean(wording.plain(fact))))
    console().print(grid)


def done(text: str, as_json: bool = False, value: Any = None) -> None:
    """Print the result of a command: a sentence, or JSON."""
    if as_json:
        document(value)
    else:
        console().print(clean(text), markup=False, highlight=False, soft_wrap=True)


def raw(text: str) -> None:
    """Print text unchanged, for a file or a pipe."""
    sys.stdout.write(text)


def binary(data: bytes) -> None:
    """Write bytes unchanged, for a pipe."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def note(text: str) -> None:
    """Print a line on standard error."""
    print(clean(text), file=sys.stderr)


def error(problem: RdvError, *, as_json: bool) -> None:
    """Print an error on standard error: a sentence and a hint, or JSON."""
    if as_json:
        print(_json(json_shapes.error(problem)), file=sys.stderr)
        return
    for text in (wording.sentence(problem), *_bad_lines(problem), wording.hint(problem)):
        if text:
            note(text)


def _bad_lines(problem: RdvError) -> Iterator[str]:
    """Yield the problem of each line of a file with its hint; a hint that repeats is printed once (B2)."""
    lines: Any = problem.facts.get("lines", ())
    advised: set[str] = set()
    for one in lines:
        where = _("line {line}", line=one.line) + (f", {one.column}" if one.column else "")
        repeats = one.error.error in advised and "close" not in one.error.facts
        advised.add(one.error.error)
        hint = "" if repeats else wording.hint(one.error)
        yield f"  {where} · {wording.sentence(one.error)} {hint}".rstrip()


def appointments(cards: Sequence[AppointmentCard], as_json: bool) -> None:
    """Print a list of appointments."""
    columns = [_("No."), _("When"), _("Counter"), _("Place"), _("Type"), _("Partner"), _("Status")]
    listing(
        cards,
        as_json,
        json_shapes.appointment,
        columns,
        lambda c: (c.id, c.starts_at, c.counter, c.place, c.type, f"{c.partner.name} ({c.partner.code})", c.status),
    )


def slots(views: Sequence[SlotView], as_json: bool) -> None:
    """Print a list of slots with their appointments."""
    columns = [_("Counter"), _("Place"), _("Start"), _("End"), _("Status"), _("Free"), _("Partner")]
    listing(
        views,
        as_json,
        json_shapes.slot,
        columns,
        lambda s: (s.counter, s.place, s.starts_at, f"{s.ends_at:%H:%M}", s.status, s.seats_free, s.partners),
    )


def partners(cards: Sequence[PartnerCard], as_json: bool) -> None:
    """Print a list of partners."""
    columns = [_("Code"), _("Name"), _("Phone"), _("E-mail"), _("Appointments")]
    listing(cards, as_json, json_shapes.partner, columns, lambda p: (p.code, p.name, p.phone, p.email, p.appointments))


def appointment(file: AppointmentFile, as_json: bool) -> None:
    """Print an appointment with its history, laid out as in the manual."""
    card = file.card
    fields: list[tuple[str, object]] = [
        (_("Counter"), f"{card.counter} ({card.place})"),
        (_("Type"), card.type),
        (_("Taken on"), f"{wording.day(card.taken_at)} {card.taken_at:%H:%M:%S}"),
        (_("Taken by"), wording.taker(card.taken_by)),
        (_("Day"), wording.day(card.starts_at)),
        (_("Start"), wording.clock(card.starts_at)),
        (_("End"), wording.clock(card.ends_at)),
        (_("Status"), card.status),
        (_("Arrived at"), card.arrived_at and wording.clock(card.arrived_at)),
        (_("Assigned to"), f"{card.partner.name} ({card.partner.code})"),
        (_("Phone"), card.partner.phone),
        (_("E-mail"), card.partner.email),
        (_("Comment"), card.comment),
    ]
    record(file, as_json, json_shapes.appointment_file, fields)
    if not as_json:
        journal(file.history, as_json)


def partner(file: PartnerFile, as_json: bool) -> None:
    """Print a partner's file: appointments grouped by type with their number, laid out as in the manual (A7)."""
    if as_json:
        document(json_shapes.partner_file(file))
        return
    card = file.card
    done(f"{card.name} ({card.code})")
    wanted = [name for name, wants in (("email", card.wants_email), ("sms", card.wants_sms)) if wants]
    messages = ", ".join([*map(wording.label, wanted), *([card.language] if card.language else [])])
    form([(_("Phone"), card.phone), (_("E-mail"), card.email), (_("Messages"), messages)])
    for group in file.groups:
        done(f"\n{group.type} ({group.count})")
        table(
            [_("Place"), _("Counter"), _("Date"), _("Status"), _("No.")],
            [(c.place, c.counter, f"{c.starts_at:%d/%m/%Y %H:%M:%S}", c.status, c.id) for c in group.appointments],
        )


def journal(lines: Sequence[HistoryView], as_json: bool) -> None:
    """Print journal entries as sentences."""
    columns = [_("When"), _("Who"), _("What"), _("Facts")]
    listing(
        lines,
        as_json,
        json_shapes.history,
        columns,
        lambda line: (
            f"{line.at:%d/%m/%Y %H:%M:%S}",
            line.actor,
            f"{line.action} {line.subject_id or ''}",
            wording.story(line.action, line.facts),
        ),
    )


def calendar(slots: Sequence[SlotView]) -> None:
    """Print slots as weeks: a table for each counter, days across and times down, one sign a status."""
    for _counter, of_counter in groupby(slots, key=lambda slot: slot.counter_id):
        seen = list(of_counter)
        days = sorted({slot.starts_at.date() for slot in seen})
        cells = {(_row(slot), slot.starts_at.date()): slot for slot in seen}
        times = sorted({time for time, day in cells})
        done(f"{seen[0].counter} · {seen[0].type} · {seen[0].place}")
        rows = [[time[0], *(_cell(cells.get((time, day))) for day in days)] for time in times]
        table(["", *(wording.short_day(day) for day in days)], rows)
    done("   ".join(wording.signed(status) for status in SlotStatus))


def _row(slot: SlotView) -> tuple[str, int]:
    """Return the row of a slot; an hour repeated by the autumn change has two rows (S7)."""
    return f"{slot.starts_at:%H:%M}", slot.starts_at.fold


def _cell(slot: SlotView | None) -> str:
    if slot is None:
        return " "
    sign = wording.SIGNS[slot.status]
    if slot.partners:
        return f"{sign} {', '.join(slot.partners)}"
    return sign if slot.status is SlotStatus.FREE else f"{sign} {wording.label(slot.status)}"


def impact(view: Impact, *, as_json: bool, done: bool) -> None:
    """Print the appointments that a change affects, or has affected (I1, I2)."""
    if as_json:
        document(json_shapes.impact(view))
        return
    touched(view)
    note(_("Done.") if done else _("Nothing was written."))


def touched(view: Impact) -> None:
    """Print the appointments of an impact with their contacts, the partners that no message can reach, and counts."""
    if view.appointments:
        columns = [_("No."), _("When"), _("Counter"), _("Partner"), _("Phone"), _("E-mail"), _("Status")]
        rows = [
            (
                c.id,
                c.starts_at,
                c.counter,
                f"{c.partner.name} ({c.partner.code})",
                c.partner.phone,
                c.partner.email,
                c.status,
            )
            for c in view.appointments
        ]
        table(columns, rows)
    if view.unreachable:
        names = _names(view.unreachable)
        note(_("No message can tell them, their file has no phone and no e-mail: {names}.", names=names))
    if not view.is_empty:
        counts = {"rescheduled": view.to_reschedule, "past": view.past_without_status, "holds": view.holds_dropped}
        note(_("To reschedule: {rescheduled} · past without status: {past} · holds dropped: {holds}", **counts))
    if view.freed:
        note(_("Slots freed: {count}", count=view.freed))
    if view.restored:
        note(_("Back on their slot: {names}", names=_names(view.restored)))
    if view.restorable:
        note(_("Could have their slot back with --restore: {names}", names=_names(view.restorable)))


def _names(cards: Sequence[AppointmentCard]) -> str:
    return ", ".join(f"{card.partner.name} ({card.id})" for card in cards)


def confirm_impact(view: Impact) -> bool:
    """Show the appointments that a change affects and ask whether to go on. Return False without a terminal."""
    touched(view)
    return confirm()


def confirm(question: str | None = None) -> bool:
    """Ask whether to go on. Return False without a terminal."""
    if not sys.stdin.isatty():
        return False
    question, choice = question or _("Go on?"), _("[y/N]")
    answer = input(f"{question} {choice} ")
    return answer.strip().casefold() in ("y", "yes", "o", "oui")


def reschedule_plan(view: ReschedulePlan, as_json: bool) -> None:
    """Show new slots, how close the plan is to the best possible one, and why others get none (I3)."""
    if as_json:
        document(json_shapes.reschedule_plan(view))
        return
    columns = [_("No."), _("Partner"), _("Type"), _("Old slot"), _("New slot"), _("Counter"), _("Place")]
    if view.moves:
        table(
            columns,
            [
                (m.card.id, m.card.partner.name, m.card.type, m.card.starts_at, m.starts_at, m.counter, m.place)
                for m in view.moves
            ],
        )
        note(_("New slots: {count}, {closeness}.", count=len(view.moves), closeness=wording.closeness(view.gap)))
    _unplaced(view.unplaced)
    if not view.moves and not view.unplaced:
        note(_("Nothing to show."))


def rescheduled(view: Rescheduled, as_json: bool, *, done: bool) -> None:
    """Print the result of moving many appointments: moved, slot taken by another booking, impossible to move."""
    if as_json:
        document(json_shapes.rescheduled(view))
        return
    note(_("Moved: {count}", count=len(view.moved)))
    _unplaced(view.refused)
    if view.again.moves or view.again.unplaced:
        note(_("Someone took the slot of these in the meantime; other slots for them:"))
        reschedule_plan(view.again, as_json=False)
    note(_("Done.") if done else _("Nothing was written."))


def _unplaced(some: Sequence[Unplaced]) -> None:
    for one in some:
        name = one.card.partner.name if one.card else "–"
        note(_("No slot for {number} ({name}): {why}.", number=one.appointment, name=name, why=one.why))


def plan(view: Plan, as_json: bool, *, done: bool) -> None:
    """Print the changes that applying a declared town hall makes, field by field (B3)."""
    if as_json:
        document(json_shapes.plan(view))
        return
    signs = {"added": "+", "changed": "~", "removed": "-"}
    for change in view.changes:
        raw(clean(f"{signs[change.action]} {wording.label(change.kind)} « {change.label} »") + "\n")
        if change.action != "changed":
            continue
        for name, (before, after) in change.fields.items():
            raw(clean(f"    {wording.label(name)}: {wording.plain(before)} → {wording.plain(after)}") + "\n")
    touched(view.impact)
    if not view.changes:
        note(_("Nothing to change."))
    else:
        note(_("Done.") if done else _("Nothing was written."))


def _json(value: Any, indent: int | None = None) -> str:
    """Write readable JSON; characters that control a terminal are escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a progress bar on a terminal, updated with (done, total). Show nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def clean(text: str) -> str:
    """Return the text without control characters, except line feeds and tabs."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def console() -> Console:
    """Return standard output as a console, wide in a pipe so that nothing is cut."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=200, color_system=None)
