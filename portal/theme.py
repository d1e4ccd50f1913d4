"""The town's colour, made readable: text on it and text in it keep the contrast of WCAG (1.4.3)."""

import colorsys
from typing import NamedTuple

ENOUGH = 4.6
"""The contrast that text needs is 4.5; a little more survives rounding."""

LIGHT_GROUND, DARK_GROUND = "#eef1f5", "#1b2027"
"""The grounds on which the colour is written: the worst of the light and of the dark theme (static/portal.css)."""


class Theme(NamedTuple):
    """The colour on a light and on a dark ground, each with what is written on it."""

    light: str
    on_light: str
    dark: str
    on_dark: str


def theme(colour: str) -> Theme:
    """Return the town's colour (#rrggbb), darker or lighter until it is readable."""
    light = _until_readable(colour, LIGHT_GROUND, darker=True)
    dark = _until_readable(colour, DARK_GROUND, darker=False)
    return Theme(light, _on(light), dark, _on(dark))


def style(colour: str) -> str:
    """Return the theme as a style sheet of custom properties."""
    made = theme(colour)
    return (
        f":root{{--town:{made.light};--on-town:{made.on_light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--town:{made.dark};--on-town:{made.on_dark}}}}}\n"
    )


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast of two colours: from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _until_readable(colour: str, ground: str, *, darker: bool) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    while contrast(colour, ground) < ENOUGH:
        lightness += -0.01 if darker else 0.01
        colour = _hex(colorsys.hls_to_rgb(hue, min(max(lightness, 0), 1), saturation))
    return colour


def _on(colour: str) -> str:
    return max("#ffffff", "#10161d", key=lambda ink: contrast(ink, colour))


def _luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
