"""Sessions as landing leaves them in raw: one person each, all of a kind, so that a test names what differs."""

from datetime import date
from uuid import UUID

import duckdb
import pyarrow as pa

from skillsdw.home import Home
from skillsdw.landing import ensure_raw


def session(number: int, **changed) -> dict:
    """A completed occupational course of the person `number`."""
    return {
        "enrollment_id": f"PX-{number:05d}",
        "person_key": UUID(int=number),
        "birth_year": 1990,
        "sex": "female",
        "origin_region": "45",
        "class_id": "BJ-1",
        "institution_uscc": "52450100MJ12345671",
        "county_code": "450103",
        "industry_code": "AI",
        "occupation_code": "4-04-05-05",
        "skill_level": "5",
        "training_type": "occupation",
        "trainee_group": "rural_transfer",
        "funding_source": "employment_subsidy",
        "start_date": date(2026, 2, 1),
        "end_date": date(2026, 4, 1),
        "class_hours": 80,
        "status": "completed",
    } | changed


def certificate(number: int) -> dict:
    """A passed certificate of the session `number`."""
    return {
        "certificate_no": f"ZS-{number:05d}",
        "enrollment_id": f"PX-{number:05d}",
        "person_key": UUID(int=number),
        "certificate_kind": "skill_level",
        "occupation_code": "4-04-05-05",
        "skill_level": "5",
        "result": "pass",
        "issued_on": date(2026, 6, 1),
    }


def land_sessions(home: Home, sessions: list[dict], certificates: list[dict] = ()) -> None:
    """Put the records into raw as one batch an extract."""
    home.root.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(home.warehouse)) as con:
        ensure_raw(con)
        for extract, rows in (("enrollment", sessions), ("certification", certificates)):
            if not rows:
                continue
            [batch] = con.execute("select coalesce(max(batch_id), 0) + 1 from raw.batch").fetchone()
            plain = [
                {**row, "person_key": str(row["person_key"]), "batch_id": batch, "row_number": number}
                for number, row in enumerate(rows, start=2)
            ]
            con.register("rows", pa.Table.from_pylist(plain))
            con.execute(f"insert into raw.{extract} by name select * from rows")
            con.unregister("rows")
            con.execute(
                "insert into raw.batch values (?, ?, ?, ?, current_timestamp::timestamp, 'landed', ?, ?, 0, null)",
                [batch, extract, f"{extract}/{batch}.csv", f"{batch:064x}", len(rows), len(rows)],
            )
