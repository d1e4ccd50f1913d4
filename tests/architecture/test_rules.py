"""Every rule that docs/rules.md states is cited by a test that holds it."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
RULES = re.findall(r"^- ([A-Z]\d+)\b", (ROOT / "docs" / "rules.md").read_text("utf-8"), re.MULTILINE)


@cache
def cited() -> set[str]:
    """The rules that tests cite, in their names (`test_s4_…`), as the numbers of errors, in words."""
    texts = [file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py")]
    found = re.findall(r"(?<![A-Za-z0-9])([a-zA-Z]\d{1,2})(?![A-Za-z0-9])", "\n".join(texts))
    return {rule.upper() for rule in found}


def test_the_rules_are_numbered_once_each() -> None:
    assert len(RULES) > 20
    assert sorted(RULES) == sorted(set(RULES))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_cited_by_a_test(rule: str) -> None:
    assert rule in cited()
