"""The catalogues are complete, agree with each other, and hold nothing that no page says."""

import ast
from pathlib import Path
from string import Formatter

import pytest
from fixture import STEPS

import dashboards
from dashboards.words import _messages
from skillsdw.seeds import read_seed

ROOM = Path(dashboards.__file__).parent
CODE = sorted(ROOM.rglob("*.py"))
CATALOGUES = {language: _messages(language) for language in ("zh", "en")}
ASKS_FOR_A_KEY = {"words", "says", "html"}  # words("key"), pen.words("key"), says.html("key")
ASKS_FOR_A_FAMILY = {"of", "html_of"}  # says.of("family", member)


def _calls() -> list[tuple[str, list[ast.expr]]]:
    """(name of what is called, arguments) of every call in the pages' code."""
    calls = []
    for file in CODE:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                calls.append((name, node.args))
    return calls


def _texts(expression: ast.expr) -> list[str]:
    """The string constants that an argument can be: the constant, or both sides of a conditional."""
    if isinstance(expression, ast.IfExp):
        return _texts(expression.body) + _texts(expression.orelse)
    is_text = isinstance(expression, ast.Constant) and isinstance(expression.value, str)
    return [expression.value] if is_text else []


def _strings() -> set[str]:
    """Every string constant of the pages' code."""
    return {
        node.value
        for file in CODE
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_both_languages_hold_the_same_keys_and_no_empty_text():
    assert list(CATALOGUES["zh"]) == list(CATALOGUES["en"])
    for language, texts in CATALOGUES.items():
        assert [key for key, text in texts.items() if not text.strip()] == [], language


def test_every_key_that_code_asks_for_exists():
    asked = {key for name, given in _calls() if name in ASKS_FOR_A_KEY and given for key in _texts(given[0])}
    assert len(asked) > 60  # else the walk found nothing
    assert sorted(asked - set(CATALOGUES["zh"])) == []


def test_every_member_that_code_names_exists():
    named = {
        f"{family}.{member}"
        for name, given in _calls()
        if name in ASKS_FOR_A_FAMILY and len(given) == 2
        for family in _texts(given[0])
        for member in _texts(given[1])
    }
    assert sorted(named - set(CATALOGUES["zh"])) == []


def test_no_text_is_unused():
    strings = _strings()
    unused = [key for key in CATALOGUES["zh"] if key not in strings and key.rpartition(".")[0] not in strings]
    assert unused == []


def test_both_languages_take_the_same_values():
    def fields(text: str) -> set[str]:
        return {field for _, field, _, _ in Formatter().parse(text) if field}

    differing = [key for key in CATALOGUES["zh"] if fields(CATALOGUES["zh"][key]) != fields(CATALOGUES["en"][key])]
    assert differing == []


def test_chinese_uses_full_width_punctuation():
    assert [key for key, text in CATALOGUES["zh"].items() if any(sign in text for sign in ",;?()")] == []


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("funnel.step", STEPS),
        (
            "cause",
            (
                "enrolled",
                "in_training",
                "withdrawn",
                "not_certified",
                "not_employed",
                "awaiting",
                "too_early",
            ),
        ),
        (
            "attention.what",
            (
                "city_behind_pace",
                "priority_below_target",
                "rule_loss",
                "industry_without_training",
                "bureau_silent",
            ),
        ),
        ("nothing.why", ("not_published", "broken_link", "old_version", "unreadable")),
    ],
)
def test_every_code_of_the_marts_has_words(family, members):
    assert [member for member in members if f"{family}.{member}" not in CATALOGUES["zh"]] == []


def test_the_names_of_statuses_are_those_of_the_seeds():
    names = {row["status"]: row["name_zh"] for row in read_seed("status")}
    for status in ("enrolled", "in_training", "withdrawn"):
        assert CATALOGUES["zh"][f"cause.{status}"] == names[status]
