"""What checks there are: those of `check.csv`, each with the `.sql` file of its name, and one for every rule of spec 2.

The checks of rules are made from the catalogue of rules (`dim_rule`), never copied here: a new rule is a new check.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from skillsdw import seeds
from skillsdw.codes import read_seed

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Check:
    """One check. `sql` is what is run, to the letter; `coverage_sql` counts records that it cannot judge."""

    number: int
    code: str
    kind: str  # rule · lead for those of check.csv; ineligible · warning · payment for a rule of spec 2
    name_zh: str
    name_en: str
    clause: str
    extracts: tuple[str, ...]
    shows_zh: str
    shows_en: str
    follow_zh: str
    follow_en: str
    sql: str
    coverage_sql: str | None = None


@dataclass(frozen=True)
class Heading:
    """How a column of a check is headed, and which code list names its values."""

    name_zh: str
    code_list: str | None


@cache
def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


@cache
def kinds() -> dict[str, dict[str, str]]:
    """Kind of check → its names and, for rules, how to follow it up."""
    return {row["kind"]: row for row in _rows("kind")}


@cache
def headings() -> dict[str, Heading]:
    """Column → its heading."""
    return {row["column_name"]: Heading(row["name_zh"], row["code_list"] or None) for row in _rows("column")}


@seeds.cache
def code_names(code_list: str) -> dict[str, str]:
    """Code → its Chinese name."""
    rows = read_seed(code_list)
    key = next(iter(rows[0]))
    return {row[key]: row["name_zh"] for row in rows}


def checks(rules: Iterable[Mapping[str, object]]) -> list[Check]:
    """Every check in order: those of `rules` (rows of dim_rule or of its seed), then the other rules, then leads."""
    by_order = sorted(rules, key=lambda rule: int(rule["sort_order"]))
    found = [_of_rule(number, rule) for number, rule in enumerate(by_order, start=1)]
    own = sorted(_rows("check"), key=lambda row: row["kind"] != "rule")
    return found + [_of_row(number, row) for number, row in enumerate(own, start=len(found) + 1)]


def _of_rule(number: int, rule: Mapping[str, object]) -> Check:
    code, extract, kind = str(rule["rule_code"]), str(rule["extract"]), str(rule["severity"])
    if not re.fullmatch(r"[A-Z_]+", code):
        raise ValueError(f"no rule code: {code!r}")
    needed = [row["extract"] for row in read_seed("rule_extract") if row["rule_code"] == code]
    coverage = HERE / "coverage" / f"{code.lower()}.sql"
    return Check(
        number=number,
        code=code,
        kind=kind,
        name_zh=str(rule["name_zh"]),
        name_en=str(rule["name_en"]),
        clause=str(rule["clause"] or ""),
        extracts=(extract, *needed),
        shows_zh=f"{rule['message_zh']}。",
        shows_en=f"{rule['message_en']}.",
        follow_zh=kinds()[kind]["follow_zh"],
        follow_en=kinds()[kind]["follow_en"],
        sql=_filled(_text(HERE / "rules" / f"{extract}.sql"), {"rule_code": code}),
        coverage_sql=_text(coverage) if coverage.is_file() else None,
    )


def _of_row(number: int, row: Mapping[str, str]) -> Check:
    settings = dict(setting.split("=") for setting in row["settings"].split("|") if setting)
    for name, value in settings.items():
        if not re.fullmatch(r"\d+", value):
            raise ValueError(f"{row['check_code']}.{name}: no whole number: {value!r}")
    return Check(
        number=number,
        code=row["check_code"],
        kind=row["kind"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        clause=row["clause"],
        extracts=tuple(row["extracts"].split("|")),
        shows_zh=_filled(row["shows_zh"], settings),
        shows_en=_filled(row["shows_en"], settings),
        follow_zh=row["follow_zh"],
        follow_en=row["follow_en"],
        sql=_filled(_text(HERE / f"{row['check_code']}.sql"), settings),
    )


def _filled(text: str, settings: Mapping[str, str]) -> str:
    return Template(text).substitute(settings)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").rstrip("\n")
