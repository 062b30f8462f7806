"""A bureau's manner of writing: the same records, rendered as the text of that bureau's ledger."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.sample.codes import (
    HERE,
    CodeList,
    ExtractColumn,
    code_list,
    extract_columns,
    header_synonyms,
    places,
    rows_of,
)

Records = dict[str, np.ndarray | pa.Array]
Texts = dict[str, pa.Array]

DELIMITERS = {"comma": ",", "tab": "\t", "semicolon": ";", "": ","}
NEWLINES = {"lf": "\n", "crlf": "\r\n", "": "\n"}
BOOLEANS = {
    "yes_no": ("否", "是"),
    "true_false": ("false", "true"),
    "one_zero": ("0", "1"),
    "y_n": ("N", "Y"),
}
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
FIRST_DAY, LAST_DAY = np.datetime64("1990-01-01"), np.datetime64("2045-12-31")
EXTRA_TEXTS = {
    "备注1": ("", "", "", "补录", "已核", "材料齐"),
    "班主任": ("韦老师", "黄老师", "覃老师", "李老师", "莫老师"),
    "填报单位": ("县就业服务中心", "县人社局职建股"),
    "录入员": ("01", "02", "03"),
    "序号": (),
}


# Columns that no bureau of the sample fills.
NEVER_SENT = ("brand_name", "institution_name", "advanced_by_type", "advanced_by_id")


@dataclass(frozen=True)
class Dialect:
    city_code: str
    format: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\n"
    header: str = "canonical"
    code_style: str = "code"
    county_style: str = "code"
    date_style: str = "iso"
    null_text: str = ""
    boolean_style: str = "true_false"
    id_style: str = "as_is"
    title_rows: int = 0
    footer: str = ""
    full_width: float = 0.0
    thousands: bool = False
    quote_all: bool = False
    extra_columns: tuple[str, ...] = ()


PLAIN = Dialect("")


@cache
def dialects() -> dict[str, Dialect]:
    found = {}
    for row in rows_of(HERE / "dialect.csv"):
        found[row["city_code"]] = Dialect(
            row["city_code"],
            row["format"],
            row["encoding"] or "utf-8",
            DELIMITERS[row["delimiter"]],
            NEWLINES[row["newline"]],
            row["header"],
            row["code_style"],
            row["county_style"],
            row["date_style"],
            row["null_text"],
            row["boolean_style"],
            row["id_style"],
            int(row["title_rows"]),
            row["footer"],
            float(row["full_width"]),
            row["thousands"] == "yes",
            row["quote_all"] == "yes",
            tuple(part for part in row["extra_columns"].split("|") if part),
        )
    return found


def headers(dialect: Dialect, extract: str, rng: np.random.Generator) -> dict[str, str]:
    """Column → header, in the order of this bureau's ledger, of the columns that a sample has."""
    columns = [column.name for column in extract_columns(extract) if column.name not in NEVER_SENT]
    if dialect.header == "canonical":
        return {column: column for column in columns}
    synonyms = header_synonyms(extract)
    # The first column stays a key, as ledgers have it; the others stand anyhow.
    order = [columns[0], *[columns[1:][i] for i in rng.permutation(len(columns) - 1)]]
    return {column: synonyms[column][rng.integers(len(synonyms[column]))] for column in order}


@cache
def date_texts(style: str) -> pa.Array:
    days = np.arange(FIRST_DAY, LAST_DAY + 1)
    texts = []
    for value in days.astype(object):
        match style:
            case "slash":
                text = f"{value.year}/{value.month}/{value.day}"
            case "dot":
                text = f"{value.year}.{value.month}.{value.day}"
            case "compact":
                text = f"{value:%Y%m%d}"
            case "zh":
                text = f"{value.year}年{value.month}月{value.day}日"
            case "iso_time":
                text = f"{value:%Y-%m-%d} 00:00:00"
            case _:  # iso; Excel's own dates are made of it when the sheet is written
                text = value.isoformat()
        texts.append(text)
    return pa.array(texts)


def render_dates(values: np.ndarray, style: str) -> pa.Array:
    missing = np.isnat(values)
    at = np.where(missing, 0, (values.astype("datetime64[D]") - FIRST_DAY).astype(np.int64))
    return date_texts(style).take(pa.array(at, mask=missing))


def code_texts(codes: CodeList, style: str) -> list[tuple[str, ...]]:
    """How this bureau writes each code; more than one way when it is used to several."""
    if style == "code":
        return [(code,) for code in codes.codes]
    if style == "name":
        return [(name,) for name in codes.names]
    return [(name, *aliases) for name, aliases in zip(codes.names, codes.aliases, strict=True)]


