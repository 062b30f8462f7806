"""Synthetic extracts of the whole region, city by city, as the bureaus would send them."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from skillsdw.sample import wild
from skillsdw.sample.badfiles import CITY_OF_FAULT, write_bad_file
from skillsdw.sample.codes import code_list, places
from skillsdw.sample.dialect import PLAIN, Dialect, Records, Texts, dialects, headers, render
from skillsdw.sample.faults import FaultyRows, spoil_rows
from skillsdw.sample.files import (
    EXCEL_ROWS,
    Table,
    ledger,
    write_csv,
    write_csv_header,
    write_csv_rows,
    write_excel,
    write_parquet,
)
from skillsdw.sample.outcomes import make_certificates, make_evidence
from skillsdw.sample.payments import make_payments
from skillsdw.sample.profile import (
    HISTORY_SHARE,
    PLAN_START,
    City,
    allocate,
    cities,
    expected_by_day,
    year_of,
)
from skillsdw.sample.providers import institution_records, make_employers, make_institutions
from skillsdw.sample.sessions import make_sessions
from skillsdw.sample.shortages import make_demand
from skillsdw.sample.truth import Judged, Kept, judge, key_text, write_truth
from skillsdw.seeds import in_force

EXTRACTS = ("institution", "enrollment", "certification", "employment", "subsidy", "demand")
PLAIN_ROWS = 5_000_000  # of one file; landing takes twenty million
PLAIN_EXTRACTS = EXTRACTS[:4]  # what the benchmark's peers read, too
TRUTH = "truth.csv"
EXCEL_SESSIONS = 300_000  # above it the bureaus that send Excel send CSV: Excel is slow to write and to read
CORRECTION_CITIES = ("450300", "450500", "450800", "450900", "451200", "450000")
LATE_CITIES = ("450400", "450800", "451100", "451200")
CORRECTED_SHARE, LATE_SHARE = 0.006, 0.012
RESIT_CITY = "450300"
LATER_SERIAL = 1000  # seeds of the files that follow from the others
IN_PROGRESS = ".sample-in-progress"
README = """\
本目录中的全部数据均为程序生成的合成样例数据。
人员、姓名、身份证号码、机构、企业、证书和就业记录全部为虚构,与任何真实个人或单位无关;如有雷同,纯属巧合。
All data in this folder is synthetic and made by a program (skillsdw sample).
Every person, name, resident ID, institution, enterprise, certificate and employment record is invented;
any likeness to a real one is chance.

