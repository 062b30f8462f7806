"""The code lists of the checkout, in the shape that generating columns needs: a code is its position."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from skillsdw.seeds import read_seed

HERE = Path(__file__).resolve().parent


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class CodeList:
    codes: tuple[str, ...]
    names: tuple[str, ...]
    aliases: tuple[tuple[str, ...], ...]

    def index(self, code: str) -> int:
        return self.codes.index(code)


@cache
def code_list(name: str) -> CodeList:
    rows = read_seed(name)
    key = next(iter(rows[0]))
    return CodeList(
        tuple(row[key] for row in rows),
        tuple(row["name_zh"] for row in rows),
        tuple(tuple(a for a in (row.get("aliases") or "").split("|") if a) for row in rows),
    )


@dataclass(frozen=True)
class ExtractColumn:
    name: str
    kind: str
    code_list: str
    is_required: bool
    is_key: bool
    maximum: str  # "" where there is none


@cache
def extract_columns(extract: str) -> tuple[ExtractColumn, ...]:
    rows = [row for row in read_seed("extract_column") if row["extract"] == extract]
    rows.sort(key=lambda row: int(row["position"]))
    return tuple(
        ExtractColumn(
            row["column_name"],
            row["kind"],
            row["code_list"],
            row["is_required"] == "true",
            row["is_key"] == "true",
            row["max_value"],
        )
        for row in rows
    )


@cache
def header_synonyms(extract: str) -> dict[str, tuple[str, ...]]:
    """Column → the headers that it may stand under, those left out under which its values would mean something else."""
    synonyms: dict[str, list[str]] = {}
    turned = {row["header_zh"] for row in read_seed("header_value") if row["extract"] == extract}
    for row in read_seed("header_synonym"):
        if row["extract"] == extract and row["is_read"] == "true" and row["header_zh"] not in turned:
            synonyms.setdefault(row["column_name"], []).append(row["header_zh"])
    return {column: tuple(headers) for column, headers in synonyms.items()}


@dataclass(frozen=True)
class Places:
    """Counties, then the cities themselves (`…00`), each with the old code and name where one exists."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    old_codes: tuple[str, ...]
    old_names: tuple[str, ...]
    city_codes: tuple[str, ...]
    is_county: tuple[bool, ...]

    def counties_of(self, city_code: str) -> list[int]:
        return [i for i, city in enumerate(self.city_codes) if city == city_code and self.is_county[i]]

    def index(self, code: str) -> int:
        return self.codes.index(code)


@cache
def places() -> Places:
    old = {row["county_code"]: row for row in read_seed("county_alias")}
    counties = [(r["county_code"], r["name_zh"], r["city_code"], True) for r in read_seed("county")]
    cities = [(r["city_code"], r["name_zh"], r["city_code"], False) for r in read_seed("city")]
    codes, names, city_codes, is_county = zip(*(counties + cities), strict=True)
    return Places(
        codes,
        names,
        tuple(old[c]["old_code"] if c in old else c for c in codes),
        tuple(old[c]["old_name_zh"] if c in old else n for c, n in zip(codes, names, strict=True)),
        city_codes,
        is_county,
    )


@dataclass(frozen=True)
class Occupations:
    codes: tuple[str, ...]
    programmes: tuple[str, ...]
    best_level: tuple[int, ...]  # 1 = 高级技师, the highest
    entry_level: tuple[int, ...]
    by_industry: dict[str, tuple[int, ...]]


@cache
def occupations() -> Occupations:
    rows: dict[str, dict[str, str]] = {}
    for row in read_seed("occupation"):
        if row["occupation_code"]:
            rows.setdefault(row["occupation_code"], row)
    codes = tuple(rows)
    ranges = [(row["level_range"] or "5-1").split("-") for row in rows.values()]
    by_industry = {
        row["industry_code"]: tuple(codes.index(code) for code in row["occupation_codes"].split())
        for row in rows_of(HERE / "industry_occupation.csv")
    }
    return Occupations(
        codes,
        tuple(row["suggested_programme"] for row in rows.values()),
        tuple(int(best) for _, best in ranges),
        tuple(int(entry) for entry, _ in ranges),
        by_industry,
    )
