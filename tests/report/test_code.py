"""The circular's room: words in its catalogue, rows selected and not computed, comparing words only where decided."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import bulletin
from bulletin.report import WORDS
from dashboards.words import _messages, texts_of

ROOM = Path(bulletin.__file__).parent
OWN, PAGES = texts_of(WORDS, "zh"), _messages("zh")
HAN = re.compile("[\u2e80-\u9fff\uff00-\uffef]")
# Bilingual faults, said before there is a catalogue; signs that are replaced by others.
MAY_HOLD_HAN = {"version.py", "fonts.py", "report.py"}
CHAPTERS = [ROOM / name for name in ("province.py", "city.py", "shared.py", "desk.py", "material.py")]


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _strings(file: Path) -> list[str]:
    tree = _tree(file)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]


@pytest.mark.parametrize("file", sorted(ROOM.rglob("*.py")), ids=lambda file: file.name)
def test_no_chinese_text_stands_in_code(file):
    found = [text for text in _strings(file) if HAN.search(text) and len(text) > 1]
    assert file.name in MAY_HOLD_HAN or found == []


def test_every_key_that_code_asks_for_exists():
    asked = set()
    for file in [*ROOM.rglob("*.py")]:
        for node in ast.walk(_tree(file)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name in ("says", "words") and node.args and isinstance(node.args[0], ast.Constant):
                    asked.add(node.args[0].value)
    asked |= set(re.findall(r'says\("([a-z_.]+)"', (ROOM / "writers" / "page.html.j2").read_text("utf-8")))
    assert len(asked) > 60
    assert sorted(asked - set(OWN) - set(PAGES)) == []


def test_no_word_is_unused():
    strings = {text for file in ROOM.rglob("*.py") for text in _strings(file)}
    unused = [
        key
        for key in OWN
        if key not in strings
        and key.rpartition(".")[0] not in strings
        and key.partition(".")[0] not in ("chapter", "lead", "numeral")
        and not key.startswith(("report.column.", "report.table."))
    ]
    assert unused == []


def test_every_chapter_lead_column_and_table_has_words():
    code = "\n".join(file.read_text("utf-8") for file in CHAPTERS)
    named = {
        "lead": r'desk\.text\(\s*"(\w+)"',
        "report.column": r'(?:desk\.column|name_column|(?<!\.)\bcolumn)\(\s*"(\w+)"',
        "report.table": r'desk\.(?:listing|attached)\(\s*"(\w+)"',
    }
    for family, pattern in named.items():
        members = set(re.findall(pattern, code))
        assert members
        assert [member for member in members if f"{family}.{member}" not in OWN] == []


def test_the_circular_takes_no_key_from_the_pages_by_accident():
    assert sorted(set(OWN) & set(PAGES)) == []


def test_words_use_full_width_punctuation():
    assert [key for key, text in OWN.items() if any(sign in text for sign in ",;?()") and "command" not in key] == []


def test_only_claims_compare_rates():
    """Elsewhere the words stand in rules of reading and in legends, or set counts against counts."""
    compares = re.compile("高于|低于|领先|落后|优于|差于|好于")
    others = {key for key, text in OWN.items() if compares.search(text) and not key.startswith("claim.")}
    assert others == {
        "report.apart",
        "report.caption.course.above",
        "report.caption.share",
        "report.note.outcomes",
        "report.note.peers",
        "report.note.share",
    }


def test_every_text_can_be_filled():
    for key, text in {**OWN}.items():
        assert all(re.fullmatch("[a-z_0-9]+", field) for _, field, _, _ in Formatter().parse(text) if field), key


def test_a_query_selects_ready_rows_from_marts():
    statements = [text for text in _strings(ROOM / "queries.py") if "select" in text]
    assert len(statements) > 10
    for statement in statements:
        assert set(re.findall(r"(?:from|join)\s+(\w+)\.", statement)) == {"marts"}
        assert not re.search(r"\b(sum|avg|count|round|over|group by)\b|[-+*/]\s", statement), statement


def _is_text(node: ast.expr) -> bool:
    """A sentence: what `says`, `words` and a desk's claims give, or what is written there."""
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        return called.rpartition(".")[2] in ("says", "words", "claim", "of", "text")
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize("file", CHAPTERS, ids=lambda file: file.name)
def test_chapters_do_no_arithmetic_with_figures(file):
    found = [
        ast.unparse(node)
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Add | ast.Mult | ast.Div | ast.Sub)
        # one sentence behind another
        and not (isinstance(node.op, ast.Add) and (_is_text(node.left) or _is_text(node.right)))
        # a year before the month's: dates, not figures; columns' widths
        and not re.search(r"year - 1|\* len\(", ast.unparse(node))
    ]
    assert found == []
