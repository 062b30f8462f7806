"""Pages draw and compute nothing; words live in the catalogues. Read from the code itself."""

import ast
import re
from pathlib import Path

import pytest
import yaml

import dashboards
from dashboards.table import LEAST_PERSONS

ROOM = Path(dashboards.__file__).parent
PAGES = sorted((ROOM / "views").glob("*.py"))
FINDINGS = sorted((ROOM / "findings").glob("*.py"))
QUERIES = sorted((ROOM / "queries").glob("[!_]*.py"))
HAN = re.compile("[\u2e80-\u9fff\uff00-\uffef]")
# These two hold a language's own signs: its name, 万 and 亿, 年 and 月.
MAY_HOLD_HAN = {ROOM / "format.py", ROOM / "words" / "__init__.py"}
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
AGGREGATES = {"sum", "round", "mean", "median", "fsum"}


def _name(file: Path) -> str:
    return str(file.relative_to(ROOM))


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _docstrings(tree: ast.Module) -> set[int]:
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def _strings(tree: ast.Module) -> list[str]:
    documentation = _docstrings(tree)
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]


@pytest.mark.parametrize("file", sorted(set(ROOM.rglob("*.py")) - MAY_HOLD_HAN), ids=_name)
def test_no_chinese_text_stands_in_code(file):
    assert [text for text in _strings(_tree(file)) if HAN.search(text)] == []


@pytest.mark.parametrize("file", PAGES, ids=_name)
def test_a_page_holds_keys_and_no_words(file):
    assert [text for text in _strings(_tree(file)) if not re.fullmatch(r"[a-z_.]+", text)] == []


@pytest.mark.parametrize("file", [*PAGES, *FINDINGS], ids=_name)
def test_a_page_and_its_findings_do_no_arithmetic(file):
    found = [
        ast.unparse(node)
        for node in ast.walk(_tree(file))
        if (isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC))
        or (isinstance(node, ast.AugAssign) and isinstance(node.op, ARITHMETIC))
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in AGGREGATES)
    ]
    assert found == []


@pytest.mark.parametrize("file", QUERIES, ids=_name)
def test_a_query_selects_ready_rows_from_marts(file):
    statements = [text for text in _strings(_tree(file)) if "select" in text]
    assert statements
    for statement in statements:
        assert set(re.findall(r"(?:from|join)\s+(\w+)\.", statement)) == {"marts"}
        assert not re.search(r"\b(sum|avg|count|round|over|group by)\b|[-+*/]\s", statement), statement


def test_what_is_too_small_to_show_is_the_same_for_pages_and_marts():
    macro = (ROOM.parent / "macros" / "suppression.sql").read_text(encoding="utf-8")
    setting = yaml.safe_load((ROOM.parent / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["least_persons"]
    assert "{{ var('least_persons') }}" in macro
    assert setting == LEAST_PERSONS
