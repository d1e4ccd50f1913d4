"""What documents name exists: the tests that docs/security.md cites, the files that pages link to."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_every_test_that_the_security_page_cites_is_there() -> None:
    cited = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "security.md").read_text("utf-8")))
    texts = "\n".join(file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    written = set(re.findall(r"^\s*(?:async )?def (test_\w+)", texts, re.MULTILINE))
    assert len(cited) > 40
    assert sorted(cited - written) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_that_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
