"""An import of appointments from a spreadsheet (B2), against its library reading the same file."""

import io
import time
from collections.abc import Iterator

from openpyxl import Workbook, load_workbook

from bench.measure import Call, Figure, Goal, Pair
from bench.town import Town
from rdv.engine.booking import slots
from rdv.engine.imports.columns import ImportKind
from rdv.engine.imports.files import import_appointments, read_lines
from rdv.terms import SlotStatus

LINES = 10_000
HEADER = ("Guichet", "Début", "Nom", "Téléphone", "Courriel")
SEARCHED_DAYS = 364


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Measure one import: read, checked, written and rolled back; each line is a new partner at a free slot."""
    office = town.office
    free = office.run(
        slots.list_slots, office.me, first=town.usual_monday, days=SEARCHED_DAYS, statuses=[SlotStatus.FREE]
    )
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADER)
    for number, slot in enumerate(free[:LINES]):
        phone = f"06 39 98 {number // 100:02} {number % 100:02}"
        start = slot.starts_at.replace(tzinfo=None)
        sheet.append((slot.counter, start, f"MARTIN Lou {number}", phone, f"lou{number}@example.org"))
    file = io.BytesIO()
    book.save(file)
    content = file.getvalue()

    def ours() -> None:
        lines = read_lines(content, ImportKind.APPOINTMENTS, name="liste.xlsx")
        office.preview(import_appointments, office.me, lines=lines)

    pair = Pair(_timed(ours), _timed(lambda: _read(content)))
    what = f"import of {min(len(free), LINES):,} appointments (XLSX)"
    yield Figure(what, town.where, "openpyxl reading the file", Goal(4), pair)


def _read(content: bytes) -> int:
    """Return all cells as the library reads them."""
    sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
    return sum(len(row) for row in sheet.iter_rows(values_only=True))


def _timed(call: Call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
