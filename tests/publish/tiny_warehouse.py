"""A home with a tiny working warehouse: enough for what publishing does, made in milliseconds."""

import duckdb

from expectations.result import GateResult
from skillsdw.home import Home
from skillsdw.publish import Marts

MARTS = Marts(
    ["dim_city", "published_version"],
    {
        "dim_city": {None: "一行是一个市。\nOne row is one city.", "name_zh": "中文名称,it's quoted。"},
        "gate_result": {None: "一行是一项检查。", "status": "结果。"},
    },
)


def fill_working(home: Home, build_id: str) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("create schema if not exists marts")
        con.execute("create or replace table marts.dim_city as select '450100' as city_code, '南宁市' as name_zh")
        con.execute("create or replace table marts.not_in_manifest as select 1 as left_over")
        con.execute(
            f"""
            create or replace table marts.published_version as
            select
              '{build_id}' as build_id, cast(null as timestamp) as published_at, date '2026-10-31' as as_of,
              '2025-09-0' as rules_version, 'unknown' as git_commit
            """
        )


def result(status: str = "passed", severity: str = "error") -> GateResult:
    return GateResult(
        "gate_1", "a_check", "raw.batch", severity, status, None, 0, "说明", "message", "2026-10-31T08:00:00"
    )
