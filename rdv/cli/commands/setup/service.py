"""`rdv service`: services of the town hall."""

from typing import Any

from rdv.cli.commands.setup.labelled import labelled
from rdv.i18n.sentences.mark import N_


def _use_cases() -> dict[str, Any]:
    from rdv.engine.setup import configuration as engine

    return {
        "list": engine.list_services,
        "show": engine.show_service,
        "add": engine.add_service,
        "set": engine.set_service,
        "remove": engine.remove_service,
    }


app = labelled("service", _use_cases, used_by=N_("Agents"))
