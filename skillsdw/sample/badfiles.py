"""Whole files that landing must refuse. What they hold stands in good files too, so nothing is lost."""

import io
import zipfile
from pathlib import Path

import numpy as np

from skillsdw.sample.dialect import Dialect
from skillsdw.sample.files import Table, write_csv

CITY_OF_FAULT = {
    "missing_column": ("enrollment", "450800"),
    "undecodable": ("enrollment", "451200"),
    "column_twice": ("certification", "450400"),
    "empty": ("employment", "450700"),
    "truncated_workbook": ("enrollment", "450500"),
}
ROWS = 40


def head_of(table: Table) -> Table:
    names, columns = table
    return names, [column.slice(0, ROWS) for column in columns]


def write_bad_file(fault: str, folder: Path, label: str, table: Table, heads: dict[str, str], dialect: Dialect) -> Path:
    extract, city = CITY_OF_FAULT[fault]
    names, columns = head_of(table)
    stem = folder / extract / f"{city}-{label}-{fault.replace('_', '-')}"
    path = stem.with_name(stem.name + (".xlsx" if fault == "truncated_workbook" else ".csv"))
    surplus = np.zeros(len(columns[0]), dtype=bool)
    match fault:
        case "missing_column":
            kept = [i for i, name in enumerate(names) if name != heads["person_id"]]
            write_csv(path, ([names[i] for i in kept], [columns[i] for i in kept]), surplus, dialect)
        case "column_twice":
            twice = ([*names, names[1]], [*columns, columns[1]])
            write_csv(path, twice, surplus, dialect)
        case "undecodable":
            write_csv(path, (names, columns), surplus, dialect)
            # A damaged transfer: lines of bytes that are neither UTF-8 nor GB18030. A few such would cost their rows.
            damaged = [line + b"\xff\xff\x80\xff" * 8 for line in path.read_bytes().split(b"\n")]
            path.write_bytes(b"\n".join(damaged))
        case "empty":
            path.write_bytes(b"")
        case "truncated_workbook":
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as book:
                part = zipfile.ZipInfo("xl/worksheets/sheet1.xml", (2025, 1, 1, 0, 0, 0))
                book.writestr(part, "<worksheet/>" * 200)
            path.write_bytes(buffer.getvalue()[:900])
    return path
