"""Faults that landing must refuse: in single rows, each with its reason, and in whole files.

A row fault is named by the reason code of `seeds/reason.csv`. `missing_value` and the like are written
into the rendered text, so that each bureau's faults look like the rest of its ledger.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.sample.codes import ExtractColumn, extract_columns
from skillsdw.sample.dialect import Dialect, Texts

TEXT_KINDS = ("text", "uscc", "code", "county", "person_id", "payee", "free_text")
# Reasons that no row of a sample is refused for: names of two counties or institutions, half characters, decimal
# months, rows sent back. A value of an optional column costs no row.
NOT_PLANTED = frozenset(
    {
        *("county_ambiguous", "institution_ambiguous", "broken_character", "month_ambiguous", "row_not_found"),
        *("boolean_format", "stars_format", "value_dropped"),
    }
)
Spoil = Callable[[list[str | None], np.random.Generator], list[str | None]]


@dataclass(frozen=True)
class FaultyRows:
    texts: Texts
    surplus: np.ndarray  # rows that have one value too many
    reasons: list[str]  # of `reason_of`
    reason_of: np.ndarray  # why landing must refuse a row of `texts`, as a place in `reasons`; -1 when it must not

    @property
    def counts(self) -> dict[str, int]:
        """How often each reason was put in."""
        numbers = np.bincount(self.reason_of[self.reason_of >= 0], minlength=len(self.reasons)).tolist()
        return {reason: number for reason, number in zip(self.reasons, numbers, strict=True) if number}


def bare_id(value: str) -> str:
    """The ID without what a bureau's manner has put around it."""
    return unicodedata.normalize("NFKC", value).strip().lstrip("'").upper()


def wrong_check_digit(values: list[str | None], rng: np.random.Generator) -> list[str | None]:
    order = "0123456789X"
    shift = rng.integers(1, 11, len(values))
    return [
        bare_id(v)[:17] + order[(order.index(bare_id(v)[17]) + int(s)) % 11] for v, s in zip(values, shift, strict=True)
    ]


def impossible_birth(values: list[str | None], rng: np.random.Generator) -> list[str | None]:
    days = rng.choice(["0230", "0431", "1301", "0000", "1132"], len(values))
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    spoiled = []
    for value, month_day in zip(values, days, strict=True):
        head = bare_id(value)[:10] + str(month_day) + bare_id(value)[14:17]
        spoiled.append(head + "10X98765432"[sum(int(c) * w for c, w in zip(head, weights, strict=True)) % 11])
    return spoiled


def bad_id_format(values: list[str | None], rng: np.random.Generator) -> list[str | None]:
    """An ID with its middle masked, or without its last character."""
    masked = rng.random(len(values)) < 0.7
    return [
        value[:6] + "*" * 8 + value[14:] if is_masked else value[:17]
        for value, is_masked in zip(map(bare_id, values), masked, strict=True)
    ]


def as_number(values: list[str | None], rng: np.random.Generator) -> list[str | None]:
    """What a spreadsheet makes of an ID in a column of numbers."""
    del rng
    return [f"{value[0]}.{value[1:3]}E+17" for value in map(bare_id, values)]


def old_card(values: list[str | None], rng: np.random.Generator) -> list[str | None]:
    """The ID of fifteen digits that the card had before 1999."""
    del rng
    return [value[:6] + value[8:17] for value in map(bare_id, values)]


def one_of(*choices: str) -> Spoil:
    def spoil(values: list[str | None], rng: np.random.Generator) -> list[str | None]:
        return [str(text) for text in rng.choice(choices, len(values))]

    return spoil


def wrong_credit_check(values: list[str | None], rng: np.random.Generator) -> list[str | None]:
    del rng
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return [
        value[:17] + alphabet[(alphabet.index(value[17]) + 5) % 31] if value else alphabet[1:19] for value in values
    ]


def bad_credit_format(values: list[str | None], rng: np.random.Generator) -> list[str | None]:
    kept = rng.integers(12, 17, len(values))
    return [(value or "91" * 9)[: int(k)] for value, k in zip(values, kept, strict=True)]


