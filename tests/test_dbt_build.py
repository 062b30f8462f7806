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


def test_dbt_build_at_the_root_passes_on_an_empty_warehouse_unit_tests_included(tmp_path):
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        ensure_raw(con)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "--warn-error", "build"),
            *("--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")),
        ],
        cwd=PROJECT,
        env=dict(os.environ) | {"SKILLSDW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    results = json.loads((tmp_path / "target" / "run_results.json").read_text())["results"]
    ran = [row["unique_id"] for row in results if row["unique_id"].startswith("unit_test.")]
    assert len(ran) >= 40


def test_every_rule_of_the_catalogue_is_evaluated_by_a_model():
    with duckdb.connect() as con:
        rules = con.execute(f"select rule_code from read_csv('{PROJECT}/seeds/rule.csv')").fetchall()
    models = "".join(path.read_text() for path in (PROJECT / "models").rglob("*.sql"))
    assert [rule for (rule,) in rules if f"'{rule}'" not in models] == []
