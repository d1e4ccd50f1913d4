"""The sizes of modules and folders, and which folders there may be."""

import tomllib
from collections import Counter
from statistics import median

from tests.sources import PRODUCT, ROOT, TOOLS, name_of, text

LONGEST_MODULE, MEDIAN_MODULE, FULLEST_FOLDER = 400, 140, 20
"""The most lines of a module, the most lines of half the modules, the most modules of a folder."""


def test_modules_are_short() -> None:
    lines = {file: len(text(file).splitlines()) for file in [*PRODUCT, *TOOLS]}
    assert {name_of(file): length for file, length in lines.items() if length > LONGEST_MODULE} == {}
    assert median(lines[file] for file in PRODUCT if file.name != "__init__.py") <= MEDIAN_MODULE


def test_folders_are_small_and_say_what_they_hold() -> None:
    modules = [*PRODUCT, *TOOLS, *(ROOT / "tests").rglob("*.py")]
    folders = Counter(file.parent for file in modules if file.name != "__init__.py")
    assert {name_of(folder): count for folder, count in folders.items() if count > FULLEST_FOLDER} == {}
    assert [name_of(folder) for folder in folders if folder.name in ("shared", "common", "utils")] == []


def test_every_room_of_the_engine_has_its_layer() -> None:
    contracts = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract.get("containers") == ["rdv.engine"]]
    rooms = {file.parent.name for file in (ROOT / "rdv" / "engine").glob("*/*.py")}
    assert len(rooms) > 10
    assert rooms - set(layers) == set()
