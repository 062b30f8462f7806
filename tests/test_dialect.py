"""Models are written in what DuckDB and Spark both understand; `make spark` runs them, this only reads them."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
# Words of one engine alone; models/intermediate/changed is of DuckDB alone, and so is what makes kept tables.
ONE_ENGINE = re.compile(
    r"\b(unpivot|pivot|unnest|explode|generate_series|strftime|struct_pack|list_(?!status)\w+|list|arg_min|arg_max|"
    r"date_diff|datediff|hugeint|collect_list|quantile_cont|to_months|strpos|exclude|group by all|union all by name)\b"
    r"|\* replace|\bas varchar\b|filter \((?!where )|\b(sum|avg)\([^()]* order by "
)
OF_DUCKDB = ("models/intermediate/changed", "macros/dialect", "macros/materializations")


def sql_files() -> list[Path]:
    found = [path for folder in ("models", "macros", "tests/data") for path in (PROJECT / folder).rglob("*.sql")]
    return [path for path in found if not str(path.relative_to(PROJECT)).startswith(OF_DUCKDB)]


@pytest.mark.parametrize("file", sql_files(), ids=lambda path: path.stem)
def test_words_of_one_engine_are_behind_macros(file):
    text = re.sub(r"\{#.*?#\}|--[^\n]*", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", "", text, flags=re.DOTALL)
    assert ONE_ENGINE.findall(text) == []


def test_every_dispatched_word_is_there_for_both_engines():
    words = {}
    for name in ("dialect", "duckdb", "spark"):
        text = (PROJECT / "macros" / "dialect" / f"{name}.sql").read_text(encoding="utf-8")
        words[name] = set(re.findall(r"{%-? macro (?:duckdb__|spark__)?(\w+)\(", text))
    assert words["dialect"] <= words["duckdb"]
    assert words["dialect"] <= words["spark"]