def of_kind(extract: str, kind: str, required: bool | None = None) -> list[ExtractColumn]:
    return [
        column for column in extract_columns(extract) if column.kind == kind and required in (None, column.is_required)
    ]


def single_column_faults(extract: str, dialect: Dialect) -> list[tuple[str, ExtractColumn, Spoil]]:
    """(reason, column, how) for each fault that one value of one required column can have.

    A value of an optional column that cannot be read costs the value and not its row (`unread_values`).
    """
    found: list[tuple[str, ExtractColumn, Spoil]] = []
    for column in of_kind(extract, "person_id"):
        found += [
            ("id_format", column, bad_id_format),
            ("number_lost_digits", column, as_number),
            ("id_old", column, old_card),
            ("id_other_document", column, one_of("E12345678", "EA1234567", "H1234567801")),
            ("id_birth_date", column, impossible_birth),
            ("id_check_digit", column, wrong_check_digit),
        ]
    for column in of_kind(extract, "uscc", required=True):
        found += [
            ("uscc_format", column, bad_credit_format),
            ("uscc_check_digit", column, wrong_credit_check),
        ]
    for column in of_kind(extract, "county"):
        found.append(("county_unknown", column, one_of("440305", "459999", "南山区", "城区", "110105")))
    # Whom an unknown kind of payee names can't be told: a fault there would hide another one.
    for column in (c for c in of_kind(extract, "code", required=True) if c.name != "payee_type"):
        found.append(("code_unknown", column, one_of("待定", "Z9", "其它类", "Z99")))
    if dialect.format != "parquet":
        for column in of_kind(extract, "date", required=True):
            found.append(("date_format", column, one_of("2025-02-30", "25/13/2025", "待定", "2025年", "3月1日")))
            found.append(("date_implausible", column, one_of("1925/3/1", "2052/6/1", "2052年6月1日")))
        for column in of_kind(extract, "integer", required=True):
            found.append(("integer_format", column, one_of("四十", "约60", "4.5")))
        for column in of_kind(extract, "amount"):
            found.append(("amount_format", column, one_of("六百元", "600.125", "-200", "约1000")))
    for column in of_kind(extract, "integer", required=True):
        too_large = ("9999", "24000") if column.maximum else ()
        found.append(("out_of_range", column, one_of("-8", *too_large)))
    for column in extract_columns(extract):
        if column.name != "payee_type" and column.is_required and column.kind in TEXT_KINDS:
            found.append(("missing_value", column, one_of("", "无", "-", "NULL")))
    for column in of_kind(extract, "text", required=True):
        found.append(("cell_error", column, one_of("#N/A", "#REF!", "#VALUE!")))
        found.append(("text_too_long", column, one_of("长" * 70)))
    if extract == "certification":
        [result] = [column for column in extract_columns(extract) if column.name == "result"]
        found.append(("score_not_result", result, one_of("85", "59.5", "100")))
    return found


@dataclass
class Changes:
    """Values to put in place of others, collected so that a column is written anew only once."""

    texts: Texts
    rows: dict[str, list[np.ndarray]] = field(default_factory=dict)
    values: dict[str, list[str | None]] = field(default_factory=dict)

    def current(self, column: str, rows: np.ndarray) -> list[str | None]:
        return self.texts[column].take(pa.array(rows)).to_pylist()

    def add(self, column: str, rows: np.ndarray, values: list[str | None]) -> None:
        self.rows.setdefault(column, []).append(rows)
        self.values.setdefault(column, []).extend(values)

    def made(self) -> Texts:
        changed = dict(self.texts)
        for column, parts in self.rows.items():
            rows = np.concatenate(parts)
            mask = np.zeros(len(changed[column]), dtype=bool)
            mask[rows] = True
            ordered = pa.array(self.values[column], pa.string()).take(pa.array(np.argsort(rows)))
            changed[column] = pc.replace_with_mask(changed[column], pa.array(mask), ordered)
        return changed


