"""Documents name things that exist: tests cited by docs/security.md, files that pages link to."""

import re

from tests.sources import ROOT, TESTS, text

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_every_test_that_the_security_page_cites_is_there() -> None:
    cited = set(re.findall(r"`(test_\w+)`", text(ROOT / "docs" / "security.md")))
    written = set(re.findall(r"^\s*(?:async )?def (test_\w+)", "\n".join(map(text, TESTS)), re.MULTILINE))
    assert len(cited) > 40
    assert sorted(cited - written) == []


def test_every_file_that_a_page_links_to_is_there() -> None:
    links = [(page, link) for page in PAGES for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text(page))]
    assert len(links) > 20
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []
