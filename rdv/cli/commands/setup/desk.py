"""`rdv desk`: desks that several counters share (C7)."""

from typing import Any

from rdv.cli.commands.setup.labelled import labelled
from rdv.i18n.sentences.mark import N_


def _use_cases() -> dict[str, Any]:
    from rdv.engine.setup import desks

    return {
        "list": desks.list_desks,
        "show": desks.show_desk,
        "add": desks.add_desk,
        "set": desks.set_desk,
        "remove": desks.remove_desk,
    }


app = labelled("desk", _use_cases, used_by=N_("Counters"))