sessions={sessions} seed={seed} from={start} to={end} faults={faults} plain={plain}
"""


@dataclass(frozen=True)
class SampleSummary:
    out: Path
    sessions: int
    start: date
    end: date
    files: int
    rows: dict[str, int]  # written rows by extract, repeated and corrected ones included
    completed: dict[int, int]  # completed sessions by the year of their end
    faulty_rows: dict[str, dict[str, int]]  # by extract and reason code
    bad_files: dict[str, str]  # fault → path inside `out`


@dataclass
class Tally:
    files: int = 0
    rows: Counter = field(default_factory=Counter)
    completed: Counter = field(default_factory=Counter)
    faulty: dict[str, Counter] = field(default_factory=lambda: {extract: Counter() for extract in EXTRACTS})
    bad_files: dict[str, str] = field(default_factory=dict)
    institutions: dict[str, str] = field(default_factory=dict)  # USCC → name


@dataclass(frozen=True)
class Parcel:
    """Records of one city that go into one file."""

    extract: str
    label: str
    records: Records
    keep: np.ndarray  # rows that faults spare
    fault_share: float
    mark: str = ""  # at the end of the file's name: 更正
    is_held: bool = False  # too much of it is refused
    foreign_rows: int = 0  # the last rows have another bureau's keys


@dataclass(frozen=True)
class Request:
    sessions: int
    seed: int
    start: date
    end: date
    faults: float
    plain: bool
    wild: bool

    @property
    def extracts(self) -> tuple[str, ...]:
        """The extracts that are written."""
        return PLAIN_EXTRACTS if self.plain else EXTRACTS


def beijing_today() -> date:
    return (datetime.now(UTC) + timedelta(hours=8)).date()


def take(records: Records, rows: np.ndarray) -> Records:
    at = pa.array(rows)
    return {
        name: values[rows] if isinstance(values, np.ndarray) else values.take(at) for name, values in records.items()
    }


def labels_of(days: np.ndarray, request: Request) -> np.ndarray:
    """The file that a record of this day goes to: a half-year, a year when plain, or all before the start."""
    years = year_of(days)
    if request.plain:
        return years.astype(str)
    second = days.astype("datetime64[M]").astype(np.int64) % 12 >= 6
    halves = np.char.add(np.char.add(years.astype(str), "H"), np.where(second, "2", "1"))
    # Few digits in a row: names such as 450100-2023-2024 look like a resident ID to a masking reader.
    before = f"{(request.start - timedelta(days=1)).year}-and-before"
    return np.where(days < np.datetime64(request.start, "D"), before, halves)


def parcels_by_label(
    extract: str, records: Records, days: np.ndarray, rows: np.ndarray, request: Request
) -> Iterator[Parcel]:
    labels = labels_of(days[rows], request)
    for label in np.unique(labels):
        chosen = rows[labels == label]
        yield Parcel(extract, str(label), take(records, chosen), np.zeros(len(chosen), dtype=bool), request.faults)


def corrected(records: Records, rows: np.ndarray, rng: np.random.Generator) -> Records:
    """The same keys again with another group, other hours or place; some are withdrawn as filed in error."""
    changed = take(records, rows)
    lot = rng.random(len(rows))
    groups = code_list("trainee_group").codes
    changed["trainee_group"] = np.where(lot < 0.45, rng.integers(0, len(groups), len(rows)), changed["trainee_group"])
    more = np.minimum(changed["class_hours"] + 8, 2000)
    changed["class_hours"] = np.where((lot >= 0.45) & (lot < 0.85), more, changed["class_hours"])
    changed["status"] = np.where(lot >= 0.85, code_list("status").index("void"), changed["status"])
    return changed


def city_parcels(
    city: City,
    request: Request,
    days: np.ndarray,
    expected: np.ndarray,
    period: int,
    history: int,
    city_sizes: np.ndarray,
    tally: Tally,
) -> Iterator[Parcel]:
    """Everything that one bureau sends, in the order in which it sends it."""
    rng = np.random.default_rng([request.seed, city.position, 1])
    found = make_institutions(city, rng, request.start, request.end)
    listed = institution_records(found)
    spare = found.weight[found.licence_of] == 0
    # Faults only hit institutions without classes: a lost licence row would make all its classes ineligible.
    share = min(1.0, request.faults / max(spare.mean(), 1e-9))
    yield Parcel("institution", str(request.end.year), listed, ~spare, share)

    if request.wild:
        tally.institutions.update(zip(found.uscc.to_pylist(), found.name, strict=True))
    employers = make_employers(city, period + history)
    sessions = make_sessions(
        city,
        rng,
        found,
        employers,
        days,
        expected,
        period,
        history,
        city_sizes,
        request.seed,
        request.start,
        request.end,
    )
    certificates = make_certificates(city, rng, sessions, found, request.seed, request.start, request.end)
    evidence, filed = make_evidence(city, rng, sessions, employers, request.seed, request.start, request.end)

    records = sessions.records
    completed = records["status"] == code_list("status").index("completed")
    years, counts = np.unique(year_of(records["end_date"][completed]), return_counts=True)
    tally.completed.update(dict(zip(years.tolist(), counts.tolist(), strict=True)))
    sent = np.where(np.isnat(records["end_date"]), records["start_date"], records["end_date"])
    in_period = sent >= np.datetime64(request.start, "D")
    late = np.zeros(len(sent), dtype=bool)
    if not request.plain and city.code in LATE_CITIES:
        late = in_period & completed & (rng.random(len(sent)) < LATE_SHARE)
    yield from parcels_by_label("enrollment", records, sent, np.flatnonzero(~late), request)
    rows = np.arange(len(filed))
    issued = certificates["issued_on"]
    yield from parcels_by_label("certification", certificates, issued, np.arange(len(issued)), request)
    yield from parcels_by_label("employment", evidence, filed, rows, request)
    if request.plain:
        return

    none = np.zeros(0, dtype=bool)
    year = request.end.year
    if city.code in CORRECTION_CITIES:
        rows = np.flatnonzero(in_period & ~late & (rng.random(len(sent)) < CORRECTED_SHARE))
        again = corrected(records, rows, rng)
        yield Parcel("enrollment", f"zz-{year}-correction", again, np.zeros(len(rows), dtype=bool), 0.0)
    if late.any():
        rows = np.flatnonzero(late)
        yield Parcel("enrollment", f"zz-{year}-late", take(records, rows), none, 0.0)
    if city.code == RESIT_CITY:
        failed = certificates["result"] == code_list("result").index("fail")
        rows = np.flatnonzero(failed & (rng.random(len(failed)) < 0.08))
        again = take(certificates, rows)
        again["result"] = np.full(len(rows), code_list("result").index("pass"))
        yield Parcel("certification", f"zz-{year}-correction", again, none, 0.0)
    if request.wild:
        yield from wild_parcels(city, request, records, np.flatnonzero(in_period & ~late), rng)


def wild_parcels(
    city: City, request: Request, records: Records, rows: np.ndarray, rng: np.random.Generator
) -> Iterator[Parcel]:
    """Records sent again: a few with another bureau's keys, and a ledger that is held until it is corrected."""
    none, year = np.zeros(0, dtype=bool), request.end.year
    if city.code == wild.FOREIGN_KEYS and len(rows) >= wild.RESENT_ROWS:
        again = take(records, rng.choice(rows, wild.RESENT_ROWS, replace=False))
        yield Parcel("enrollment", f"zz-{year}-foreign", again, none, 0.0, foreign_rows=wild.FOREIGN_ROWS)
    if city.code == wild.HELD and len(rows) >= wild.HELD_ROWS:
        again = take(records, rng.choice(rows, wild.HELD_ROWS, replace=False))
        yield Parcel("enrollment", f"zz-{year}-held", again, none, 0.0, is_held=True)
        yield Parcel("enrollment", f"zz-{year}-held", again, none, 0.0, mark="(更正)")


