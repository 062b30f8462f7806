"""When figures are refreshed: at the close of a month, a city's year when ten or more of its records differ.

Kept in the working file, which no reader has: by month each city's year as it was told, and what its records were when
it was last told anew (a hash a record). One late row shows neither by itself, since nothing moves for it, nor by what
moves beside it.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import duckdb
import pyarrow as pa

from skillsdw.disclosure.cells import Cells, Place

LEAST_RECORDS = 10

_PRINTS = """
select
  plan_year,
  city_code,
  hash(
    enrollment_id, industry_code, trainee_group, training_type, end_month, is_counted, is_certified, employment_status,
    violations::varchar
  ) as print
from warehouse.marts.fct_training_session
where
  is_subsidised and is_completed
  and city_code is not null
  and plan_year in (select plan_year from warehouse.seeds.target)
"""


def closed_month(as_of: date) -> date:
    """The last month that is over on a day, by its first day."""
    return ((as_of + timedelta(days=1)).replace(day=1) - timedelta(days=1)).replace(day=1)


def refreshed(con: duckdb.DuckDBPyConnection, now: Mapping[Place, Cells], month: date) -> dict[Place, Cells]:
    """The counts that are told for the month that is over. Those of a month stay as they were told first; for a new
    one they are those of now where enough records differ, else those of the last time. Writes down both.

    `con` has the working file as `warehouse`, to be written.
    """
    con.execute("begin")
    con.execute("create schema if not exists warehouse.disclosure")
    con.execute(
        "create table if not exists warehouse.disclosure.cell (closed_month date, plan_year integer, "
        "city_code varchar, dimension varchar, member varchar, measure varchar, count bigint)"
    )
    con.execute(
        "create table if not exists warehouse.disclosure.record (plan_year integer, city_code varchar, print ubigint)"
    )
    con.execute("create table if not exists warehouse.disclosure.refresh (closed_month date)")
    (is_told, latest) = con.execute(
        "select coalesce(bool_or(closed_month = ?), false), max(closed_month) from warehouse.disclosure.refresh",
        [month],
    ).fetchone()
    if is_told:
        con.execute("rollback")
        return _read(con, month)
    con.execute(f"create or replace temp table now_print as {_PRINTS}")
    stale = _stale(con) if latest else {place for place in now if place[0]}
    # What is counted over the plan as a whole moves with a year of it.
    if stale:
        stale |= {(0, city) for _, city in stale} | {(0, "ALL")}
    before = _read(con, latest) if latest else {}
    told = {place: cells for place, cells in before.items() if place not in stale}
    told |= {place: cells for place, cells in now.items() if place in stale}
    _write(con, told, month)
    if stale and (not latest or month > latest):
        _remember(con, stale)
    con.execute("commit")
    return told


def _read(con: duckdb.DuckDBPyConnection, month: date) -> dict[Place, Cells]:
    found: dict[Place, Cells] = {}
    rows = con.execute("select * exclude (closed_month) from warehouse.disclosure.cell where closed_month = ?", [month])
    for year, city, dimension, member, measure, count in rows.fetchall():
        found.setdefault((year, city), Cells()).counts[dimension, member, measure] = count
    return found


def _stale(con: duckdb.DuckDBPyConnection) -> set[Place]:
    """The cities' years of which so many records came, went or changed that none of them stands out."""
    rows = con.execute(
        f"""
        with came as (
          select plan_year, city_code, count(*) as records
          from now_print anti join warehouse.disclosure.record as kept using (plan_year, city_code, print)
          group by plan_year, city_code
        ),

        gone as (
          select plan_year, city_code, count(*) as records
          from warehouse.disclosure.record as kept anti join now_print using (plan_year, city_code, print)
          group by plan_year, city_code
        )

        select plan_year, city_code
        from came full join gone using (plan_year, city_code)
        where greatest(coalesce(came.records, 0), coalesce(gone.records, 0)) >= {LEAST_RECORDS}
        """
    ).fetchall()
    return {(year, city) for year, city in rows}


def _write(con: duckdb.DuckDBPyConnection, told: Mapping[Place, Cells], month: date) -> None:
    rows = [
        (month, *place, *name, count)
        for place, cells in sorted(told.items())
        for name, count in sorted(cells.counts.items())
    ]
    if rows:
        names = ("closed_month", "plan_year", "city_code", "dimension", "member", "measure", "count")
        given = pa.table({name: pa.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)})
        con.register("given", given)
        con.execute("insert into warehouse.disclosure.cell select * from given")
        con.unregister("given")
    con.execute("insert into warehouse.disclosure.refresh values (?)", [month])


def _remember(con: duckdb.DuckDBPyConnection, stale: set[Place]) -> None:
    """What the records of the places that are told anew were."""
    con.execute("create or replace temp table stale (plan_year integer, city_code varchar)")
    con.executemany("insert into stale values (?, ?)", [list(place) for place in sorted(stale)])
    con.execute("delete from warehouse.disclosure.record where (plan_year, city_code) in (from stale)")
    con.execute(
        "insert into warehouse.disclosure.record select * from now_print where (plan_year, city_code) in (from stale)"
    )
