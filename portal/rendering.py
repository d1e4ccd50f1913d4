"""Templates: Jinja2, escaped, with the words of `rdv.i18n.wording` and nothing else that computes."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.settings import Settings
from rdv.terms import AppointmentStatus

HOME = Path(__file__).parent


STATUSES: dict[AppointmentStatus, str] = {
    AppointmentStatus.PLANNED: N_("confirmed"),
    AppointmentStatus.TO_RESCHEDULE: N_("to be changed"),
    AppointmentStatus.CANCELLED: N_("cancelled"),
    AppointmentStatus.DONE: N_("done"),
    AppointmentStatus.NO_SHOW: N_("missed"),
    AppointmentStatus.PAST_WITHOUT_STATUS: N_("past"),
}
"""The words for a status, for citizens."""


def told_status(status: AppointmentStatus) -> str:
    """Return the word for a status, for citizens."""
    return wording.say(STATUSES[status])


class Pages:
    """The pages of a town."""

    def __init__(self, settings: Settings) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(HOME / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # or each page looks at the dates of all its files
        )
        self.environment.globals.update(
            _=wording.say,
            label=wording.label,
            sentence=wording.sentence,
            hint=wording.hint,
            clock=wording.clock,
            day=wording.day,
            long_day=wording.long_day,
            short_day=wording.short_day,
            month=wording.short_month,
            status=told_status,
            language=wording.language,
            settings=settings,
        )

    def render(self, template: str, /, **shown: Any) -> str:
        """Render a page in the current language."""
        return self.environment.get_template(f"{template}.html").render(shown)
