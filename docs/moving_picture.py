"""Draw `docs/images/impact-plan-apply.svg`, a moving picture: `uv run python docs/moving_picture.py`.

The script drives the real program on the demonstration of `pictures.py`: it suspends the morning of a colleague who
is ill, reads whom that affects, and moves the appointments with one plan. It joins the pictures of the screens into one
SVG that needs no script to move, and keeps the dialog that shows the impact as a picture of its own, `impact.svg`.
The same program always draws the same pictures: the tests draw them again and compare.
"""

import asyncio
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from docs.pictures import IMAGES, demonstration, recorded, settled, tidy

MOVING, STILL = IMAGES / "impact-plan-apply.svg", IMAGES / "impact.svg"
IMPACT = 2
"""The frame that shows the impact: the still picture, and what readers see who asked for reduced motion."""

SIZE = (104, 28)
COUNTER, DAY = "Citoyenneté", "2017-04-07"
PEOPLE = (
    ("09:00", "AUBERT Nina", "06 39 98 12 31"),
    ("09:30", "BERGER Tom", "06 39 98 12 32"),
    ("10:00", "CARON Ali", "06 39 98 12 33"),
    ("10:30", "DUMAS Iris", ""),
    ("11:00", "EVRARD Paul", "06 39 98 12 35"),
    ("11:30", "FABRE Lou", "06 39 98 12 36"),
)
"""The appointments of the morning that will be suspended; one of the people cannot be reached by message."""

Frame = tuple[str, float, str]
"""A caption, the seconds that the picture stays, and the picture as SVG."""


def main() -> None:
    """Drive the screens and write the pictures."""
    with demonstration():
        moving, still = drawn()
    MOVING.write_text(moving, "utf-8")
    STILL.write_text(still, "utf-8")


def drawn() -> tuple[str, str]:
    """Return the moving picture and the still one, from a demonstration that is set up."""
    os.environ["RDV_LANG"] = "en"
    for time, name, phone in PEOPLE:
        contact = ["--phone", phone] if phone else []
        recorded(["appointment", "assign", COUNTER, f"{DAY}T{time}", "--partner", name, *contact])
    frames = asyncio.run(story())
    return joined(frames), tidy(frames[IMPACT][2])


async def story() -> list[Frame]:
    """Return the frames, in the order in which they are shown."""
    from rdv.settings import load
    from rdv.tui.app import RdvApp
    from rdv.tui.dialogs.impact import ImpactDialog
    from rdv.tui.dialogs.plan import PlanDialog

    app = RdvApp(load(), first="slots")
    frames: list[Frame] = []
    async with app.run_test(size=SIZE) as pilot:

        async def until(condition: Callable[[], bool]) -> None:
            while not condition():
                await pilot.pause(0.02)

        async def press(*keys: str) -> None:
            for key in keys:
                await pilot.press(key)
                await settled(app, pilot)

        def keep(caption: str, seconds: float) -> None:
            app.clear_notifications()
            frames.append((caption, seconds, app.export_screenshot(title="rdv tui")))

        await until(lambda: app.opened)
        await settled(app, pilot)
        await press("d", "full_stop", "full_stop", "full_stop")
        await pilot.click(offset=place_of(app, "AUBERT"))
        await settled(app, pilot)
        keep("On Friday six people are expected at the counter Citoyenneté. Its agent calls in sick.", 4)
        await press(*["shift+down"] * (len(PEOPLE) - 1))
        keep("Select the morning, and press s to suspend it.", 3)
        await press("s")
        await until(lambda: isinstance(app.screen, ImpactDialog))
        await settled(app, pilot)
        keep("Impact: who would lose their slot, and who cannot be reached. Nothing is written yet.", 6)
        await press("ctrl+s")
        await until(lambda: not isinstance(app.screen, ImpactDialog))
        await until(lambda: "AUBERT" not in written(app))
        await settled(app, pilot)
        keep("The morning is suspended, and everyone who can be reached gets a message.", 3)
        await press("4")
        await until(lambda: "AUBERT" in written(app))
        keep("These appointments need another slot. Press p for a plan.", 4)
        await press("p")
        await until(lambda: isinstance(app.screen, PlanDialog) and not app.screen.is_busy and bool(app.screen.lines))
        await settled(app, pilot)
        keep("Plan: the nearest free slots for everyone together. Each line can be changed.", 6)
        await press("ctrl+s")
        await until(lambda: not isinstance(app.screen, PlanDialog))
        await until(lambda: "AUBERT" not in written(app))
        await settled(app, pilot)
        keep("Apply: all of them are moved in one transaction, and nobody is left.", 4)
        await press("2")
        await until(lambda: "AUBERT" in written(app))
        await settled(app, pilot)
        keep("The same Friday: the six appointments are in the afternoon, and messages announce it.", 5)
    return frames


def written(app: Any) -> str:
    """Return what the screen shows, as text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def place_of(app: Any, text: str) -> tuple[int, int]:
    """Return the column and the row of a text on the screen."""
    for row, line in enumerate(written(app).splitlines()):
        if text in line:
            return line.index(text) + 1, row
    raise LookupError(text)


def joined(frames: list[Frame]) -> str:
    """Return one SVG that shows the frames in turns, without a script."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', frames[0][2])
    assert found is not None, "Textual gives its pictures a view box"
    width, height = float(found[1]), float(found[2])
    whole = sum(seconds for _, seconds, _ in frames)
    styles, pictures, begin = [], [], 0.0
    for number, (caption, seconds, svg) in enumerate(frames):
        start, end = 100 * begin / whole, 100 * (begin + seconds) / whole
        begin += seconds
        first = "visible" if number == 0 else "hidden"
        styles.append(
            f"@keyframes show{number} {{ 0% {{ visibility: {first} }} {start:.3f}% {{ visibility: visible }} "
            f"{end:.3f}% {{ visibility: hidden }} 100% {{ visibility: hidden }} }}\n"
            f".show{number} {{ visibility: hidden; animation: show{number} {whole:g}s step-end infinite }}"
        )
        pictures.append(
            f'<g class="show{number}">\n{inner(svg, width, height)}'
            f'<text class="caption" x="{width / 2:g}" y="{height + 30:g}">{caption}</text>\n</g>'
        )
    still = (
        "@media (prefers-reduced-motion: reduce) "
        f"{{ g[class^=show] {{ animation: none }} .show{IMPACT} {{ visibility: visible }} }}"
    )
    return tidy(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height + 48:g}">\n<style>\n'
        + "\n".join(styles)
        + f"\n{still}\n.caption {{ font: 20px sans-serif; text-anchor: middle; fill: #e8e8e8 }}\n</style>\n"
        + f'<rect width="{width:g}" height="{height + 48:g}" rx="8" fill="#20242c"/>\n'
        + "\n".join(pictures)
        + "\n</svg>"
    )


def inner(svg: str, width: float, height: float) -> str:
    """Return the picture of a screen as a part of a larger one."""
    body = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    return re.sub(
        r"<svg [^>]*>", f'<svg width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">', body
    )


if __name__ == "__main__":
    main()
