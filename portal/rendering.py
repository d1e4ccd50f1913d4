"""Templates: Jinja2, escaped, with the words of `rdv.wording` and nothing else that computes."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rdv import wording
from rdv.settings import Settings

HOME = Path(__file__).parent


class Pages:
    """The pages of a town."""

    def __init__(self, settings: Settings) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(HOME / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
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
            language=wording.language,
            settings=settings,
        )

    def render(self, template: str, /, **shown: Any) -> str:
        """A page in the language spoken here."""
        return self.environment.get_template(f"{template}.html").render(shown)
