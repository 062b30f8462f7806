"""When figures are refreshed: at the close of a month, a city's year when more than ten of its records differ.

Kept in a file of the home that no reader has and that outlives the working file (`Home.ledger`): by month each city's
year as it was told, what its records were when it was last told anew (a hash a record), and the province's tables of
which only the whole is told. One late row shows neither by itself, since nothing moves for it, nor by what moves beside
it.

Everything here takes a connection to which the working file is attached as `warehouse` and the ledger as `ledger`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from skillsdw.disclosure.cells import Cells, Place

# One more than the values that must be left: who knows that something was to change and sees that nothing was told anew
# knows that it was fewer.
LEAST_RECORDS = 11

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
    one they are those of now where enough records differ, else those of the last time. Writes down both."""
    con.execute("begin")
    con.execute(
        "create table if not exists ledger.cell (closed_month date, plan_year integer, "
        "city_code varchar, dimension varchar, member varchar, measure varchar, count bigint)"
    )
    con.execute("create table if not exists ledger.record (plan_year integer, city_code varchar, print ubigint)")
    con.execute("create table if not exists ledger.refresh (closed_month date)")
    (is_told, latest) = con.execute(
        "select coalesce(bool_or(closed_month = ?), false), max(closed_month) from ledger.refresh",
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


def is_of_secret(con: duckdb.DuckDBPyConnection, check: str) -> bool:
    """Whether all that the ledger holds was told with the secret of this digest; a new ledger takes it down."""
    con.execute("create table if not exists ledger.secret (digest varchar)")
    row = con.execute("select digest from ledger.secret").fetchone()
    if row is None:
        con.execute("insert into ledger.secret values (?)", [check])
    return row is None or row[0] == check


def kept_check(ledger: Path) -> str | None:
    """The digest of the secret with which a ledger was told; None for a file that cannot be read."""
    try:
        with duckdb.connect(str(ledger), read_only=True) as con:
            row = con.execute("select digest from secret").fetchone()
    except duckdb.Error:
        return None
    return row[0] if row else None


def settle(
    con: duckdb.DuckDBPyConnection,
    table: str,
    key: Sequence[str],
    part: Sequence[str],
    counts: Sequence[str],
    month: date,
) -> None:
    """Put the rows of `table` (schema and name, in the database `open`) back to what they were when last told, but
    where more than ten of what they count came or went since; write down what is told.

    Rows of one `part` (columns of their key: a year, a city's year) are told anew together.
    """
    here, kept = f"open.{table}", f'ledger.province."{table}"'
    con.execute("create schema if not exists ledger.province")
    empty = f"table {kept} as select null::date as closed_month, * from {here} limit 0"
    con.execute(empty.replace("table", "create table if not exists", 1))
    if _columns(con, kept)[1:] != _columns(con, here):  # of an older code
        con.execute(empty.replace("table", "create or replace table", 1))
    is_told, latest = con.execute(
        f"select coalesce(bool_or(closed_month = ?), false), max(closed_month) from {kept}", [month]
    ).fetchone()
    if latest:
        con.execute(
            "create or replace temp table before as "
            f"from {kept} select * exclude (closed_month) where closed_month = ?",
            [month if is_told else latest],
        )
        same = _alike("now", "before", key)
        moved = ", ".join(f"abs(coalesce(now.{name}, 0) - coalesce(before.{name}, 0))" for name in counts)
        parts = ", ".join(f"coalesce(now.{name}, before.{name}) as {name}" for name in part)
        con.execute(
            f"""
            create or replace temp table moved as
            select distinct {parts}
            from {here} as now
            full join before on {same}
            where greatest({moved}, 0) >= {LEAST_RECORDS} and not {is_told}
            """
        )
        con.execute(f"delete from {here} as t where not exists (from moved where {_alike('moved', 't', part)})")
        con.execute(
            f"insert into {here} from before as t where not exists (from moved where {_alike('moved', 't', part)})"
        )
    if not is_told:
        con.execute(f"insert into {kept} select ?, * from {here}", [month])


def _alike(one: str, other: str, columns: Sequence[str]) -> str:
    return " and ".join(f"{one}.{name} is not distinct from {other}.{name}" for name in columns)


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """The columns of a table, each with its type."""
    return [(name, kind) for name, kind, *_ in con.execute(f"describe {table}").fetchall()]


def _read(con: duckdb.DuckDBPyConnection, month: date) -> dict[Place, Cells]:
    found: dict[Place, Cells] = {}
    rows = con.execute("select * exclude (closed_month) from ledger.cell where closed_month = ?", [month])
    for year, city, dimension, member, measure, count in rows.fetchall():
        found.setdefault((year, city), Cells()).counts[dimension, member, measure] = count
    return found


def _stale(con: duckdb.DuckDBPyConnection) -> set[Place]:
    """The cities' years of which so many records came, went or changed that none of them stands out."""
    rows = con.execute(
        f"""
        with came as (
          select plan_year, city_code, count(*) as records
          from now_print anti join ledger.record as kept using (plan_year, city_code, print)
          group by plan_year, city_code
        ),

        gone as (
          select plan_year, city_code, count(*) as records
          from ledger.record as kept anti join now_print using (plan_year, city_code, print)
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
        con.execute("insert into ledger.cell select * from given")
        con.unregister("given")
    con.execute("insert into ledger.refresh values (?)", [month])


def _remember(con: duckdb.DuckDBPyConnection, stale: set[Place]) -> None:
    """What the records of the places that are told anew were."""
    con.execute("create or replace temp table stale (plan_year integer, city_code varchar)")
    con.executemany("insert into stale values (?, ?)", [list(place) for place in sorted(stale)])
    con.execute("delete from ledger.record where (plan_year, city_code) in (from stale)")
    con.execute("insert into ledger.record select * from now_print where (plan_year, city_code) in (from stale)")
