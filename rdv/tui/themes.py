"""The three themes: light, dark, and one of high contrast. A status has a colour and, always, a sign."""

from textual.theme import Theme

_LIGHT = {
    "free": "#1b5e20", "held": "#7a5000", "booked": "#0b4f8a", "reserved": "#6a2f8f", "suspended": "#a3262a",
    "occupied": "#5c5c5c", "done": "#1b5e20", "no-show": "#a3262a", "lost": "#8f4200",
}  # fmt: skip
_DARK = {
    "free": "#7bc67e", "held": "#e0b050", "booked": "#74b4f0", "reserved": "#c79be6", "suspended": "#f08a8c",
    "occupied": "#999999", "done": "#7bc67e", "no-show": "#f08a8c", "lost": "#f0a060",
}  # fmt: skip
_CONTRAST = {
    "free": "#00ff66", "held": "#ffdd00", "booked": "#66ccff", "reserved": "#ff99ff", "suspended": "#ff6666",
    "occupied": "#cccccc", "done": "#00ff66", "no-show": "#ff6666", "lost": "#ffaa00",
}  # fmt: skip

THEMES = (
    Theme(
        "rdv-dark", primary="#4a90d9", secondary="#7aa7d9", accent="#e0b050", warning="#e0b050", error="#f08a8c",
        success="#7bc67e", foreground="#e6e6e6", background="#15181d", surface="#1d2128", panel="#272c35", dark=True,
        variables=_DARK,
    ),
    Theme(
        "rdv-light", primary="#0b4f8a", secondary="#39638a", accent="#8a5a00", warning="#8a5a00", error="#a3262a",
        success="#1b5e20", foreground="#1a1a1a", background="#fbfbf9", surface="#f1f1ee", panel="#e3e5e8", dark=False,
        variables=_LIGHT,
    ),
    Theme(
        "rdv-contrast", primary="#ffff00", secondary="#ffffff", accent="#ffff00", warning="#ffdd00", error="#ff6666",
        success="#00ff66", foreground="#ffffff", background="#000000", surface="#000000", panel="#1a1a1a", dark=True,
        variables=_CONTRAST,
    ),
)  # fmt: skip
