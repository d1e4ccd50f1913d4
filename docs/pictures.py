"""Makes the pictures of `docs/images/` from what the program really shows: `uv run python docs/pictures.py`.

The demonstration is set up in a folder that goes away, on the Tuesday that the manual's pictures show. The tests make
the pictures of the screens anew and compare.
"""

import asyncio
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

IMAGES = Path(__file__).parent / "images"
NOW = "2017-04-04T16:35"
COMMAND = ["slot", "list", "--from", "2017-04-03", "--type", "Titres d'identité", "--type", "Citoyenneté", "--calendar"]
WIDTH = 98
FONT = re.compile(r"@font-face \{.*?\}\s*", flags=re.DOTALL)
"""A font that the picture would fetch from elsewhere: it does without."""

SIZES = ((80, 24), (120, 40))
SCREENS: dict[str, tuple[str, tuple[str, ...]]] = {
    "today": ("today", ()),
    "slots": ("slots", ()),
    "slots-day": ("slots", ("d", "full_stop")),
    "slots-month": ("slots", ("m",)),
    "slot": ("slots", ("enter",)),
    "planned": ("planned", ()),
    "appointment": ("planned", ("right", "enter")),
    "to-reschedule": ("to_reschedule", ()),
    "past": ("past", ()),
    "partners": ("partners", ()),
    "counters": ("counters", ()),
    "searches": ("searches", ()),
    "help": ("to_reschedule", ("question_mark",)),
}
"""Each picture by its name: the entry of the menu, and the keys that are pressed there."""


def main() -> None:
    """Sets the demonstration up, and keeps the pictures of a command and of the screens."""
    IMAGES.mkdir(exist_ok=True)
    with demonstration():
        os.environ["RDV_LANG"] = "en"
        console = recorded(COMMAND)
        title = " ".join(["rdv", *(f'"{word}"' if " " in word else word for word in COMMAND)])
        (IMAGES / "demo.svg").write_text(tidy(console.export_svg(title=title, unique_id="demo")), "utf-8")
        os.environ["RDV_LANG"] = "fr"
        wanted = sys.argv[1:] or list(SCREENS)
        for name in wanted:
            for size in SIZES:
                (IMAGES / file_name(name, size)).write_text(asyncio.run(picture(name, size)), "utf-8")


@contextmanager
def demonstration() -> Iterator[None]:
    """The demonstration, in a folder that goes away, as the settings of this process."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "RDV_NOW": NOW,
            "RDV_LANG": "fr",
            "RDV_AGENT": "demo",
            "RDV_SIGN_IN": "system",
            "XDG_DATA_HOME": folder,
        }
        os.environ |= {"RDV_DATABASE": f"{folder}/rdv/demo/rdv.db", "RDV_LOCK_MINUTES": "0"}
        recorded(["demo"])
        yield


def file_name(name: str, size: tuple[int, int]) -> str:
    """« tui-slots-80x24.svg »."""
    return f"tui-{name}-{size[0]}x{size[1]}.svg"


async def picture(name: str, size: tuple[int, int]) -> str:
    """A screen of the demonstration, as SVG."""
    from textual.widgets import Input

    from rdv.settings import load
    from rdv.tui.app import RdvApp

    entry, keys = SCREENS[name]
    app = RdvApp(load(), first=entry)
    async with app.run_test(size=size) as pilot:
        while not app.opened:
            await pilot.pause(0.02)
        await settled(app, pilot)
        for key in keys:
            await pilot.press(key)
            await settled(app, pilot)
        for field in app.screen.query("Input").results(Input):
            field.cursor_blink = False
        await settled(app, pilot)
        return tidy(app.export_screenshot(title="rdv"))


async def settled(app: Any, pilot: Any) -> None:
    """Until every reading is on the screen; what waits for a person, or for others, goes on waiting."""
    await pilot.pause()
    while any(w.is_running and w.group in ("read", "count", "completion") for w in app.workers):
        await pilot.pause(0.02)
    await pilot.pause(0.2)


def tidy(svg: str) -> str:
    """The picture without the font, nor blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in FONT.sub("", svg).splitlines()) + "\n"


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