def later_parcels(city: City, request: Request, judged: Judged, sessions: float) -> Iterator[Parcel]:
    """What follows from everybody's sessions: a payment needs a person's whole history, in every city."""
    payments = make_payments(city, judged, request.seed, request.end)
    demand = make_demand(city, sessions, request.seed, request.start, request.end)
    for extract, records, day in (("subsidy", payments, "paid_on"), ("demand", demand, "surveyed_on")):
        if records:
            days = records[day]
            yield from parcels_by_label(extract, records, days, np.arange(len(days)), request)


def dialect_for(city: City, parcel: Parcel, request: Request) -> Dialect:
    if request.plain:
        return PLAIN
    dialect = dialects()[city.code]
    too_large = request.sessions > EXCEL_SESSIONS or len(parcel.keep) > EXCEL_ROWS
    if dialect.format == "xlsx" and too_large:
        return replace(dialect, format="csv", encoding="gb18030", newline="\r\n", date_style="slash", title_rows=0)
    return dialect


def file_name(city: City, parcel: Parcel, dialect: Dialect) -> str:
    label = parcel.label
    stem = f"{label}-{city.code}" if label.startswith("zz-") else f"{city.code}-{label}"
    return f"{stem}{parcel.mark}.{dialect.format}"


@dataclass
class PlainFiles:
    """One open file an extract and year; cities follow each other in it. What would be too long for landing goes on in
    a file more."""

    folder: Path
    stack: ExitStack
    files: dict[tuple[str, str, int], BinaryIO] = field(default_factory=dict)
    rows: Counter = field(default_factory=Counter)

    def append(self, parcel: Parcel, table: Table, surplus: np.ndarray) -> None:
        part = 1
        while 0 < self.rows[parcel.extract, parcel.label, part] > PLAIN_ROWS - len(surplus):
            part += 1
        key = (parcel.extract, parcel.label, part)
        if key not in self.files:
            path = self.folder / parcel.extract / f"{parcel.label}{'' if part == 1 else f'-{part:02}'}.csv"
            self.files[key] = self.stack.enter_context(path.open("wb"))
            write_csv_header(self.files[key], table[0], PLAIN)
        write_csv_rows(self.files[key], table[1], surplus, PLAIN)
        self.rows[key] += len(surplus)


