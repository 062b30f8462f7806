"""Files of invented persons, and what a home's tables hold."""

import csv
from pathlib import Path

import duckdb

from skillsdw.home import Home
from skillsdw.landing.identity import id_check_digit, uscc_check_character

PASSPHRASE = "a long passphrase"
COLUMNS = {
    "class_id": "BJ-01",
    "institution_uscc": "52450100MJ1234567" + uscc_check_character("52450100MJ1234567"),
    "county_code": "450103",
    "industry_code": "AI",
    "occupation_code": "4-04-05-05",
    "skill_level": "5",
    "training_type": "occupation",
    "trainee_group": "rural_transfer",
    "funding_source": "employment_subsidy",
    "start_date": "2025-03-01",
    "end_date": "2025-03-20",
    "class_hours": "40",
}


def person(number: int) -> str:
    """A resident ID with a right check digit; it is nobody's."""
    first17 = f"45010319900307{number:03d}"
    return first17 + id_check_digit(first17)


def file(home: Home, name: str, status: str = "completed", rows: int = 6) -> Path:
    """An enrolment file; every file has the same records, so that the last one to arrive counts."""
    path = home.landing / "enrollment" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["enrollment_id", "person_id", *COLUMNS, "status"])
        table.writerows([f"BM-{n:03d}", person(n % 4), *COLUMNS.values(), status] for n in range(rows))
    return path


def silent(_message: str) -> None:
    pass


def raw(home: Home, leave_out: str = "person_key") -> dict[str, list[tuple]]:
    """Every row of `raw`, in order, without one column where it is."""
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        tables = con.execute("select table_name from duckdb_tables() where schema_name = 'raw' order by 1").fetchall()
        return {
            table: con.execute(f"select columns(c -> c <> ?) from raw.{table} order by all", [leave_out]).fetchall()
            for (table,) in tables
            if table != "warehouse"
        }
