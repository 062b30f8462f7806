"""`dbt build` at the root, as an analyst who knows dbt runs it: every model, contract, data test and unit test."""

import json
import os
import shutil
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


# What fails while its rows are made, when the table is gone within the transaction already; a view when it is bound.
BROKEN = {
    "dim_city": (
        "alter table seeds.city rename to city_whole; create view seeds.city as select * replace "
        "(case when city_code is null then name_zh else error('on purpose') end as name_zh) from seeds.city_whole",
        "drop view seeds.city; alter table seeds.city_whole rename to city",
    ),
    "int_year_elapsed": (
        "alter table intermediate.int_season_profile rename days_in_month to no_days",
        "alter table intermediate.int_season_profile rename no_days to days_in_month",
    ),
}


def stands(con, table):
    return relations(con), con.execute(f"from {table} order by all").fetchall()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "table", "another_kind"),
    [
        ("dim_city", "marts.dim_city", ""),
        ("int_year_elapsed", "intermediate.int_year_elapsed", "drop view {0}; create table {0} as select 1 as a"),
    ],
)
def test_what_stood_in_the_place_of_a_model_that_fails_is_still_there(built, tmp_path, model, table, another_kind):
    home = tmp_path / "home"
    shutil.copytree(built[0], home)
    broken, mended = BROKEN[model]
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        con.execute(another_kind.format(table))
        before = stands(con, table)
        con.execute(broken)
    done = dbt(home, "run", "--select", model)
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        con.execute(mended)
        assert stands(con, table) == before
    results = json.loads((home / "target" / "run_results.json").read_text())["results"]
    assert (done.returncode, results[-1]["status"]) == (1, "error"), done.stdout[-3000:]


@pytest.mark.slow
def test_a_model_that_was_of_another_kind_is_made_anew_and_what_is_left_of_a_killed_build_goes(built):
    home = built[0]
    tables = ("marts.dim_date", "intermediate.int_projection", "intermediate.int_year_elapsed")
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        before = [stands(con, table) for table in tables]
        con.execute("drop view intermediate.int_year_elapsed; create table intermediate.int_year_elapsed (a int)")
        for table in tables[:2]:
            con.execute(f"drop table {table}; create view {table} as select 1 as a")
        con.execute(
            "create table marts.dim_city__dbt_backup (a int); create table intermediate.int_projection__dbt_tmp (a int)"
        )
    done = dbt(home, "run", "--select", "int_year_elapsed", "dim_date", "int_projection")
    assert done.returncode == 0, done.stdout[-3000:]
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        assert [stands(con, table) for table in tables] == before


def test_every_rule_of_the_catalogue_is_evaluated_by_a_model():
    with duckdb.connect() as con:
        rules = con.execute(f"select rule_code from read_csv('{PROJECT}/seeds/rule.csv')").fetchall()
    models = "".join(path.read_text() for path in (PROJECT / "models").rglob("*.sql"))
    assert [rule for (rule,) in rules if f"'{rule}'" not in models] == []
