"""What is laid out for Spark and what is brought home from it, without Spark."""

import duckdb
import pytest
from landed_sessions import certificate, land_sessions, session

from skillsdw import build as building
from skillsdw.build import BuildError, build
from skillsdw.lake import bring_home, lay_out


def test_a_batch_is_laid_out_once_and_goes_with_its_landing(home, tmp_path):
    lake = tmp_path / "lake"
    land_sessions(home, [session(1), session(2)], [certificate(1)])
    lay_out(home, lake)
    first = lake / "enrollment" / "batch-1.parquet"
    written = first.stat().st_mtime_ns
    land_sessions(home, [session(3)])
    lay_out(home, lake)
    assert first.stat().st_mtime_ns == written
    assert sorted(path.name for path in (lake / "enrollment").iterdir()) == ["batch-1.parquet", "batch-3.parquet"]
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("delete from raw.enrollment where batch_id = 1")
    lay_out(home, lake)
    assert [path.name for path in (lake / "enrollment").iterdir()] == ["batch-3.parquet"]


def test_what_never_landed_has_its_columns(home, tmp_path):
    land_sessions(home, [session(1)])
    lay_out(home, tmp_path)
    files = tmp_path / "subsidy" / "*.parquet"
    with duckdb.connect() as con:
        names = {row[0]: row[1] for row in con.execute(f"describe from '{files}'").fetchall()}
        assert con.execute(f"select count(*) from '{files}'").fetchone() == (0,)
    assert names["amount_yuan"] == "DECIMAL(14,2)"
    assert names["payee_key"] == "VARCHAR"


def test_marts_come_home_in_the_types_of_their_contracts(home, monkeypatch, tmp_path):
    monkeypatch.setenv("SKILLSDW_SPARK_MARTS", str(tmp_path))
    land_sessions(home, [session(1)])
    (tmp_path / "fact").mkdir()
    with duckdb.connect() as con:
        con.execute(
            "copy (select '00000000-0000-0000-0000-000000000001' as person_key, 7 as sessions, "
            f"['B', 'A'] as violations) to '{tmp_path}/fact/part-0.parquet'"
        )
    contracts = {
        "fact": {"violations": "varchar[]", "person_key": "uuid", "sessions": "bigint"},
        "empty": {"plan_year": "integer"},
    }
    bring_home(home, contracts)
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        columns = con.execute(
            "select column_name, data_type from duckdb_columns() where table_name = 'fact' order by column_index"
        ).fetchall()
        assert columns == [("violations", "VARCHAR[]"), ("person_key", "UUID"), ("sessions", "BIGINT")]
        assert con.execute("select violations, sessions from marts.fact").fetchall() == [(["B", "A"], 7)]
        assert con.execute("select count(*) from marts.empty").fetchone() == (0,)


def test_without_spark_the_build_says_what_is_missing(home, monkeypatch):
    land_sessions(home, [session(1)])
    monkeypatch.setattr(building.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(BuildError, match=r"dbt\.adapters\.spark, pyspark"):
        build(home, engine="spark", progress=lambda _: None)
