"""`rdv desk`: desks that several counters share (C7)."""

from typing import Any

from rdv.cli.commands.setup.labelled import labelled
from rdv.i18n.sentences.mark import N_


def _use_cases() -> dict[str, Any]:
    from rdv.engine.setup import configuration as engine

    return {
        "list": engine.list_desks,
        "show": engine.show_desk,
        "add": engine.add_desk,
        "set": engine.set_desk,
        "remove": engine.remove_desk,
    }


app = labelled("desk", _use_cases, used_by=N_("Counters"))
