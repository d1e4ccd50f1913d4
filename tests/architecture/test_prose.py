"""Pages, docstrings and comments are plain, modern English, in short lines (docs/development.md, Prose).

A failure lists the places to rewrite. A phrase on the list is a hint that a sentence is indirect: rewrite the sentence,
and do not replace the phrase by a similar one.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRENCH = ("README.fr.md", "agents.md", "citizens.md", "ecrans.md", "rgpd.md")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ENGLISH_PAGES = [page for page in PAGES if page.name not in FRENCH]

PYTHON_SETS: dict[str, tuple[str, ...]] = {}
"""The Python files whose prose is checked, by a name for each set. Each value is a tuple of glob patterns, such as
`"program": ("rdv/**/*.py", "portal/**/*.py")` and
`"tests": ("tests/**/*.py", "bench/*.py", "faults/*.py", "docs/*.py")`.
"""

LONGEST_LINE = 120
MOST_PHRASES = 2
"""Phrases of the list in 1,000 words."""

PHRASES = {
    "name the person or the thing": r"whoever|whomever|whatever|whichever|whom|those who|those that|one who|one that",
    "name the role: an agent, a citizen, the caller": r"nobody|somebody|anybody",
    "say now, again, later, by then": r"meanwhile|anew|by and by|once more|as yet|in vain|henceforth|hitherto",
    "give the reason with because": r"(?<=, )for (?:it|they|he|she|there|this|that|what|the|a|an|one|in)",
    "say its own, or separate": r"of (?:its|their|his|her|one's) own",
    "say next to, or with": r"besides?",
    "say shows, sends, says, or names": r"tells?|told|telling",
    "say compute, fix, close": r"reckon(?:s|ed|ing)?|mend(?:s|ed|ing)?|shut",
    "say must, will, or use a plain verb": r"(?:is|are|was|were) to (?!reschedule)[a-z]+",
    "start the sentence with its subject": r"(?<=[.:;] )(?:What|Who|Whose|Whether)",
}
ANY_PHRASE = re.compile(rf"\b(?:{'|'.join(PHRASES.values())})\b", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")

NO_VERBS = re.compile(
    "A|All|An|And|Any|As|At|Both|By|Each|Either|Every|For|From|He|How|His|If|In|It|Its|More|Most|No|None|Nothing|Of|On|One"
    "|Only|Or|Our|Several|She|Some|Such|That|The|Their|There|These|They|This|Those|To|Until|Up|What|When|Where|Whether"
    "|Which|While|Who|Whoever|Whom|Whose|Why|With|Without"
)
"""First words that make a docstring describe a thing where it should say what the function does."""


# The texts to check


def prose_of_page(text: str) -> str:
    """Return a page without code blocks and code spans."""
    return re.sub(r"`[^`]*`", " ", re.sub(r"^ *```.*?^ *```", " ", text, flags=re.DOTALL | re.MULTILINE))


def long_lines(text: str) -> Iterator[int]:
    """Yield the numbers of the lines that are too long and could be cut: not code, not tables, not links."""
    in_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        shortened = re.sub(r"\]\([^)]*\)|https?://\S+", "", line)
        if len(shortened) > LONGEST_LINE and not in_code and not line.startswith("|"):
            yield number


def prose_of_module(source: str) -> Iterator[tuple[int, str]]:
    """Yield the docstrings and the comments of a module with their line numbers."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and not re.match(r"#\s*(?:fmt|type|noqa|!)", token.string):
            yield token.start[0], token.string.lstrip("# ")


def public_functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions and methods of a module whose names have no leading underscore."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


def starts_with_a_verb(docstring: str) -> bool:
    """Return True if the first word is capitalised and can be a verb in its plain form: Return, but not Returns."""
    first = re.match(r"[A-Z][a-z]+(?![a-z'-])", docstring)
    if first is None or NO_VERBS.fullmatch(first[0]):
        return False
    return not first[0].endswith("s") or first[0].endswith(("ss", "us"))


def is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return True if a function is read as an attribute; its docstring may be a noun."""
    return any(
        ast.unparse(decorator).split(".")[-1] in ("property", "cached_property") for decorator in node.decorator_list
    )


def files_of(patterns: tuple[str, ...]) -> list[Path]:
    """Return the Python files that match any of the patterns."""
    return sorted({file for pattern in patterns for file in ROOT.glob(pattern)})


def offenders(texts: dict[str, str]) -> list[str]:
    """Return the places with phrases of the list, if there are more than allowed in 1,000 words."""
    words = sum(len(WORD.findall(text)) for text in texts.values())
    found = [f"{place}: {match[0]}" for place, text in texts.items() for match in ANY_PHRASE.finditer(text)]
    return found if len(found) > MOST_PHRASES * words / 1000 else []


# The pages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_line_of_a_page_is_too_long(page: Path) -> None:
    assert list(long_lines(page.read_text("utf-8"))) == []


def test_the_english_pages_are_plain() -> None:
    assert offenders({page.name: prose_of_page(page.read_text("utf-8")) for page in ENGLISH_PAGES}) == []


# The code


def test_docstrings_and_comments_are_plain() -> None:
    for patterns in PYTHON_SETS.values():
        texts = {
            f"{file.relative_to(ROOT)}:{line}": text
            for file in files_of(patterns)
            for line, text in prose_of_module(file.read_text("utf-8"))
        }
        assert offenders(texts) == []


def test_docstrings_of_public_functions_start_with_a_verb() -> None:
    without_verb = [
        f"{file.relative_to(ROOT)}:{function.lineno}: {docstring.splitlines()[0]}"
        for patterns in PYTHON_SETS.values()
        for file in files_of(patterns)
        for function in public_functions(file.read_text("utf-8"))
        if not is_property(function)
        if (docstring := ast.get_docstring(function)) and not starts_with_a_verb(docstring)
    ]
    assert without_verb == []


# The checks themselves


@pytest.mark.parametrize(
    "sentence",
    [
        "The screen wakes whoever looks at it.",
        "Nothing is kept, for it may change.",
        "The citizen is told of the change.",
        "A program of its own sends the mail.",
        "The worker stops. Whether it ends well is not known.",
        "An invalid row is to be refused.",
    ],
)
def test_the_check_finds_an_archaic_phrase(sentence: str) -> None:
    assert offenders({"here": sentence}) != []


def test_the_check_knows_the_words_of_the_domain() -> None:
    assert offenders({"here": "Six appointments are to reschedule, for 15 minutes each."}) == []


def test_code_is_no_prose() -> None:
    assert prose_of_page("```sh\nnobody\n```\n`whoever`").strip() == ""
    module = '"""One."""\n# fmt: off\nx = "nobody"  # two\n'
    assert sorted(text for _, text in prose_of_module(module)) == ["One.", "two"]


def test_long_code_tables_and_links_may_stay() -> None:
    long, link = "word " * 30, f"[x](https://example.org/{'y' * 120})"
    page = [long, "```", long, "```", f"| {long} |", link, long]
    assert list(long_lines("\n".join(page))) == [1, 7]


@pytest.mark.parametrize(
    ("docstring", "is_verb"),
    [
        ("Return the slots.", True), ("Pass the call on.", True), ("Book a slot (A3).", True),
        ("Returns the slots.", False), ("The slots of a day.", False), ("Whether a slot is free.", False),
        ("« A slot. »", False), ("slots", False),
    ],
)  # fmt: skip
def test_a_docstring_starts_with_a_verb_in_its_plain_form(docstring: str, is_verb: bool) -> None:
    assert starts_with_a_verb(docstring) is is_verb
