"""The forms of files that lists are exported to. Pure, and cheap to import: `--help` shows them."""

from enum import StrEnum
from pathlib import PurePath

from rdv.terms import Invalid


class FileForm(StrEnum):
    """A spreadsheet as text, a workbook, or a calendar (RFC 5545)."""

    CSV = "csv"
    XLSX = "xlsx"
    ICS = "ics"


def form_of(file: PurePath | None, said: FileForm | None = None) -> FileForm:
    """Return the given format, else the one of the file's name; CSV without a file.

    Raises Invalid("export_form") for a name without a known format.
    """
    if said is not None:
        return said
    if file is None:
        return FileForm.CSV
    try:
        return FileForm(file.suffix[1:].lower())
    except ValueError:
        raise Invalid("export_form", path=str(file)) from None