def spoil_rows(
    texts: Texts,
    extract: str,
    dialect: Dialect,
    share: float,
    rng: np.random.Generator,
    keep: np.ndarray,
    completed: np.ndarray,
) -> FaultyRows:
    """Spoils about `share` of the rows, every kind of fault about as often; `keep` marks rows to spare."""
    size = len(next(iter(texts.values())))
    surplus = np.zeros(size, dtype=bool)
    reason_of = np.full(size, -1)
    rows = np.flatnonzero((rng.random(size) < share) & ~keep)
    if len(rows) == 0:
        return FaultyRows(texts, surplus, [], reason_of)
    single = [fault for fault in single_column_faults(extract, dialect) if fault[1].name in texts]
    if "institution_name" in texts:
        [named] = [column for column in extract_columns(extract) if column.name == "institution_name"]
        single.append(("institution_not_found", named, one_of("没有这所学校", "广西无名培训中心")))
    by_reason: dict[str, list[tuple[ExtractColumn, Spoil]]] = {}
    for reason, column, spoil in single:
        by_reason.setdefault(reason, []).append((column, spoil))
    whole = ["superseded_in_file"]
    if dialect.format == "csv":
        whole.append("too_many_values")
    if extract in ("enrollment", "certification", "employment"):
        whole.append("identity_in_value")
    if extract == "enrollment":
        whole += ["end_before_start", "end_date_missing", "birth_after_start"]
    reasons = [*by_reason, *whole]
    of_row = rng.integers(0, len(reasons), len(rows))
    key = extract_columns(extract)[0].name
    duplicates: list[np.ndarray] = []
    changes = Changes(texts)
    for at, reason in enumerate(reasons):
        chosen = rows[of_row == at]
        if len(chosen) == 0:
            continue
        if reason in by_reason:
            columns = rng.integers(0, len(by_reason[reason]), len(chosen))
            for which, (column, spoil) in enumerate(by_reason[reason]):
                here = chosen[columns == which]
                if len(here):
                    changes.add(column.name, here, spoil(changes.current(column.name, here), rng))
        elif reason == "superseded_in_file":
            duplicates.append(chosen)
        elif reason == "too_many_values":
            surplus[chosen] = True
        elif reason == "identity_in_value":
            # In the key, or in another text with a wrong check digit: it is an identity all the same.
            other = next((c.name for c in of_kind(extract, "text", required=True) if c.name != key), key)
            mistyped = chosen[rng.random(len(chosen)) < 0.5] if other != key else chosen[:0]
            exact = np.setdiff1d(chosen, mistyped)
            changes.add(key, exact, [bare_id(value) for value in changes.current("person_id", exact)])
            changes.add(other, mistyped, wrong_check_digit(changes.current("person_id", mistyped), rng))
        elif reason == "birth_after_start":
            ids = [bare_id(value) for value in changes.current("person_id", chosen)]
            chosen = chosen[[int(value[6:10]) > 2000 for value in ids]] if ids else chosen
            changes.add("start_date", chosen, ["2000-03-01"] * len(chosen))
        else:
            chosen = chosen[completed[chosen]]
            if reason == "end_date_missing":
                changes.add("end_date", chosen, [None] * len(chosen))
            else:
                changes.add("start_date", chosen, changes.current("end_date", chosen))
                changes.add("end_date", chosen, changes.current("start_date", chosen))
        reason_of[chosen] = at
    texts = changes.made()
    if duplicates:
        # The same record filed again at the end of the ledger: the later row wins.
        again = np.concatenate([np.arange(size), *duplicates])
        texts = {column: values.take(pa.array(again)) for column, values in texts.items()}
        surplus = np.concatenate([surplus, np.zeros(len(again) - size, dtype=bool)])
        reason_of = np.concatenate([reason_of, np.full(len(again) - size, -1)])
    return FaultyRows(texts, surplus, reasons, reason_of)
