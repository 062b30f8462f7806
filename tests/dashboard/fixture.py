"""A small published home: one version with every mart, and the link to it.

Tables, types and comments are those of the contracts in `models/marts` (contract.py); the rows of the Overview are
below, those of another page in `rows_<page>.py`; a mart that nobody fills is there and empty. The story: as of
2026-10-31, 2025 reached its target, 2026 is behind the calendar, 2027 has not begun.
"""

import importlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import ModuleType

import contract
import duckdb

from skillsdw.editions import open_file
from skillsdw.home import Home
from skillsdw.seeds import read_seed

AS_OF = date(2026, 10, 31)
BUILD = "20261101T083000-7f3a2c1"

PROGRESS = {
    # year: target, counted, enrolled, completed, persons, priority persons, priority sessions, elapsed
    2025: (180_000, 181_300, 214_600, 203_900, 163_200, 112_608, 123_647, 1.0),
    2026: (210_000, 163_000, 205_400, 183_800, 148_700, 106_618, 113_600, 304 / 365),
    2027: (210_000, 0, 0, 0, 0, 0, 0, 0.0),
    0: (
        600_000,
        344_300,
        420_000,
        387_700,
        291_500,
        205_508,
        237_247,
        (180_000 + 210_000 * 304 / 365) / 600_000,
    ),
}
MONTHS = {
    2025: (6_100, 5_200, 12_400, 14_800, 16_300, 17_100, 13_900, 14_200, 18_700, 19_600, 21_400, 21_600),
    2026: (7_900, 6_300, 15_200, 16_700, 18_400, 18_900, 15_800, 16_100, 22_300, 25_400, None, None),
}
FUNNEL = {
    2025: (221_900, 203_900, 193_800, 181_300, 139_600, 98_400),
    2026: (212_400, 183_800, 174_900, 163_000, 121_800, 58_300),
    0: (434_300, 387_700, 368_700, 344_300, 261_400, 156_700),
}
STEPS = ("declared", "completed", "subsidised", "eligible", "certified", "employed")
LOSSES = {
    2025: (
        ("completed", "withdrawn", 14_200),
        ("completed", "in_training", 2_900),
        ("completed", "enrolled", 900),
        ("subsidised", "enterprise_education", 6_700),
        ("subsidised", "self_funded", 3_400),
        ("eligible", "ANNUAL_CAP", 7_900),
        ("eligible", "HOURS_MIN", 2_600),
        ("eligible", "LICENCE", 2_100),
        ("certified", "not_certified", 41_700),
        ("employed", "not_employed", 41_200),
    ),
    2026: (
        ("completed", "in_training", 16_800),
        ("completed", "withdrawn", 8_900),
        ("completed", "enrolled", 2_900),
        ("subsidised", "enterprise_education", 5_800),
        ("subsidised", "self_funded", 3_100),
        ("eligible", "ANNUAL_CAP", 5_210),
        ("eligible", "HOURS_MIN", 3_140),
        ("eligible", "FUND_MATCH", 2_480),
        ("eligible", "LICENCE", 1_650),
        ("certified", "not_certified", 41_200),
        ("employed", "too_early", 38_900),
        ("employed", "awaiting", 15_200),
        ("employed", "not_employed", 9_400),
    ),
    0: (
        ("completed", "withdrawn", 23_100),
        ("completed", "in_training", 19_700),
        ("completed", "enrolled", 3_800),
        ("subsidised", "enterprise_education", 12_500),
        ("subsidised", "self_funded", 6_500),
        ("eligible", "ANNUAL_CAP", 13_110),
        ("eligible", "HOURS_MIN", 5_740),
        ("certified", "not_certified", 82_900),
        ("employed", "not_employed", 50_600),
        ("employed", "too_early", 38_900),
        ("employed", "awaiting", 15_200),
    ),
}
ATTENTION = (
    (2026, 1, "rule_loss", "rule", "ANNUAL_CAP", 5_210.0, None, 5_210),
    (2026, 2, "city_behind_pace", "city", "450900", 0.742, 1.0, 4_830),
    (2026, 3, "industry_without_training", "industry", "I14", 0.0, None, None),
)
ROWS = (434_300, 261_400, 156_700, 31_200, 198_400, 61_200)  # of the facts
WARNING = ("有市超过45天未报送就业证明", "A city has sent no employment evidence for 45 days")
# gate, check, subject, severity, status, observed, unexpected count, message in both languages
CHECKS = (
    (
        "gate_1",
        "row_count",
        "raw.enrollment",
        "error",
        "passed",
        "434300",
        0,
        "报名记录不为空",
        "Rows landed",
    ),
    ("gate_1", "freshness", "raw.employment", "warning", "failed", "来宾市", 1, *WARNING),
    ("dbt", "unique", "fct_training_session", "error", "passed", None, 0, "报名编号唯一", "Ids are unique"),
    ("gate_2", "sum", "city_scorecard", "error", "passed", None, 0, "各市之和等于全区", "Cities sum up"),
)


