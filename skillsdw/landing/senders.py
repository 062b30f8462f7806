"""Keys belong to their senders (1-extracts § What is refused): whose a file and a row are, and what a new row
replaces."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa

from skillsdw.codes import extract_columns
from skillsdw.landing.raw import raw_columns
from skillsdw.seeds import cache, read_seed

# A small file's keys are looked for in raw itself, as long as the files of one landing scan no more rows than this;
# then, and for a file that is no small part of raw, fingerprints of all keys are kept.
_SCANNED = 5_000_000
_MANY_TIMES = 20
_FEW, _MOST_RECENT = 5_000, 100_000  # rows of a file, and keys of a landing, that are kept as they are
ACCEPTED = "accepted"  # the name under which a batch's accepted rows are registered


@cache
def _city_words() -> dict[str, frozenset[str]]:
    """City code → what names the city in a path: its code's first digits, its name, its counties' codes and names."""
    words: dict[str, set[str]] = {}
    for row in read_seed("city"):
        if row["city_code"] != "450000":
            words[row["city_code"]] = {row["name_zh"], row["name_zh"].removesuffix("市"), row["name_en"].lower()}
    for row in read_seed("county"):
        if len(row["name_zh"]) > 2:
            words[row["city_code"]].add(row["name_zh"])
    return {code: frozenset(found) for code, found in words.items()}


def city_of_path(name: str) -> str | None:
    """The city that a path names: a folder first, from the innermost, then the file's name; None for none or
    several."""
    for part in reversed(unicodedata.normalize("NFKC", name).lower().split("/")[:-1]):
        if (city := _city_of(part)) is not None:
            return city
    return _city_of(unicodedata.normalize("NFKC", name).lower().rsplit("/", 1)[-1])


def _city_of(text: str) -> str | None:
    found = {
        code
        for code, words in _city_words().items()
        if any(word in text for word in words) or re.search(rf"(?<!\d){code[:4]}(?:\d\d)?(?!\d)", text)
    }
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class Conflict:
    """A row whose key is another sender's record of another person, and the batch which has it."""

    row_number: int
    key: str
    batch_id: int


@dataclass(frozen=True)
class Replaced:
    """What the rows of a batch do to those that have landed: `conflicts` may not, `by_batch` batch → (rows replaced, of
    which say something else), `went_back` row numbers of sessions that were completed and are no longer."""

    conflicts: list[Conflict] = field(default_factory=list)
    by_batch: dict[int, tuple[int, int]] = field(default_factory=dict)
    went_back: list[int] = field(default_factory=list)


