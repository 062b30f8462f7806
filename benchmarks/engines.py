"""The marts of DuckDB and of Spark, built from the same landing and compared row for row.

`python -m benchmarks.engines [--sessions 60000] [--home DIR] [--out FILE.md]`

Two cases: a sample with faults, corrections, payments and surveys, and small provinces in which everything ties,
borders and is corrected (tests/changes/random_batches.py). Whole numbers, decimals, dates, texts and lists have to be
equal; of floating numbers it is told how many are not the same to the last bit, and more than a part in 10¹¹ is a
difference.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

import duckdb

from skillsdw.build import DONE, DUCKDB, SPARK, build
from skillsdw.home import PROJECT, Home
from skillsdw.landing import ensure_raw, land
from skillsdw.publish import current_version

AS_OF = date(2026, 10, 31)
DIGITS = 11
# What says when and by whom a version was made.
OF_THE_BUILD = {"gate_result", "published_version", "version_change"}


@dataclass(frozen=True)
class Compared:
    """One mart: its rows, the rows that one engine has and the other has not, its floating numbers and how many of them
    are not bit for bit the same."""

    mart: str
    rows: int
    differing: int
    numbers: int
    not_to_the_bit: int


def main() -> int:
    """Build both, compare, print and write the table; 1 when a row differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=60_000)
    parser.add_argument("--home", type=Path, help="a home in which extracts have landed, instead of a sample")
    parser.add_argument("--out", type=Path, help="write the tables here")
    given = parser.parse_args()
    cases = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Home(given.home or Path(folder) / "sample")
        if not given.home:
            _sample(given.sessions, Path(folder) / "extracts", home)
        cases[f"{given.sessions:,} sessions" if not given.home else home.root.name] = compared(home, AS_OF)
        ties = Home(Path(folder) / "ties")
        land_ties(ties)
        cases["ties, borders and corrections"] = compared(ties, date(2026, 1, 31))
    text = "\n".join(table(name, found) for name, found in cases.items())
    print(text)
    if given.out:
        given.out.write_text(HEADING + text, encoding="utf-8")
    return int(any(one.differing for found in cases.values() for one in found))


def _sample(sessions: int, extracts: Path, home: Home) -> None:
    from skillsdw.sample.write import write_sample

    write_sample(extracts, sessions)
    land(home, [extracts], progress=_silent)


def land_ties(home: Home, provinces: int = 40, steps: int = 4, first: bool = True) -> None:
    """Small provinces beside each other, in several batches of every extract; without `first` only what follows it."""
    sys.path.insert(0, str(PROJECT / "tests" / "changes"))
    from random_batches import Province

    home.root.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(home.warehouse)) as con:
        ensure_raw(con)
        [batch_id] = con.execute("select coalesce(max(batch_id), 0) from raw.batch").fetchone()
        for number in range(provinces):
            province = Province(Random(number), number)
            beginning = list(province.first())
            for batches in (beginning if first else [], *(province.batches() for _ in range(steps))):
                for extract, rows in batches:
                    batch_id += 1
                    _insert(con, batch_id, extract, rows)


def _insert(con: duckdb.DuckDBPyConnection, batch_id: int, extract: str, rows: list[dict]) -> None:
    import pyarrow as pa

    numbered = [row | {"batch_id": batch_id, "row_number": number} for number, row in enumerate(rows, start=2)]
    con.register("rows", pa.Table.from_pylist(numbered))
    con.execute(f"insert into raw.{extract} by name select * from rows")
    con.unregister("rows")
    con.execute(
        "insert into raw.batch values (?, ?, ?, ?, timestamp '2026-01-01' + to_minutes(?), 'landed', ?, ?, 0, null)",
        [batch_id, extract, f"{extract}/{batch_id}.csv", f"{batch_id:064x}", batch_id, len(rows), len(rows)],
    )


def compared(home: Home, as_of: date) -> list[Compared]:
    """Build on both engines, publish each, compare what was published. RuntimeError when a build stops."""
    versions = []
    for engine in (DUCKDB, SPARK):
        report = build(home, as_of, full=True, engine=engine, progress=_silent)
        if report.state != DONE:
            raise RuntimeError(f"{engine}: {report.message}")
        versions.append(current_version(home))
    return list(differences(*versions))


def differences(one: Path, other: Path) -> Iterator[Compared]:
    """Every mart of two published files."""
    with duckdb.connect() as con:
        for name, file in (("one", one), ("other", other)):
            con.execute(f"attach '{file}' as {name} (read_only)")
        marts = con.execute(
            "select table_name, list({name: column_name, kind: data_type} order by column_index) from duckdb_columns() "
            "where database_name = 'one' and schema_name = 'marts' group by table_name order by table_name"
        ).fetchall()
        for mart, columns in marts:
            if mart not in OF_THE_BUILD:
                yield _compare(con, mart, columns)


def _compare(con: duckdb.DuckDBPyConnection, mart: str, columns: list[dict]) -> Compared:
    numbers = [column["name"] for column in columns if column["kind"] == "DOUBLE"]
    rounded = ", ".join(_rounded(column["name"], column["kind"]) for column in columns)
    one, other = (f"(select {rounded} from {name}.marts.{mart})" for name in ("one", "other"))
    rows, missing, surplus = con.execute(
        f"select (select count(*) from {one}), (select count(*) from ({one} except all {other})), "
        f"(select count(*) from ({other} except all {one}))"
    ).fetchone()
    loose = 0
    for name in numbers:
        exact = f'select "{name}" from {{}}.marts.{mart} where "{name}" is not null'
        loose += con.execute(
            f"select count(*) from ({exact.format('one')} except all {exact.format('other')})"
        ).fetchone()[0]
    filled = " + ".join(["count(null)", *(f'count("{name}")' for name in numbers)])
    count = con.execute(f"select {filled} from one.marts.{mart}").fetchone()[0]
    return Compared(mart, rows, missing + surplus, count, loose)


def _rounded(name: str, kind: str) -> str:
    """A column as it is compared."""
    if kind != "DOUBLE":
        return f'"{name}"'
    places = f'cast({DIGITS - 1} - floor(log10(abs("{name}"))) as integer)'
    return f'case when "{name}" = 0 then 0 else round("{name}", {places}) end as "{name}"'


HEADING = f"""# DuckDB and Spark, row for row

Written by `make spark`: the same landing, built and published once by each engine (`skillsdw build --engine spark`),
every mart compared. `numbers` are floating, `not to the bit` those of them whose last digits differ; more than a part
in 10^{DIGITS} counts as a row that differs. What it means: [spark.md](spark.md).

"""


def table(name: str, found: list[Compared]) -> str:
    """One case as Markdown."""
    lines = [
        f"## {name}",
        "",
        "| mart | rows | rows that differ | numbers | not to the bit |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.mart} | {one.rows:,} | {one.differing:,} | {one.numbers:,} | {one.not_to_the_bit:,} |" for one in found
    ]
    sums = [sum(getattr(one, name) for one in found) for name in ("rows", "differing", "numbers", "not_to_the_bit")]
    lines.append(f"| **{len(found)} marts** | " + " | ".join(f"**{value:,}**" for value in sums) + " |")
    return "\n".join(lines) + "\n"


def _silent(message: str) -> None:
    """Nothing to say while it works."""


if __name__ == "__main__":
    sys.exit(main())
