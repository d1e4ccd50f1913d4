"""`rdv service`: services of the town hall."""

from typing import Any

from rdv.cli.commands.setup.labelled import labelled
from rdv.i18n.sentences.mark import N_


def _use_cases() -> dict[str, Any]:
    from rdv.engine.setup import services

    return {
        "list": services.list_services,
        "show": services.show_service,
        "add": services.add_service,
        "set": services.set_service,
        "remove": services.remove_service,
    }


app = labelled("service", _use_cases, used_by=N_("Agents"))