def send(
    city: City,
    parcel: Parcel,
    serial: int,
    request: Request,
    folder: Path,
    plain: PlainFiles,
    tally: Tally,
    kept: Kept,
) -> None:
    """Renders one parcel in the bureau's manner, spoils some rows and writes it."""
    size = len(next(iter(parcel.records.values())))
    if size == 0:
        return
    extract_number = EXTRACTS.index(parcel.extract)
    dialect = dialect_for(city, parcel, request)
    # A bureau's form stays the same from file to file.
    heads = headers(dialect, parcel.extract, np.random.default_rng([request.seed, city.position, 2, extract_number]))
    rng = np.random.default_rng([request.seed, city.position, 3, serial])
    if request.wild:
        parcel, heads = as_sent(city, parcel, heads, kept)
    texts = render(parcel.records, parcel.extract, dialect, rng)
    if request.wild:
        texts, heads = in_the_wild(city, parcel, texts, heads, tally)
    keep = parcel.keep if len(parcel.keep) else np.zeros(size, dtype=bool)
    completed = np.zeros(size, dtype=bool)
    if parcel.extract == "enrollment":
        completed = parcel.records["status"] == code_list("status").index("completed")
    rows = spoil_rows(texts, parcel.extract, dialect, parcel.fault_share, rng, keep, completed)
    if request.wild and parcel.fault_share:
        free = rows.reason_of[:size] < 0
        found = wild.unreadable(parcel.extract, rows.texts, parcel.records, dialect, free, rng)
        rows, parcel = replace(rows, texts=found.texts), replace(parcel, records=found.records)
    if parcel.is_held:
        rows = held(rows)
    if parcel.foreign_rows:
        rows = with_foreign_keys(rows, parcel.foreign_rows)
    tally.faulty[parcel.extract].update(rows.counts)
    tally.rows[parcel.extract] += len(rows.surplus)
    table = ledger(rows, heads, dialect, rng)
    if request.plain:
        plain.append(parcel, table, rows.surplus)
        return
    path = folder / parcel.extract / file_name(city, parcel, dialect)
    keep_truth(kept, parcel, rows, f"{parcel.extract}/{path.name}", first_row(dialect))
    match dialect.format:
        case "xlsx":
            write_excel(path, parcel.extract, heads, table, dialect)
        case "parquet":
            write_parquet(path, parcel.extract, heads, table)
        case _:
            write_csv(path, table, rows.surplus, dialect)
    tally.files += 1
    for fault, (extract, code) in CITY_OF_FAULT.items():
        wanted = request.faults > 0 and (extract, code) == (parcel.extract, city.code)
        if wanted and not parcel.label.startswith("zz-"):
            # Each later file replaces the earlier one, so that the newest half-year has the bad file.
            if fault in tally.bad_files:
                (folder / tally.bad_files[fault]).unlink()
            bad = write_bad_file(fault, folder, parcel.label, table, heads, dialect)
            tally.bad_files[fault] = str(bad.relative_to(folder))


def as_sent(city: City, parcel: Parcel, heads: dict[str, str], kept: Kept) -> tuple[Parcel, dict[str, str]]:
    """The parcel with names for occupations, and with keys of another bureau, where this one files so."""
    records = parcel.records
    if city.code in wild.OCCUPATION_NAMED and parcel.extract in ("enrollment", "certification"):
        records = wild.with_local_names(records)
        heads = heads | {"occupation_code": wild.OCCUPATION_NAMED[city.code]}
    if parcel.foreign_rows:
        first = kept.tables["enrollment"][0]["key"][: parcel.foreign_rows].tolist()
        records = wild.foreign(records, [key_text("enrollment", number) for number in first])
    return replace(parcel, records=records), heads


def in_the_wild(
    city: City, parcel: Parcel, texts: Texts, heads: dict[str, str], tally: Tally
) -> tuple[Texts, dict[str, str]]:
    """The texts with names where this bureau has them instead of codes."""
    if "occupation_local" in parcel.records:
        texts = wild.in_names(texts, parcel.records)
    if parcel.extract == "enrollment" and city.code in wild.INSTITUTION_NAMED:
        header = wild.INSTITUTION_NAMED[city.code]
        texts, heads = wild.by_institution_name(texts, heads, tally.institutions, header)
    return texts, heads


def held(rows: FaultyRows) -> FaultyRows:
    """A ledger of which so many starts cannot be read that it is held."""
    reason_of = np.full(len(rows.surplus), -1)
    reason_of[: wild.HELD_FAULTY] = 0
    return replace(rows, texts=wild.spoiled_starts(rows.texts), reasons=["date_format"], reason_of=reason_of)


def with_foreign_keys(rows: FaultyRows, count: int) -> FaultyRows:
    """A ledger whose last rows have another bureau's keys."""
    reason_of = np.full(len(rows.surplus), -1)
    reason_of[-count:] = 0
    return replace(rows, reasons=["key_of_another_sender"], reason_of=reason_of)


def first_row(dialect: Dialect) -> int:
    """The number of the first record in the file, as a person counts: the sheet's first line is 1."""
    return 1 if dialect.format == "parquet" else dialect.title_rows + 2