def publish(home: Path, build: str = BUILD, **changes: object) -> Path:
    """Write a version under `home` and move the link to it; `changes` are `as_of` and rows by table name.

    A row is a tuple of all columns in the contract's order, or a dict of some: the others are null.
    """
    versions = home / "published" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    file = versions / f"{build}.duckdb"
    shutil.copy(_template(), file)
    as_of = changes.pop("as_of", AS_OF)
    rows = {"published_version": _version(build, as_of)}
    if as_of != AS_OF:
        rows["progress_month"] = month_rows(as_of)
    with duckdb.connect(str(file)) as connection:
        connection.execute("begin")
        _fill(connection, rows | changes)
        connection.execute("commit")
    point_link_at(home, f"versions/{file.name}")
    return file


def open_figures(version: Path) -> Path:
    """Write the open figures of a made version where a build would: here its own rows stand for what is treated."""
    file = open_file(Home(version.parents[2]), version.stem)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.parent.chmod(0o750)
    file.parent.parent.chmod(0o750)
    file.unlink(missing_ok=True)
    shutil.copy(version, file)
    file.chmod(0o640)
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema standard")
        connection.execute("create table standard.refresh as select date '2026-09-01' as closed_month, 'x' as made_by")
        connection.execute(
            "create table standard.stratum (plan_year integer, trainee_group varchar, "
            "training_type varchar, industry_code varchar, counted_sessions bigint, "
            "certified_sessions bigint, due_sessions bigint, employed_sessions bigint)"
        )
        sql = "select * from version.marts.city_standardised"
        connection.execute("create table standard.model as select 'city_standardised' as name, ? as sql", [sql])
    return file


@cache
def _template() -> Path:
    """The version that all others are copies of: made once, for five hundred comments take their time."""
    file = Path(tempfile.mkdtemp()) / "template.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("begin")
        connection.execute("create schema marts")
        for table, columns in contract.tables().items():
            declared = ", ".join(f'"{name}" {kind}' for name, (kind, _) in columns.items())
            connection.execute(f"create table marts.{table} ({declared})")
            for name, (_, description) in columns.items():
                quoted = description.replace("'", "''")
                connection.execute(f"comment on column marts.{table}.\"{name}\" is '{quoted}'")
        _fill(connection, _tables())
        for rows in rows_of_pages().values():
            _fill(connection, rows.tables())
        connection.execute("commit")
    return file


@cache
def rows_of_pages() -> dict[str, ModuleType]:
    """page → its module `rows_<page>.py`: `tables()`, and what the browser is to find, `SENTENCES` and `CHARTS`."""
    files = sorted(Path(__file__).parent.glob("rows_*.py"))
    return {file.stem.removeprefix("rows_"): importlib.import_module(file.stem) for file in files}


def _fill(connection: duckdb.DuckDBPyConnection, rows: Mapping[str, Sequence]) -> None:
    for table, given in rows.items():
        columns = list(contract.tables()[table])
        connection.execute(f"delete from marts.{table}")
        filled = [[row.get(column) for column in columns] if isinstance(row, dict) else list(row) for row in given]
        if filled:
            connection.executemany(f"insert into marts.{table} values ({', '.join('?' for _ in columns)})", filled)


def point_link_at(home: Path, target: str) -> None:
    """Move `published/warehouse.duckdb` to `target` by an atomic rename, as a publish does."""
    link = home / "published" / "warehouse.duckdb"
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name("next")
    fresh.symlink_to(target)
    fresh.rename(link)