def render_codes(values: np.ndarray, codes: CodeList, style: str, rng: np.random.Generator) -> pa.Array:
    ways = code_texts(codes, style)
    first = np.concatenate([[0], np.cumsum([len(way) for way in ways])])
    flat = pa.array([text for way in ways for text in way])
    known = np.maximum(values, 0)
    at = first[known]
    if style == "alias":
        width = np.array([len(way) for way in ways])[known]
        at = at + (rng.random(len(values)) * width).astype(np.int64)
    return flat.take(pa.array(at, mask=values < 0))


def render_places(values: np.ndarray, style: str, rng: np.random.Generator) -> pa.Array:
    found = places()
    if style == "code":
        return pa.array(found.codes).take(pa.array(values))
    if style == "name":
        return pa.array(found.names).take(pa.array(values))
    # A bureau that still has the old code, or the old name, of a county in its software.
    old, now = (found.old_codes, found.codes) if style == "old_code" else (found.old_names, found.names)
    at = values + np.where(rng.random(len(values)) < 0.5, 0, len(old))
    return pa.array([*old, *now]).take(pa.array(at))


def render_integers(values: np.ndarray, thousands: bool) -> pa.Array:
    texts = pa.array([f"{n:,}" if thousands else str(n) for n in range(2001)])
    return texts.take(pa.array(np.maximum(values, 0), mask=values < 0))


def render_amounts(cents: np.ndarray, thousands: bool, rng: np.random.Generator) -> pa.Array:
    """Yuan as ledgers have them: 600, 600.00, or 1,500.00 where the bureau writes separators."""
    amounts, places = np.unique(cents, return_inverse=True)
    bare = [f"{c // 100:,}" if thousands else str(c // 100) for c in amounts.tolist()]
    full = [f"{yuan}.{c % 100:02}" for yuan, c in zip(bare, amounts.tolist(), strict=True)]
    short = [f if c % 100 else b for b, f, c in zip(bare, full, amounts.tolist(), strict=True)]
    texts = pa.array([*short, *full])
    return texts.take(pa.array(places + np.where(rng.random(len(cents)) < 0.5, len(amounts), 0)))


def some_full_width(texts: pa.Array, share: float, rng: np.random.Generator) -> pa.Array:
    """Some values typed with full-width digits."""
    chosen = rng.random(len(texts)) < share
    typed = [value and value.translate(FULL_WIDTH) for value in texts.filter(pa.array(chosen)).to_pylist()]
    return pc.replace_with_mask(texts, pa.array(chosen), pa.array(typed, pa.string()))


def render_ids(texts: pa.Array, style: str, rng: np.random.Generator) -> pa.Array:
    match style:
        case "apostrophe":
            return pc.binary_join_element_wise("'", texts, "")
        case "lower_x":
            return pc.utf8_lower(texts)
        case "spaced":
            space = pa.array(["", " ", "  "]).take(pa.array(rng.choice(3, len(texts), p=[0.9, 0.08, 0.02])))
            return pc.binary_join_element_wise(texts, space, "")
        case "full_width":
            return some_full_width(texts, 0.02, rng)
        case _:
            return texts


def render_column(
    column: ExtractColumn, values: np.ndarray | pa.Array, dialect: Dialect, rng: np.random.Generator
) -> pa.Array:
    match column.kind:
        case "date":
            return render_dates(values, dialect.date_style)
        case "integer" | "stars":
            texts = render_integers(values, dialect.thousands)
            return some_full_width(texts, dialect.full_width, rng) if dialect.full_width else texts
        case "code":
            return render_codes(values, code_list(column.code_list), dialect.code_style, rng)
        case "county":
            return render_places(values, dialect.county_style, rng)
        case "boolean":
            texts = pa.array(BOOLEANS[dialect.boolean_style])
            return texts.take(pa.array(np.maximum(values, 0), mask=values < 0))
        case "amount":
            return render_amounts(values, dialect.thousands, rng)
        case "person_id" | "payee":
            return render_ids(values, dialect.id_style, rng)
        case _:
            return values


def render(records: Records, extract: str, dialect: Dialect, rng: np.random.Generator) -> Texts:
    """Text columns in the extract's own order; null is still null."""
    return {
        column.name: render_column(column, records[column.name], dialect, rng)
        for column in extract_columns(extract)
        if column.name in records
    }
