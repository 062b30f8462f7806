"""Ledgers as files: CSV in any encoding, Excel, Parquet; the same texts give the same bytes."""

import io
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openpyxl import Workbook

from skillsdw.sample.codes import extract_columns
from skillsdw.sample.dialect import EXTRA_TEXTS, Dialect
from skillsdw.sample.faults import FaultyRows
from skillsdw.undated import undated

BLOCK_ROWS = 100_000
EXCEL_ROWS = 8_000
EXCEL_EPOCH = date(1899, 12, 30)
SURPLUS_TEXT = "多填"
TITLES = {
    "enrollment": "职业技能培训学员花名册",
    "certification": "职业技能评价证书台账",
    "employment": "培训后就业情况登记表",
    "institution": "职业技能培训机构名录",
    "subsidy": "职业培训补贴发放台账",
    "demand": "产业用工需求调查表",
}

Table = tuple[list[str], list[pa.Array]]  # headers, columns


def ledger(rows: FaultyRows, heads: dict[str, str], dialect: Dialect, rng: np.random.Generator) -> Table:
    """Columns under this bureau's headers, with the columns of its own that nobody asked for."""
    size = len(rows.surplus)
    names = list(heads.values())
    columns = [rows.texts[column] for column in heads]
    for extra in dialect.extra_columns:
        if extra == "序号":
            names.insert(0, extra)
            columns.insert(0, pa.array(np.arange(1, size + 1)).cast(pa.string()))
        else:
            names.append(extra)
            columns.append(pa.array(EXTRA_TEXTS[extra]).take(pa.array(rng.integers(0, len(EXTRA_TEXTS[extra]), size))))
    return names, columns


def footer_cells(dialect: Dialect, rows: int) -> list[str]:
    match dialect.footer:
        case "合计":
            return ["合计", f"{rows}条"]
        case "备注":
            return ["备注:本表由培训管理系统导出"]
        case "制表人":
            return ["制表人", "经办员", "审核人", "负责人"]
        case _:
            return []


def quoted(column: pa.Array, delimiter: str, every: bool) -> pa.Array:
    """Quotes where the value would break the line, or everywhere if that is the bureau's manner."""
    inside = pc.or_kleene(pc.match_substring(column, delimiter), pc.match_substring(column, '"'))
    if not every and not pc.any(inside).as_py():
        return column
    doubled = pc.replace_substring(column, '"', '""')
    with_quotes = pc.binary_join_element_wise('"', doubled, '"', "")
    return with_quotes if every else pc.if_else(inside, with_quotes, column)


def csv_body(columns: list[pa.Array], surplus: np.ndarray, dialect: Dialect) -> bytes:
    columns = [column.fill_null(dialect.null_text) for column in columns]
    columns = [quoted(column, dialect.delimiter, dialect.quote_all) for column in columns]
    if surplus.any():
        longer = pc.binary_join_element_wise(columns[-1], SURPLUS_TEXT, dialect.delimiter)
        columns[-1] = pc.if_else(pa.array(surplus), longer, columns[-1])
    columns[-1] = pc.binary_join_element_wise(columns[-1], dialect.newline, "")
    lines = pc.binary_join_element_wise(*columns, dialect.delimiter)
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)
    first, last = offsets[lines.offset], offsets[lines.offset + len(lines)]
    return bytes(memoryview(lines.buffers()[2])[first:last])


def in_encoding(body: bytes, encoding: str) -> bytes:
    return body if encoding.startswith("utf-8") else body.decode("utf-8").encode(encoding)


def write_csv_header(file: BinaryIO, names: list[str], dialect: Dialect) -> None:
    if dialect.encoding == "utf-8-sig":
        file.write(b"\xef\xbb\xbf")
    heads = [f'"{name}"' if dialect.quote_all else name for name in names]
    file.write(in_encoding((dialect.delimiter.join(heads) + dialect.newline).encode(), dialect.encoding))


def write_csv_rows(file: BinaryIO, columns: list[pa.Array], surplus: np.ndarray, dialect: Dialect) -> None:
    for begin in range(0, len(surplus), BLOCK_ROWS):
        block = [column.slice(begin, BLOCK_ROWS) for column in columns]
        body = csv_body(block, surplus[begin : begin + BLOCK_ROWS], dialect)
        file.write(in_encoding(body, dialect.encoding))


def write_csv(path: Path, table: Table, surplus: np.ndarray, dialect: Dialect) -> None:
    names, columns = table
    with path.open("wb") as file:
        write_csv_header(file, names, dialect)
        write_csv_rows(file, columns, surplus, dialect)
        cells = footer_cells(dialect, len(surplus))
        if cells:
            cells += [""] * (len(names) - len(cells))
            blank = dialect.newline if dialect.footer != "合计" else ""
            line = blank + dialect.delimiter.join(cells) + dialect.newline
            file.write(in_encoding(line.encode(), dialect.encoding))


def excel_cell(text: str | None, kind: str, style: str) -> object:
    if kind in ("integer", "stars") and text and text.isascii() and text.isdigit():
        return int(text)
    if kind == "amount" and text:
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "date" and text:
        try:
            value = date.fromisoformat(text)
        except ValueError:
            return text
        return (value - EXCEL_EPOCH).days if style == "serial" else datetime(value.year, value.month, value.day)
    return text


def write_excel(path: Path, extract: str, heads: dict[str, str], table: Table, dialect: Dialect) -> None:
    names, columns = table
    kind_of = {heads[column.name]: column.kind for column in extract_columns(extract) if column.name in heads}
    book = Workbook(write_only=True)
    sheet = book.create_sheet(TITLES[extract])
    titles = [[f"{TITLES[extract]}(样例)"], ["填报单位:人力资源和社会保障局", None, "单位:人次"]]
    for title in titles[: dialect.title_rows]:
        sheet.append(title)
    sheet.append(names)
    kinds = [kind_of.get(name, "") for name in names]
    for row in zip(*(column.fill_null(dialect.null_text or "").to_pylist() for column in columns), strict=True):
        sheet.append(
            [excel_cell(text or None, kind, dialect.date_style) for text, kind in zip(row, kinds, strict=True)]
        )
    cells = footer_cells(dialect, len(columns[0]))
    if cells:
        sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(undated(buffer.getvalue()))


def write_parquet(path: Path, extract: str, heads: dict[str, str], table: Table) -> None:
    names, columns = table
    kind_of = {heads[column.name]: column.kind for column in extract_columns(extract) if column.name in heads}
    types = {"date": pa.date32(), "integer": pa.int32(), "stars": pa.int32(), "amount": pa.decimal128(14, 2)}
    typed = [
        column.cast(types[kind_of[name]]) if kind_of.get(name) in types else column
        for name, column in zip(names, columns, strict=True)
    ]
    pq.write_table(pa.table(typed, names=names), path, compression="zstd")