def progress_row(year: int, **changes: object) -> tuple:
    """One row of target_progress from `PROGRESS`, its shares computed, null where a denominator is 0."""
    target, counted, enrolled, completed, persons, priority, priority_sessions, elapsed = PROGRESS[year]
    row = {
        "plan_year": year,
        "target_sessions": target,
        "counted_sessions": counted,
        "enrolled_sessions": enrolled,
        "completed_sessions": completed,
        "persons": persons,
        "priority_persons": priority,
        "priority_sessions": priority_sessions,
        "attainment": counted / target,
        "expected_share_elapsed": elapsed,
        "profile_basis": "calendar" if year else None,
        "pace": counted / (target * elapsed) if elapsed else None,
        "months_left": 12 * (1 - elapsed),
        "required_monthly_sessions": max(target - counted, 0) / (12 * (1 - elapsed)) if elapsed < 1 else None,
        "delay_basis": None,
        "delay_sessions": None,
        "projected_sessions": None,
        "projection": None,
        "projection_low": None,
        "projection_high": None,
        "priority_share_persons": priority / persons if persons else None,
        "priority_share_persons_low": priority / persons - 0.002 if persons else None,
        "priority_share_persons_high": priority / persons + 0.002 if persons else None,
        "priority_standing": ("at_or_above" if priority / persons > 0.702 else "below") if persons else None,
        "priority_share_sessions": priority_sessions / counted if counted else None,
        "priority_target": 0.7,
        "sessions_to_70": max(0, round((0.7 * persons - priority) / 0.3)),
        "persons_to_70": max(0, round((0.7 * persons - priority) / 0.3)),
    }
    return tuple((row | changes).values())


def projected(year: int, month: int, cumulative: int) -> tuple:
    """Delay, projection of the month, and the cumulative projection with its interval: of 2026 only."""
    if year != 2026:
        return (None,) * 5
    ahead = max(month - 10, 0)
    expected = cumulative + ahead * 17_200
    return (0.0, 17_200.0 if ahead else 0.0, expected, expected - ahead * 3_600, expected + ahead * 4_100)


def month_rows(as_of: date) -> list[tuple]:
    """36 rows of progress_month; months after `as_of` have no count."""
    rows = []
    for year in (2025, 2026, 2027):
        cumulative = 0
        for month in range(1, 13):
            first, next_first = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
            is_future, is_complete = first > as_of, (next_first - as_of).days <= 1
            counted = None if is_future else (MONTHS.get(year, ())[month - 1 : month] or [0])[0] or 0
            cumulative += counted or 0
            target = round(PROGRESS[year][0] * (next_first - date(year, 1, 1)).days / 365)
            rows.append(
                (
                    year,
                    first,
                    month,
                    counted,
                    None if is_future else cumulative,
                    target,
                    *projected(year, month, cumulative),
                    is_complete,
                    is_future,
                )
            )
    return rows


def _version(build: str, as_of: date) -> list[tuple]:
    published = datetime(2026, 11, 1, 8, 30)
    return [(build, published, as_of, datetime(2026, 11, 1, 8, 0), 412, "7f3a2c1", "2025-09", *ROWS)]


def _tables() -> dict[str, list]:
    published = datetime(2026, 11, 1, 8, 30)
    return {
        "published_version": _version(BUILD, AS_OF),
        "target_progress": [progress_row(year) for year in PROGRESS],
        "progress_month": month_rows(AS_OF),
        "projection_accuracy": [(2025, 11, 0.062, 0.217, 9, 2)],
        "session_funnel": [
            (year, order, step, sessions[order - 1], sessions[max(order - 2, 0)] - sessions[order - 1])
            for year, sessions in FUNNEL.items()
            for order, step in enumerate(STEPS, start=1)
        ],
        "funnel_loss": [
            (year, *loss, order) for year, losses in LOSSES.items() for order, loss in enumerate(losses, start=1)
        ],
        "attention_item": list(ATTENTION),
        "gate_result": [(*check, published) for check in CHECKS],
        "dim_city": [
            row | {"is_city": row["city_code"] != "450000", "population_2020": int(row["population_2020"] or 0) or None}
            for row in _seed("city", "city_code")
        ],
        "dim_industry": _seed("industry", "industry_code"),
        "dim_rule": _seed("rule", "rule_code"),
        "dim_funding_source": _seed("funding_source", "funding_source_code"),
        "dim_trainee_group": _seed("trainee_group", "trainee_group_code"),
        "dim_training_type": _seed("training_type", "training_type_code"),
    }


def _seed(name: str, code: str) -> list[dict]:
    """A dimension's rows from its seed, whose first column is the code, in its order."""
    rows = read_seed(name)
    first = next(iter(rows[0]))
    return [row | {code: row[first], "sort_order": place} for place, row in enumerate(rows, start=1)]