def keep_truth(kept: Kept, parcel: Parcel, rows: FaultyRows, name: str, first: int) -> None:
    """Remembers which records of the file land, and which rows must not."""
    own = rows.reason_of[: len(next(iter(parcel.records.values())))]
    reasons = np.array([*rows.reasons, ""])
    # A row that a later one of the same file replaces says the same: the record lands.
    kept.add(parcel.extract, parcel.records, (own < 0) | (reasons[own] == "superseded_in_file"))
    for at in np.flatnonzero(rows.reason_of >= 0).tolist():
        kept.add_fault("row", parcel.extract, name, first + at, str(reasons[rows.reason_of[at]]))
        if parcel.is_held:
            kept.add_fault("correction", parcel.extract, name, first + at, "corrected")
    if parcel.is_held:
        kept.add_fault("release", parcel.extract, name, None, "released")


@in_force(None)  # an invented province has the checkout's lists, whatever a home's are
def write_sample(
    out: Path,
    sessions: int,
    seed: int = 2025,
    start: date | None = None,
    end: date | None = None,
    faults: float = 0.01,
    plain: bool = False,
    wild: bool = False,
    progress: Callable[[str], None] = print,
) -> SampleSummary:
    """Writes `out/<extract>/<file>`; `sessions` enrolments, the same bytes for the same arguments.

    `start` and `end` bound the days on which the sessions of the period end (default: the plan's first day
    to today in Beijing); the two years before `start` add some history, within `sessions`. `wild` adds what bureaus
    send beside what their forms ask for (`wild.py`).
    """
    out = Path(out)
    start, end = start or PLAN_START, end or beijing_today()
    if sessions < 1:
        raise ValueError("at least one session is needed")
    if end < start:
        raise ValueError(f"the sample would end ({end}) before it starts ({start})")
    if not 0 <= faults <= 1:
        raise ValueError(f"faults is a share between 0 and 1, not {faults}")
    for extract in EXTRACTS:
        if (out / extract).is_dir() and any((out / extract).iterdir()):
            raise FileExistsError(f"{out / extract} is not empty: a sample is not mixed with other extracts")
    request = Request(sessions, seed, start, end, faults, plain, wild and not plain)
    folder = out / IN_PROGRESS
    shutil.rmtree(folder, ignore_errors=True)
    for extract in request.extracts:
        (folder / extract).mkdir(parents=True)

    days, expected = expected_by_day(start, end)
    history = round(sessions * HISTORY_SHARE / (1 + HISTORY_SHARE))
    weight = expected.sum(axis=1)
    period_sizes, history_sizes = allocate(sessions - history, weight), allocate(history, weight)
    city_sizes = (period_sizes + history_sizes).astype(float)
    tally, kept = Tally(), Kept()
    with ExitStack() as stack:
        plain_files = PlainFiles(folder, stack)
        for city in cities():
            at = city.position
            parcels = city_parcels(
                city,
                request,
                days,
                expected[at],
                int(period_sizes[at]),
                int(history_sizes[at]),
                city_sizes,
                tally,
            )
            for serial, parcel in enumerate(parcels):
                send(city, parcel, serial, request, folder, plain_files, tally, kept)
            name = places().names[places().index(city.code)]
            progress(f"{at + 1}/{len(cities())} {name} {int(city_sizes[at]):,}")
        if not plain:
            judged = judge(kept, end)
            for city in cities():
                parcels = later_parcels(city, request, judged, float(city_sizes[city.position]))
                for serial, parcel in enumerate(parcels, start=LATER_SERIAL):
                    send(city, parcel, serial, request, folder, plain_files, tally, kept)
            for path in tally.bad_files.values():
                kept.add_fault("file", path.split("/")[0], path, None, "refused")
            write_truth(out / TRUTH, kept, judged)
    # In place only when whole: a landing folder never holds half a sample.
    text = README.format(sessions=sessions, seed=seed, start=start, end=end, faults=faults, plain=plain)
    (out / "README.txt").write_text(text, encoding="utf-8")
    for extract in request.extracts:
        (folder / extract).replace(out / extract)
    folder.rmdir()
    return SampleSummary(
        out,
        sessions,
        start,
        end,
        tally.files + len(tally.bad_files) + len(plain_files.files),
        {extract: tally.rows[extract] for extract in request.extracts},
        dict(sorted(tally.completed.items())),
        {extract: dict(sorted(counts.items())) for extract, counts in tally.faulty.items()},
        dict(sorted(tally.bad_files.items())),
    )
