import json
from pathlib import Path

import duckdb
import pytest

from skillsdw.dictionary import (
    dictionary_text,
    in_both_languages,
    mart_tables,
    parsed_manifest,
    write_dictionary,
)
from skillsdw.landing import ensure_raw

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> Path:
    return parsed_manifest(tmp_path_factory.mktemp("target"))


def test_the_committed_dictionary_says_what_the_models_say(manifest, tmp_path):
    write_dictionary(manifest, tmp_path)

    committed = (ROOT / "docs/dictionary.md").read_text(encoding="utf-8")
    assert committed == (tmp_path / "dictionary.md").read_text(encoding="utf-8"), "run: make docs"


def test_every_mart_and_each_of_its_columns_is_described_in_both_languages_and_typed(manifest):
    tables = mart_tables(json.loads(manifest.read_text(encoding="utf-8")))

    assert {path.stem for path in (ROOT / "models/marts").glob("*.sql")} <= {table.name for table in tables}
    for table in tables:
        assert table.description.zh.startswith("一行是"), f"{table.name}: the grain comes first"
        assert table.columns, f"{table.name} has no columns"
        for column in table.columns:
            assert column.data_type, f"{table.name}.{column.name} has no type"


def test_every_model_seed_and_source_is_described_in_both_languages(manifest):
    described = json.loads(manifest.read_text(encoding="utf-8"))
    nodes = [node for node in described["nodes"].values() if node["resource_type"] in ("model", "seed")]

    for node in nodes + list(described["sources"].values()):
        in_both_languages(node["description"], node["name"])
        for column in node["columns"].values():
            in_both_languages(column["description"], f"{node['name']}.{column['name']}")


def test_the_tables_of_raw_are_described_as_landing_makes_them(manifest):
    sources = json.loads(manifest.read_text(encoding="utf-8"))["sources"].values()
    described = {
        (source["name"], column["name"], column["data_type"])
        for source in sources
        if source["schema"] == "raw"
        for column in source["columns"].values()
    }
    with duckdb.connect() as con:
        ensure_raw(con)
        made = con.execute(
            "select table_name, column_name, lower(data_type) from duckdb_columns() where schema_name = 'raw'"
        ).fetchall()

    assert described == set(made)


def test_every_mart_has_its_contract_enforced_and_is_public(manifest):
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()

    for node in nodes:
        if node["resource_type"] == "model" and node["schema"] == "marts":
            assert node["config"]["contract"]["enforced"], node["name"]
            assert node["config"]["access"] == "public", node["name"]


@pytest.mark.parametrize("text", ["", "一行是一个市。", "One row is one city.", "One row.\n一行是一个市。"])
def test_a_description_without_both_languages_is_refused(text):
    with pytest.raises(ValueError, match=r"dim_city\.name"):
        in_both_languages(text, "dim_city.name")


def test_facts_come_before_the_tables_of_pages_and_those_before_dimensions():
    node = {
        "resource_type": "model",
        "schema": "marts",
        "description": "一行是一条。\nOne row is one.",
        "columns": {"a|b": {"name": "a", "data_type": "varchar", "description": "甲|乙。\nA or b."}},
    }
    nodes = {name: {**node, "name": name} for name in ["dim_city", "headcount", "fct_employment"]}

    text = dictionary_text(mart_tables({"nodes": nodes, "sources": {}}))

    assert text.index("fct_employment") < text.index("headcount") < text.index("dim_city")
    assert "| `a` | varchar | 甲\\|乙。 | A or b. |" in text