class LandedKeys:
    """Which keys have landed: asked once a batch, mostly with the answer that none of its keys is known.

    Keys of this landing are kept as they are while they are few. Those that stood in raw before, and all of them once
    they are many, are looked for in raw, or by their fingerprints.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._in_raw = dict(con.execute("select extract, sum(rows_landed) from raw.batch group by extract").fetchall())
        self._scanned: Counter[str] = Counter()
        self._prints: dict[str, list[np.ndarray]] = {}
        self._recent: dict[str, set[tuple[object, ...]] | None] = {}  # None once they are many
        self._asked: np.ndarray | None = None  # fingerprints of the rows that were asked about last
        self._mine: list[tuple[object, ...]] | None = None  # their keys, where these are few

    def knows_any(self, extract: str, table: pa.Table) -> bool:
        """Whether a key of a table, which is the registered rows, may have landed."""
        self._asked = self._mine = None
        recent = self._recent.setdefault(extract, set())
        if recent is not None and table.num_rows <= _FEW:
            columns = [table[name].to_pylist() for name in keys_of(extract)]
            self._mine = list(zip(*columns, strict=True))
            if not recent.isdisjoint(self._mine):
                return True
        elif recent:
            self._keep_no_more(extract, recent)
        rows = int(self._in_raw.get(extract) or 0)
        if not rows:
            return False
        are_few = table.num_rows * _MANY_TIMES < rows and self._scanned[extract] + rows <= _SCANNED
        if extract not in self._prints and are_few:
            self._scanned[extract] += rows
            key = ", ".join(keys_of(extract))
            query = f"select exists(select 1 from raw.{extract} semi join {ACCEPTED} using ({key}))"
            return self._con.execute(query).fetchone()[0]
        if extract not in self._prints:
            self._prints[extract] = [np.sort(self._fingerprints(extract, f"raw.{extract}"))]
        mine = self._asked = np.sort(self._fingerprints(extract, ACCEPTED))
        return any(_holds_any(prints, mine) for prints in self._prints[extract])

    def add(self, extract: str, rows: int) -> None:
        """The registered rows, which were asked about last but for conflicts, have landed."""
        recent = self._recent.get(extract)
        if recent is not None and self._mine is not None:
            recent.update(self._mine)
            if len(recent) > _MOST_RECENT:
                self._keep_no_more(extract, recent)
            return
        self._recent[extract] = None
        self._in_raw[extract] = int(self._in_raw.get(extract) or 0) + rows
        if extract in self._prints:
            kept = self._prints[extract]
            are_asked = self._asked is not None and len(self._asked) == rows  # fewer where conflicts were left out
            kept.append(self._asked if are_asked else np.sort(self._fingerprints(extract, ACCEPTED)))
            # Few arrays, each at least twice the next: every one is merged seldom.
            while len(kept) > 1 and len(kept[-2]) < 2 * len(kept[-1]):
                kept[-2:] = [np.sort(np.concatenate(kept[-2:]), kind="stable")]

    def came_by_release(self, extract: str, rows: int) -> None:
        """Rows of a held batch have come into raw: all keys are looked for there from now on."""
        self._in_raw[extract] = int(self._in_raw.get(extract) or 0) + rows
        self._keep_no_more(extract, self._recent.get(extract) or set())

    def _keep_no_more(self, extract: str, recent: set[tuple[object, ...]]) -> None:
        """From now on the keys of this landing are looked for in raw, with those from before."""
        self._in_raw[extract] = int(self._in_raw.get(extract) or 0) + len(recent)
        self._prints.pop(extract, None)
        self._recent[extract] = None

    def _fingerprints(self, extract: str, relation: str) -> np.ndarray:
        key = ", ".join(f"{name}::varchar" for name in keys_of(extract))
        return self._con.execute(f"select hash({key}) as print from {relation}").fetchnumpy()["print"]


def _holds_any(prints: np.ndarray, asked: np.ndarray) -> bool:
    if not len(prints):
        return False
    places = np.minimum(np.searchsorted(prints, asked), len(prints) - 1)
    return bool((prints[places] == asked).any())


def keys_of(extract: str) -> list[str]:
    """The columns of an extract's natural key."""
    return [column.name for column in extract_columns(extract) if column.is_key]


