"""The fixture's columns are those of the marts' contracts, so that a page tested here runs there."""

from pathlib import Path

import fixture
import pytest
import yaml

MARTS = Path(__file__).parents[2] / "models" / "marts"
IS_FILTERED = {
    "city_scorecard",
    "dim_city",
    "dim_industry",
    "dim_rule",
    "dim_funding_source",
}  # some columns only


def contract(table: str) -> dict[str, str]:
    """column → type as the model declares them."""
    declared = yaml.safe_load((MARTS / f"{table}.yml").read_text(encoding="utf-8"))
    # gate_result is written by the build and not by a model: dbt knows it as a source.
    model = declared["models"][0] if "models" in declared else declared["sources"][0]["tables"][0]
    return {column["name"]: column["data_type"] for column in model["columns"]}


@pytest.mark.parametrize("table", sorted(set(fixture.TABLES)))
def test_columns_and_types_are_the_contracts(table):
    made = dict(column.split() for column in fixture.TABLES[table].split(","))
    declared = contract(table)
    if table in IS_FILTERED:
        declared = {name: kind for name, kind in declared.items() if name in made}
    assert made == declared
