"""Makes `docs/images/demo.svg` from what the commands really print: `uv run python docs/pictures.py`.

The demonstration is set up in a folder that goes away, on the Tuesday that the manual's pictures show.
"""

import io
import os
import re
import tempfile
from pathlib import Path

from rich.console import Console

IMAGES = Path(__file__).parent / "images"
NOW = "2017-04-04T16:35"
COMMAND = ["slot", "list", "--from", "2017-04-03", "--type", "Titres d'identité", "--type", "Citoyenneté", "--calendar"]
WIDTH = 98
FONT = re.compile(r"@font-face \{.*?\}\s*", flags=re.DOTALL)
"""A font that the picture would fetch from elsewhere: it does without."""


def main() -> None:
    """Sets the demonstration up, runs the command, keeps its picture."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"RDV_NOW": NOW, "RDV_LANG": "en", "RDV_AGENT": "demo", "XDG_DATA_HOME": folder}
        recorded(["demo"])
        os.environ["RDV_DATABASE"] = f"{folder}/rdv/demo/rdv.db"
        console = recorded(COMMAND)
    IMAGES.mkdir(exist_ok=True)
    title = " ".join(["rdv", *(f'"{word}"' if " " in word else word for word in COMMAND)])
    svg = FONT.sub("", console.export_svg(title=title, unique_id="demo"))
    (IMAGES / "demo.svg").write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")


def recorded(command: list[str]) -> Console:
    """Runs a command line and returns the console that recorded what it printed."""
    from rdv.cli import render
    from rdv.cli.main import run

    console = Console(record=True, width=WIDTH, file=io.StringIO())
    render.console = lambda: console
    code = run(command)
    assert code == 0, f"rdv {' '.join(command)} ended with {code}"
    return console


if __name__ == "__main__":
    main()