def replaced_by(con: duckdb.DuckDBPyConnection, extract: str, sender: str | None, batch_id: int) -> Replaced:
    """What the registered rows of a batch replace in those before it; `sender` is the city of the file's path."""
    key = keys_of(extract)
    columns = [name for name in raw_columns(extract) if name not in key]
    status = (
        "new_status in ('enrolled', 'in_training') and old_status = 'completed'" if extract == "enrollment" else "false"
    )
    statuses = ", mine.status as new_status, old.status as old_status" if extract == "enrollment" else ""
    joined = ", ".join(key)
    said = " or ".join(f"mine.{name} is distinct from old.{name}" for name in columns)
    rows = con.execute(
        f"""
        with old as (
            select landed.*
            from raw.{extract} as landed
            semi join {ACCEPTED} using ({joined})
            where landed.batch_id < {batch_id}
            qualify row_number() over (
                partition by {", ".join(f"landed.{name}" for name in key)}
                order by landed.batch_id desc, landed.row_number desc
            ) = 1
        ),
        {_sides(extract)}
        matched as (
            select
                mine.row_number,
                concat_ws('|', {", ".join(f"mine.{name}" for name in key)}) as record_key,
                old.batch_id,
                ({said}) as says_other,
                {_conflicts(extract)} as is_conflict
                {statuses}
            from {ACCEPTED} as mine
            inner join old using ({joined})
            {_joins(extract)}
        )
        select row_number, record_key, batch_id, says_other, coalesce(is_conflict, false), coalesce({status}, false)
        from matched
        """,
        [sender] * _asks_sender(extract),
    ).fetchall()
    found = Replaced()
    for row_number, record_key, batch_id, says_other, is_conflict, went_back in rows:
        if is_conflict:
            found.conflicts.append(Conflict(row_number, record_key, batch_id))
            continue
        count, others = found.by_batch.get(batch_id, (0, 0))
        found.by_batch[batch_id] = (count + 1, others + says_other)
        if went_back:
            found.went_back.append(row_number)
    return found


# Certificates and payments name no place: they are of their file's city, else of their enrolment's.
_OF_ENROLLMENT = frozenset({"certification", "subsidy"})


def _asks_sender(extract: str) -> int:
    return extract in _OF_ENROLLMENT


def _conflicts(extract: str) -> str:
    """Another sender, and another person where rows are of persons."""
    match extract:
        case "enrollment" | "employment":
            return "left(mine.county_code, 4) <> left(old.county_code, 4) and mine.person_key <> old.person_key"
        case "demand":
            return "left(mine.county_code, 4) <> left(old.county_code, 4)"
        case "certification":
            return (
                "coalesce(asked.sender, my_place.city) <> coalesce(old_file.city, old_place.city) "
                "and mine.person_key <> old.person_key"
            )
        case "subsidy":
            return (
                "coalesce(asked.sender, my_place.city) <> coalesce(old_file.city, old_place.city) "
                "and mine.enrollment_id <> old.enrollment_id"
            )
    return "false"


def _sides(extract: str) -> str:
    if extract not in _OF_ENROLLMENT:
        return ""
    return f"""
        asked as (select ?::varchar as sender),
        named as (
            select enrollment_id from {ACCEPTED} union select enrollment_id from old
        ),
        place as (
            select enrollment_id, left(arg_max(county_code, (batch_id, row_number)), 4) || '00' as city
            from raw.enrollment semi join named using (enrollment_id)
            group by enrollment_id
        ),
    """


def _joins(extract: str) -> str:
    if extract not in _OF_ENROLLMENT:
        return ""
    return """
        cross join asked
        left join place as my_place on mine.enrollment_id = my_place.enrollment_id
        left join place as old_place on old.enrollment_id = old_place.enrollment_id
        left join file_city as old_file on old.batch_id = old_file.batch_id
    """


def register_file_cities(con: duckdb.DuckDBPyConnection) -> None:
    """Batch → the city that its file's path names, as the relation `file_city`."""
    rows = con.execute("select batch_id, file_name from raw.batch").fetchall()
    table = pa.table(
        {
            "batch_id": pa.array([batch_id for batch_id, _ in rows], pa.int64()),
            "city": pa.array([city_of_path(name) for _, name in rows], pa.string()),
        }
    )
    con.register("file_city", table)


def institution_names(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Spelling of a name → the institutions that bear it in the register as it has landed."""
    from skillsdw.codes import spelling

    rows = con.execute(
        "select institution_uscc, name from raw.institution "
        "qualify row_number() over (partition by institution_uscc order by batch_id desc, row_number desc) = 1"
    ).fetchall()
    found: dict[str, list[str]] = {}
    for code, name in rows:
        if name:
            found.setdefault(spelling(name), []).append(code)
    return {name: tuple(sorted(codes)) for name, codes in found.items()}
