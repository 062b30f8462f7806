"""The seeds as Python reads them: code lists, extract columns, headers, reasons.

`seeds/*.csv` is the only home of codes and names; nothing here repeats one.
"""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass

from skillsdw.seeds import cache, read_seed


@dataclass(frozen=True)
class ExtractColumn:
    """One column of `seeds/extract_column.csv`. `minimum` and `maximum` bound an integer; for text
    `maximum` is the longest length."""

    extract: str
    name: str
    position: int
    kind: str  # text · person_id · person_name · payee · uscc · county · code · date · integer · amount · boolean
    code_list: str | None
    is_required: bool
    is_key: bool
    minimum: int | None
    maximum: int | None


def spelling(text: str) -> str:
    """The form in which two spellings of one name are equal: NFKC, no white space, lower case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


@cache
def extract_names() -> tuple[str, ...]:
    return tuple(row["extract"] for row in read_seed("extract"))


@cache
def extract_columns(extract: str) -> tuple[ExtractColumn, ...]:
    """The columns of one extract in order."""
    return tuple(
        ExtractColumn(
            extract=extract,
            name=row["column_name"],
            position=int(row["position"]),
            kind=row["kind"],
            code_list=row["code_list"] or None,
            is_required=row["is_required"] == "true",
            is_key=row["is_key"] == "true",
            minimum=int(row["min_value"]) if row["min_value"] else None,
            maximum=int(row["max_value"]) if row["max_value"] else None,
        )
        for row in sorted(read_seed("extract_column"), key=lambda row: int(row["position"]))
        if row["extract"] == extract
    )


@cache
def key_names() -> frozenset[str]:
    """Every column that is part of some extract's natural key: its values are mostly distinct wherever it stands."""
    return frozenset(row["column_name"] for row in read_seed("extract_column") if row["is_key"] == "true")


@cache
def code_lookup(code_list: str) -> dict[str, str]:
    """Spelling (see `spelling`) → code: the code itself, its two names, its aliases.

    The code is the seed's first column. A code's own spelling wins over another code's alias.
    """
    rows = read_seed(code_list)
    code_column = next(iter(rows[0]))
    lookup = {spelling(row[code_column]): row[code_column] for row in rows}
    for row in rows:
        names = [row["name_zh"], row["name_en"], *row.get("aliases", "").split("|")]
        for name in names:
            if name:
                lookup.setdefault(spelling(name), row[code_column])
    return lookup


@cache
def county_lookup() -> dict[str, frozenset[str]]:
    """Spelling of a place of Guangxi → the codes it may mean (more than one: ambiguous).

    A place is known by its code, its name, its name without 市 · 县 · 区 · 自治县 (two characters or more),
    and by city and county together, 广西 in front or not. A replaced code or name means the newer one.
    """
    cities = {row["city_code"]: row for row in read_seed("city")}
    lookup: dict[str, set[str]] = defaultdict(set)

    def add(name: str, code: str, city_name: str = "") -> None:
        for form in {name, _short(name)}:
            lookup[spelling(form)].add(code)
            for prefix in ("广西", "广西壮族自治区"):
                lookup[spelling(prefix + city_name + form)].add(code)
            if city_name:
                lookup[spelling(city_name + form)].add(code)

    for code, row in cities.items():
        lookup[code].add(code)
        add(row["name_zh"], code)
        lookup[spelling(row["name_en"])].add(code)
    lookup[spelling("广西壮族自治区本级")].add("450000")
    city_of = {}
    for row in read_seed("county"):
        city_of[row["county_code"]] = row["city_code"]
        lookup[row["county_code"]].add(row["county_code"])
        add(row["name_zh"], row["county_code"], cities[row["city_code"]]["name_zh"])
    for row in read_seed("county_alias"):
        lookup[row["old_code"]] = {row["county_code"]}
        add(row["old_name_zh"], row["county_code"], cities[city_of[row["county_code"]]]["name_zh"])
    return {name: frozenset(codes) for name, codes in lookup.items()}


_PEOPLES = ("各族", "壮族", "瑶族", "苗族", "侗族", "仫佬族", "毛南族")


def _short(name: str) -> str:
    """龙胜各族自治县 → 龙胜, 横州市 → 横州; 横县 stays: one character is no name."""
    short = name.removesuffix("自治县")
    while short != name and (people := next((p for p in _PEOPLES if short.endswith(p)), None)):
        short = short.removesuffix(people)
    if short == name:
        short = name[:-1] if name[-1] in "市县区" else name
    return short if len(short) >= 2 else name


def header_spelling(text: str) -> str:
    """A header cell as it is compared: `spelling` without the * that marks a required column."""
    return spelling(text).strip("*")


@cache
def header_lookup(extract: str) -> dict[str, str]:
    """Header spelling → column name; a canonical name wins over any synonym."""
    lookup = {header_spelling(column.name): column.name for column in extract_columns(extract)}
    for row in read_seed("header_synonym"):
        if row["extract"] == extract:
            lookup.setdefault(header_spelling(row["header_zh"]), row["column_name"])
    return lookup


@cache
def header_names(extract: str, column_name: str) -> tuple[str, ...]:
    """Every header that names a column, the canonical one first: for messages."""
    synonyms = [
        row["header_zh"]
        for row in read_seed("header_synonym")
        if row["extract"] == extract and row["column_name"] == column_name
    ]
    return (column_name, *synonyms)


@cache
def reason_messages() -> dict[str, tuple[str, str]]:
    """Reason code → its message in Chinese and in English."""
    return {row["reason_code"]: (row["message_zh"], row["message_en"]) for row in read_seed("reason")}
