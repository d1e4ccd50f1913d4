"""The pictures of the documentation are what the screens show, at two sizes, on the manual's town hall (S6)."""

import os
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from docs import moving_picture
from rdv.cli import render

SOURCE = Path(__file__).parent.parent.parent / "docs" / "pictures.py"


def _pictures() -> Any:
    spec = spec_from_file_location("pictures", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PICTURES = _pictures()
CASES = [(name, size) for name in PICTURES.SCREENS for size in PICTURES.SIZES]


@pytest.fixture
def demonstration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [*filter(lambda one: one.startswith("RDV_"), os.environ), "XDG_DATA_HOME", "RDV_NOW", "RDV_DATABASE"]:
        monkeypatch.delenv(name, raising=False)
    for name in (
        "RDV_NOW",
        "RDV_LANG",
        "RDV_AGENT",
        "RDV_SIGN_IN",
        "XDG_DATA_HOME",
        "RDV_DATABASE",
        "RDV_LOCK_MINUTES",
    ):
        monkeypatch.setenv(name, "")  # each is put back at the end, as it was
    monkeypatch.setattr(render, "console", render.console)
    with PICTURES.demonstration():
        yield


@pytest.mark.parametrize(("name", "size"), CASES, ids=lambda one: one if isinstance(one, str) else f"{one[0]}x{one[1]}")
async def test_s6_the_picture_is_what_the_screen_shows(demonstration: None, name: str, size: tuple[int, int]) -> None:
    kept = (PICTURES.IMAGES / PICTURES.file_name(name, size)).read_text("utf-8")
    made = await PICTURES.picture(name, size)
    assert made == kept, "another picture: look at it, and keep it with `uv run python docs/pictures.py`"


def test_i1_i3_the_moving_picture_is_what_the_screens_show(demonstration: None) -> None:
    kept = moving_picture.MOVING.read_text("utf-8"), moving_picture.STILL.read_text("utf-8")
    changed = "the screens have changed: draw the pictures again with `uv run python docs/moving_picture.py`"
    assert moving_picture.drawn() == kept, changed
    assert moving_picture.MOVING.stat().st_size < 1_000_000
