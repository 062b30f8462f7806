"""When figures are refreshed: at a month's close, a city's year of which ten or more records differ."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from skillsdw.disclosure.cells import Cells
from skillsdw.disclosure.ledger import LEAST_RECORDS, closed_month, is_of_secret, refreshed, settle

NANNING, HECHI = "450100", "451200"
JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


@pytest.fixture
def con(tmp_path: Path):
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as working:
        working.execute(
            """
            create schema marts;
            create schema seeds;
            create table seeds.target as select 2026 as plan_year;
            create table marts.fct_training_session as
            select
              'E-' || city || n as enrollment_id, 2026 as plan_year, city as city_code, 'I01' as industry_code,
              'migrant' as trainee_group, 'upskill' as training_type, date '2026-03-01' as end_month,
              true as is_counted, true as is_certified, true as is_subsidised, true as is_completed,
              'employed' as employment_status, []::varchar[] as violations
            from (values ('450100'), ('451200')) as of_city (city), range(40) as numbered (n)
            """
        )
    with duckdb.connect() as con:
        con.execute(f"attach '{tmp_path / 'warehouse.duckdb'}' as warehouse")
        con.execute(f"attach '{tmp_path / 'ledger.duckdb'}' as ledger")
        yield con


def counted(con: duckdb.DuckDBPyConnection) -> dict:
    """The counts as they are now, by place."""
    rows = con.execute(
        "select plan_year, city_code, count(*) from warehouse.marts.fct_training_session group by all"
    ).fetchall()
    return {(year, city): Cells({("total", "ALL", "counted"): count}) for year, city, count in rows}


def told(con: duckdb.DuckDBPyConnection, month: date) -> dict[str, int]:
    """What is told for a month, by city."""
    return {city: cells.total("counted") for (_, city), cells in refreshed(con, counted(con), month).items()}


def come(con: duckdb.DuckDBPyConnection, rows: int, city: str = HECHI) -> None:
    con.execute(
        "insert into warehouse.marts.fct_training_session select * replace (uuid()::varchar as enrollment_id) "
        "from warehouse.marts.fct_training_session where city_code = ? limit ?",
        [city, rows],
    )


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2026, 10, 31), date(2026, 10, 1)),
        (date(2026, 10, 30), date(2026, 9, 1)),
        (date(2026, 11, 1), date(2026, 10, 1)),
        (date(2027, 1, 15), date(2026, 12, 1)),
        (date(2028, 2, 29), date(2028, 2, 1)),
    ],
)
def test_a_month_is_over_on_its_last_day(day: date, month: date) -> None:
    assert closed_month(day) == month


@pytest.mark.parametrize(("rows", "is_told"), [(1, False), (LEAST_RECORDS - 1, False), (LEAST_RECORDS, True)])
def test_late_rows_are_told_when_they_are_ten_and_the_month_has_closed(con, rows: int, is_told: bool) -> None:
    assert told(con, JUNE) == {NANNING: 40, HECHI: 40}
    come(con, rows)
    assert told(con, JUNE) == {NANNING: 40, HECHI: 40}
    assert told(con, JULY) == {NANNING: 40, HECHI: 40 + rows * is_told}


def test_late_rows_wait_until_they_are_ten_together(con) -> None:
    told(con, JUNE)
    come(con, 6)
    assert told(con, JULY)[HECHI] == 40
    con.execute(
        "update warehouse.marts.fct_training_session set is_certified = false where enrollment_id like 'E-45120%'"
    )
    come(con, 1, NANNING)
    assert told(con, AUGUST) == {NANNING: 40, HECHI: 46}


@pytest.mark.parametrize(
    "changed",
    [
        *("industry_code = 'I02'", "trainee_group = 'student'", "training_type = 'order'", "is_counted = false"),
        *("is_certified = false", "employment_status = 'awaiting'", "end_month = date '2026-04-01'"),
        "violations = ['AGE']",
    ],
)
def test_every_property_that_is_told_counts_as_a_change(con, changed: str) -> None:
    told(con, JUNE)
    con.execute(f"update warehouse.marts.fct_training_session set {changed} where city_code = '{HECHI}'")
    moved = {place: Cells({("total", "ALL", "counted"): 7}) for place in counted(con)}
    found = {city: cells.total("counted") for (_, city), cells in refreshed(con, moved, JULY).items()}
    assert found == {NANNING: 40, HECHI: 7}


def test_rows_that_go_are_changes_too(con) -> None:
    told(con, JUNE)
    con.execute(f"delete from warehouse.marts.fct_training_session where enrollment_id >= 'E-{HECHI}3'")
    assert told(con, JULY)[HECHI] < 40


def test_a_month_stays_as_it_was_told_first(con) -> None:
    told(con, JULY)
    come(con, 20)
    assert told(con, AUGUST)[HECHI] == 60
    come(con, 20)
    assert (told(con, JULY)[HECHI], told(con, AUGUST)[HECHI]) == (40, 60)
    # An earlier month that was never told is held against what was told last.
    come(con, 3, NANNING)
    assert told(con, JUNE) == {NANNING: 40, HECHI: 80}
    assert told(con, AUGUST)[HECHI] == 60


@pytest.fixture
def funds(con):
    """A table of the province in the database `open`: payments by year and source, as they are now."""
    con.execute("attach ':memory:' as open")
    con.execute("create schema open.marts")

    def now(rows: str) -> None:
        con.execute(f"create or replace table open.marts.fund as from (values {rows}) as t (year, source, payments)")

    def told_for(month: date) -> list[tuple]:
        settle(con, "marts.fund", ("year", "source"), ("year",), ("payments",), month)
        return con.execute("from open.marts.fund order by all").fetchall()

    return now, told_for


@pytest.mark.parametrize(("more", "is_told"), [(1, False), (LEAST_RECORDS - 1, False), (LEAST_RECORDS, True)])
def test_the_provinces_rows_are_told_anew_when_ten_have_come(funds, more: int, is_told: bool) -> None:
    now, told_for = funds
    now("(2025, 'a', 100), (2025, 'b', 50), (2026, 'a', 70)")
    first = told_for(JUNE)
    now(f"(2025, 'a', {100 + more}), (2025, 'b', 51), (2026, 'a', 71)")
    second = told_for(JULY)
    assert second == ([(2025, "a", 100 + more), (2025, "b", 51), (2026, "a", 70)] if is_told else first)
    now("(2025, 'a', 500)")
    assert told_for(JULY) == second  # a month stays as it was told first
    now("(2025, 'a', 500)")
    assert told_for(JUNE) == first


def test_a_row_of_the_province_that_comes_or_goes_counts_with_all_it_has(funds) -> None:
    now, told_for = funds
    now("(2025, 'a', 100), (2026, 'a', 9)")
    first = told_for(JUNE)
    now("(2025, 'a', 100), (2025, 'b', 9)")
    assert told_for(JULY) == first
    now(f"(2025, 'a', 100), (2025, 'b', {LEAST_RECORDS}), (2026, 'a', 9)")
    assert told_for(AUGUST) == [(2025, "a", 100), (2025, "b", LEAST_RECORDS), (2026, "a", 9)]


def test_a_table_with_other_columns_is_told_anew(con, funds) -> None:
    now, told_for = funds
    now("(2025, 'a', 100)")
    told_for(JUNE)
    con.execute("create or replace table open.marts.fund as select 2025 as year, 'a' as source, 1 as payments, 2 as n")
    assert told_for(JULY) == [(2025, "a", 1, 2)]


def test_a_ledger_knows_the_secret_with_which_it_was_told(con) -> None:
    assert is_of_secret(con, "one")
    assert is_of_secret(con, "one")
    assert not is_of_secret(con, "another")
