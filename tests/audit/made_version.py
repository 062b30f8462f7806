"""A published file of a few rows, every table as its contract has it: SQL is held against what a build makes."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from uuid import UUID

import duckdb
import yaml

from skillsdw.codes import read_seed
from skillsdw.home import PROJECT, Home

BUILD = "20261101T083000-000001"
ALL_EXTRACTS = ("enrollment", "certification", "employment", "subsidy", "institution", "demand")
SCHOOL, OTHER_SCHOOL = "52450100MJ12345671", "52450100MJ76543211"
TABLES = (
    "audit_certificate_conflict",
    "audit_payment_after_void",
    "dim_institution",
    "dim_rule",
    "extract_state",
    "fct_certification",
    "fct_employment",
    "fct_rule_violation",
    "fct_subsidy",
    "fct_training_session",
    "published_version",
    "subsidy_entitlement",
)


def person(number: int) -> UUID:
    return UUID(int=number)


def session(number: int, **changed: object) -> dict:
    """A counted course of the person `number`, two months of 80 hours."""
    return {
        "enrollment_id": f"PX-{number:05d}",
        "person_key": person(number),
        "class_id": "BJ-1",
        "institution_uscc": SCHOOL,
        "city_code": "450100",
        "training_type": "occupation",
        "trainee_group": "rural_transfer",
        "funding_source": "employment_subsidy",
        "start_date": date(2026, 2, 1),
        "end_date": date(2026, 4, 1),
        "plan_year": 2026,
        "class_hours": 80,
        "status": "completed",
        "is_completed": True,
        "is_counted": True,
        "violations": [],
        "employment_status": "awaiting",
    } | changed


def payment(number: int, of: int, **changed: object) -> dict:
    """A payment for the session `of` to its institution, after its end."""
    return {
        "payment_id": f"FF-{number:05d}",
        "enrollment_id": f"PX-{of:05d}",
        "component": "training",
        "funding_source": "employment_subsidy",
        "amount_yuan": Decimal("600.50"),
        "paid_on": date(2026, 5, 1),
        "payee_type": "institution",
        "payee_code": SCHOOL,
        "violations": [],
    } | changed


def certificate(number: int, of: int, **changed: object) -> dict:
    """A passed certificate of the session `of`, issued after its end."""
    return {
        "certificate_no": f"ZS-{number:05d}",
        "enrollment_id": f"PX-{of:05d}",
        "person_key": person(of),
        "certificate_kind": "skill_level",
        "result": "pass",
        "issued_on": date(2026, 4, 20),
    } | changed


def evidence(number: int, of: int, **changed: object) -> dict:
    """Evidence that the person `of` works from May on."""
    return {
        "record_id": f"JY-{number:05d}",
        "person_key": person(of),
        "employer_uscc": "91450100MA5K00001X",
        "evidence_type": "social_insurance",
        "evidence_from": date(2026, 5, 1),
        "city_code": "450100",
    } | changed


def violation(rule_code: str, extract: str, record_key: str, enrollment_id: str | None = None) -> dict:
    return {
        "extract": extract,
        "record_key": record_key,
        "enrollment_id": enrollment_id or record_key,
        "rule_code": rule_code,
        "city_code": "450100",
        "plan_year": 2026,
        "detail": "依据",
    }


@cache
def contract(table: str) -> dict[str, str]:
    """Column → type, as the model's contract says."""
    described = yaml.safe_load((PROJECT / "models" / "marts" / f"{table}.yml").read_text(encoding="utf-8"))
    return {column["name"]: column["data_type"] for column in described["models"][0]["columns"]}


def publish(root: Path, landed: tuple[str, ...] = ALL_EXTRACTS, build: str = BUILD, **tables: list[dict]) -> Home:
    """Publish a version with these rows under `root`; what has landed is told apart from what has rows."""
    home = Home(root)
    home.versions.mkdir(parents=True, exist_ok=True)
    file = home.versions / f"{build}.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("create schema marts")
        for table in TABLES:
            columns = ", ".join(f"{name} {kind}" for name, kind in contract(table).items())
            con.execute(f"create table marts.{table} ({columns})")
            for row in {**_given(build, landed), **tables}.get(table, []):
                places = ", ".join("?" for _ in row)
                con.execute(f"insert into marts.{table} ({', '.join(row)}) values ({places})", list(row.values()))
    home.link.unlink(missing_ok=True)
    home.link.symlink_to(file.relative_to(home.published))
    return home


def _given(build: str, landed: tuple[str, ...]) -> dict[str, list[dict]]:
    version = {
        "build_id": build,
        "published_at": datetime(2026, 11, 1, 8, 30),
        "as_of": date(2026, 10, 31),
        "git_commit": "7f3a2c1",
        "rules_version": "2025-09",
    }
    return {
        "published_version": [version],
        "dim_rule": read_seed("rule"),
        "dim_institution": [
            {"institution_code": SCHOOL, "is_registered": True, "kind": "private_training"},
            {"institution_code": OTHER_SCHOOL, "is_registered": True, "kind": "chain_leader_enterprise"},
        ],
        "extract_state": [
            {
                "extract": row["extract"],
                "name_zh": row["name_zh"],
                "name_en": row["name_en"],
                "has_landed": row["extract"] in landed,
            }
            for row in read_seed("extract")
        ],
    }
