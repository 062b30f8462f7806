"""A version whose every mart is filled: a row for each cell that its key columns name, so that each rule meets one.

Tables, types and columns are those of the contracts.
"""

import datetime
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1] / "dashboard"))  # the contracts' reader of the pages' tests

import contract

OWN, OTHERS = "451200", ("450100", "450200", "450300", "450400")
CITIES = (OWN, *OTHERS)
INDUSTRIES, GROUPS, TYPES = ("I01", "OTHER"), ("migrant", "student"), ("upskill", "order")
RULES, EXTRACTS = ("HOURS_MIN", "OVERPAID"), ("enrollment", "subsidy")
MONTH = datetime.date(2026, 1, 1)

# Column → what it is in the rows of a table; a table's rows are the product of its columns that are here.
KEYS: Mapping[str, tuple] = {
    "plan_year": (0, 2025, 2026),
    "calendar_year": (2026,),
    "month_of_year": (0, 1, 2),
    "surveyed_half": (MONTH,),
    "end_month": (MONTH, datetime.date(2026, 2, 1)),
    "months_since": (0, 1),
    "city_code": (*CITIES, "ALL"),
    "industry_code": (*INDUSTRIES, "ALL"),
    "trainee_group": (*GROUPS, "ALL"),
    "training_type": (*TYPES, "ALL"),
    "funding_source": ("employment_subsidy", "self", "ALL"),
    "component": ("training",),
    "occupation_code": ("6-01", "6-02"),
    "rule_code": RULES,
    "extract": (*EXTRACTS, "ALL"),
    "reason_code": ("r1", "r2"),
    "measure": ("certification_rate", "employment_rate", "violation_rate", "priority_share_persons"),
    "peer_code": CITIES,
    "step": ("completed", "eligible", "certified", "employed"),
}
# Tables whose key is not the product: its rows as they are.
PLACED: Mapping[str, Iterable[dict]] = {
    "dim_city": [{"city_code": city, "is_city": True} for city in CITIES],
    "outcome_part": [
        {"plan_year": year, "city_code": "ALL", "industry_code": industry, "trainee_group": "ALL",
         "training_type": "ALL", "dimension": dimension, "member_code": member}
        for year in (2025, 2026)
        for industry in ("ALL", "I01")
        for dimension, member in (("city", OTHERS[0]), ("city", OWN), ("group", GROUPS[0]), ("type", TYPES[0]))
    ],
    **{
        table: [
            {"plan_year": year, "dimension": dimension, "code": code}
            for year in (2025, 2026)
            for dimension, codes in (("city", CITIES), (by, members))
            for code in codes
        ]
        for table, by, members in (
            ("priority_change", "industry", INDUSTRIES), ("priority_contribution", "trainee_group", GROUPS)
        )
    },
    "target_progress": [{"plan_year": year} for year in (0, 2025, 2026)],
    "attention_item": [
        {"plan_year": 2026, "kind": kind, "subject_code": subject}
        for kind, subject in (
            ("city_behind_pace", OTHERS[0]), ("priority_below_target", OTHERS[0]), ("rule_loss", RULES[0])
        )
    ],
    "funnel_loss": [
        {"plan_year": 2026, "step": step, "cause": cause}
        for step, cause in (("eligible", RULES[0]), ("certified", "not_certified"), ("employed", "awaiting"))
    ],
}  # fmt: skip
FACTS = {
    "fct_training_session": [
        {"enrollment_id": f"{city}-{year}", "city_code": city, "institution_uscc": school, "plan_year": year,
         "industry_code": "I01", "trainee_group": GROUPS[0], "training_type": TYPES[0], "is_completed": True,
         "is_counted": True, "is_priority": True, "end_date": datetime.date(year, 1, 15), "end_month": MONTH}
        for city, school in zip(CITIES, ("A", "B", "C", "B", "A"), strict=True)
        for year in (2025, 2026)
    ],
    # In a second city, too: A, of the reader's own.
    **{
        table: [{"plan_year": 2026, "institution_code": school, "city_code": OWN} for school in ("A", "D")]
        for table in ("institution_scorecard", "institution_funnel", "institution_growth", "institution_rule")
    },
    "fct_subsidy": [
        {"payment_id": "1", "city_code": OWN, "park_code": "P1", "paid_on": MONTH, "amount_yuan": 10,
         "funding_source": "employment_subsidy"},
        {"payment_id": "2", "city_code": OWN, "park_code": "P2", "paid_on": MONTH, "amount_yuan": 10,
         "funding_source": "self"},
        {"payment_id": "3", "city_code": OTHERS[0], "park_code": "P2", "paid_on": MONTH, "amount_yuan": 10,
         "funding_source": "employment_subsidy"},
    ],
    "park_budget": [
        {"park_code": park, "calendar_year": 2026, "payments": 1, "name_zh": park} for park in ("P1", "P2")
    ],
    **{
        table: [{"enrollment_id": f"{city}-2026"} for city in CITIES]
        for table in ("audit_certificate_conflict", "fct_certification")
    },
    "gate_result": [{"gate": "gate_1", "observed": "three cities"}],
}  # fmt: skip
# A city alone or a province's industry alone; their cross is in no table but these.
_NO_CROSS = {"priority_scope": lambda row: "ALL" in (row["city_code"], row["industry_code"])}


def version(at: Path, number: int = 50) -> Path:
    """Write the planted version to `at`; every number but keys is `number`."""
    with duckdb.connect(str(at)) as con:
        con.execute("begin")
        con.execute("create schema marts")
        for table, columns in contract.tables().items():
            con.execute(
                f"create table marts.{table} ({', '.join(f'{name} {kind}' for name, (kind, _) in columns.items())})"
            )
            rows = [_row(columns, key, number) for key in _rows(table, columns)]
            if rows:
                one = f"({', '.join('?' * len(columns))})"
                values = [value for row in rows for value in row]
                con.execute(f"insert into marts.{table} values {', '.join([one] * len(rows))}", values)
        con.execute("commit")
    return at


def _row(columns: Mapping[str, tuple[str, str]], key: Mapping[str, object], number: int) -> list:
    row = {column: _other(kind, number) for column, (kind, _) in columns.items()} | key
    return [row[column] for column in columns]


def _rows(table: str, columns: Mapping[str, object]) -> Iterator[dict]:
    if table in PLACED or table in FACTS:
        for row in PLACED.get(table, FACTS.get(table, ())):
            yield {column: value for column, value in row.items() if column in columns}
        return
    if table.startswith(("dim_", "fct_")):
        return
    names = [name for name in columns if name in KEYS]
    for values in product(*(KEYS[name] for name in names)):
        row = dict(zip(names, values, strict=True))
        if _NO_CROSS.get(table, lambda _: True)(row):
            yield row


def _other(kind: str, number: int) -> object:
    kind = kind.lower()
    if kind.startswith(("bigint", "integer", "double", "decimal", "hugeint")):
        return number
    return {"boolean": False, "date": datetime.date(2025, 10, 31), "varchar": "x"}.get(kind)
