"""`dbt build` at the root, as an analyst who knows dbt runs it: every model, contract, data test and unit test."""

import json
import os
import subprocess
import sys

import duckdb
import pytest

from skillsdw.home import PROJECT
from skillsdw.landing import ensure_raw

pytestmark = pytest.mark.minutes


def dbt(home, *arguments):
    target = ("--target-path", str(home / "target"), "--log-path", str(home / "logs"))
    return subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--warn-error", *arguments, *target],
        cwd=PROJECT,
        env=dict(os.environ) | {"SKILLSDW_HOME": str(home)},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A home of no rows that `dbt build` has built, and what became of it."""
    home = tmp_path_factory.mktemp("home")
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        ensure_raw(con)
    return home, dbt(home, "build")


def test_dbt_build_at_the_root_passes_on_an_empty_warehouse_unit_tests_included(built):
    home, done = built
    assert done.returncode == 0, done.stdout[-6000:]
    results = json.loads((home / "target" / "run_results.json").read_text())["results"]
    ran = [row["unique_id"] for row in results if row["unique_id"].startswith("unit_test.")]
    assert len(ran) >= 40


def relations(con):
    """Name and kind of every table and view that dbt made."""
    made = "where table_schema not in ('main', 'raw')"
    return set(
        con.execute(f"select table_schema, table_name, table_type from information_schema.tables {made}").fetchall()
    )


def test_what_stood_in_the_place_of_a_model_that_fails_is_still_there(built):
    home, _ = built
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        before = relations(con), con.execute("from marts.dim_city").fetchall()
        con.execute("alter table seeds.city rename name_zh to no_name")
    done = dbt(home, "run", "--select", "dim_city")
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        con.execute("alter table seeds.city rename no_name to name_zh")
        assert (relations(con), con.execute("from marts.dim_city").fetchall()) == before
    results = json.loads((home / "target" / "run_results.json").read_text())["results"]
    assert (done.returncode, results[-1]["status"]) == (1, "error"), done.stdout[-3000:]
    assert "name_zh" in results[-1]["message"]


def test_a_model_that_was_of_another_kind_is_made_anew(built):
    home, _ = built
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        before = relations(con)
        con.execute("drop view intermediate.int_year_elapsed; create table intermediate.int_year_elapsed (a int)")
        for table in ("marts.dim_date", "intermediate.int_projection"):
            con.execute(f"drop table {table}; create view {table} as select 1 as a")
    done = dbt(home, "run", "--select", "int_year_elapsed", "dim_date", "int_projection")
    assert done.returncode == 0, done.stdout[-3000:]
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        assert relations(con) == before


def test_every_rule_of_the_catalogue_is_evaluated_by_a_model():
    with duckdb.connect() as con:
        rules = con.execute(f"select rule_code from read_csv('{PROJECT}/seeds/rule.csv')").fetchall()
    models = "".join(path.read_text() for path in (PROJECT / "models").rglob("*.sql"))
    assert [rule for (rule,) in rules if f"'{rule}'" not in models] == []
