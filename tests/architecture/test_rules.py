"""Every rule that docs/rules.md states is cited by a test that holds it."""

import re

from tests.sources import ROOT, TESTS, text

RULES = re.findall(r"^- ([A-Z]\d+)\b", text(ROOT / "docs" / "rules.md"), re.MULTILINE)


def cited() -> set[str]:
    """Return the rules that tests cite: in their names (`test_s4_…`), as the numbers of errors, in words."""
    found = re.findall(r"(?<![A-Za-z0-9])([a-zA-Z]\d{1,2})(?![A-Za-z0-9])", "\n".join(map(text, TESTS)))
    return {rule.upper() for rule in found}


def test_the_rules_are_numbered_once_each() -> None:
    assert len(RULES) > 20
    assert sorted(RULES) == sorted(set(RULES))


def test_every_rule_is_cited_by_a_test() -> None:
    rules = cited()
    assert [rule for rule in RULES if rule not in rules] == []
