"""What bureaus really send, beside what their forms ask for: occupations and institutions by name, values that nobody
can read, keys that are another bureau's, a batch of which too much is wrong and its correction.

A sample has it only when asked (`make recall`): a demo of a province is not made of its worst ledgers.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.codes import occupation_lookup, spelling
from skillsdw.sample.codes import occupations
from skillsdw.sample.dialect import Dialect, Records, Texts
from skillsdw.seeds import read_seed

# Whose rosters have the occupation's name (培训工种) and no code, and whose the institution's name alone.
OCCUPATION_NAMED = {"450300": "培训工种", "451100": "职业(工种)"}
INSTITUTION_NAMED = {"450600": "培训单位名称", "450900": "培训机构名称"}
FOREIGN_KEYS, HELD = "450200", "450700"  # who files another's keys, and whose small file is held
FOREIGN_ROWS, RESENT_ROWS = 3, 40
HELD_ROWS, HELD_FAULTY = 150, 60  # more than the limit of 30 %, in a file of at least 100 rows
UNREAD_SHARE = 0.02
# Occupations that no list has: every eleventh of the list is filed under a name of its own by those cities.
LOCAL_NAMES = ("螺蛳粉熬汤师傅", "桂林米粉制作师傅", "横州茉莉花窨制工", "六堡茶陈化工", "坭兴陶拉坯工", "壮锦织造工")
EVERY = 11
# extract → column → texts that stand for no value of it; the rules that need it are not assessed then.
UNREADABLE = {
    "enrollment": {
        "skill_level": ("高技能", "7级"),
        "receives_unemployment_insurance": ("待核", "不详"),
        "employer_uscc": ("见附件", "915000"),
        "park_code": ("某园区", "P99"),
    },
    "certification": {"skill_level": ("高技能", "7级")},
    "employment": {"evidence_to": ("待定", "见合同")},
    "institution": {"licence_to": ("待定", "见证书")},
}
ABSENT = -1  # a code, a number or a truth value that is not there


@cache
def names_of_occupations() -> pa.Array:
    """The name of each occupation, or its code where its name is read as another."""
    primary: dict[str, str] = {}
    for row in read_seed("occupation"):
        if row["occupation_code"]:
            primary.setdefault(row["occupation_code"], row["name_zh"])
    lookup = occupation_lookup()
    return pa.array([primary[c] if lookup.get(spelling(primary[c])) == c else c for c in occupations().codes])


def local_of(codes: pa.Array) -> np.ndarray:
    """Which local name an occupation has in the cities that file names, -1 where it has its own."""
    place = pc.fill_null(pc.index_in(codes, value_set=pa.array(occupations().codes)), -1).to_numpy()
    local = (place // EVERY) % len(LOCAL_NAMES)
    return np.where((place >= 0) & (place % EVERY == 0), local, ABSENT)


def with_local_names(records: Records) -> Records:
    """Records whose occupations are filed by name; `occupation_local` says which have a name that no list has."""
    return records | {"occupation_local": local_of(records["occupation_code"])}


def in_names(texts: Texts, records: Records) -> Texts:
    """The texts of a roster that has names for codes."""
    codes = texts["occupation_code"]
    place = pc.index_in(codes, value_set=pa.array(occupations().codes))
    local = records["occupation_local"]
    own = pa.array(LOCAL_NAMES).take(pa.array(np.maximum(local, 0)))
    return texts | {"occupation_code": pc.if_else(pa.array(local >= 0), own, names_of_occupations().take(place))}


def by_institution_name(texts: Texts, heads: dict[str, str], names: dict[str, str], header: str) -> tuple[Texts, dict]:
    """Texts and headers of a roster that has the institution's name and not its code."""
    usccs = texts["institution_uscc"].to_pylist()
    named = {"institution_name": pa.array([names[uscc] for uscc in usccs])}
    texts = {name: values for name, values in texts.items() if name != "institution_uscc"} | named
    heads = {column: head for column, head in heads.items() if column != "institution_uscc"}
    return texts, heads | {"institution_name": header}


@dataclass(frozen=True)
class Unread:
    """Texts with values that nobody can read, and the records as they land: without those values."""

    texts: Texts
    records: Records


def unreadable(
    extract: str, texts: Texts, records: Records, dialect: Dialect, free: np.ndarray, rng: np.random.Generator
) -> Unread:
    """Put unreadable values into some of the rows `free`, one a row; `unread_<column>` says in which."""
    columns = UNREADABLE.get(extract, {})
    if dialect.format == "parquet":  # its dates are dates
        columns = {name: found for name, found in columns.items() if not name.endswith("_to")}
    size = len(next(iter(records.values())))
    changed, landed = dict(texts), dict(records)
    if not columns:
        return Unread(changed, landed)
    hit = free & (rng.random(size) < UNREAD_SHARE)
    which = rng.integers(0, len(columns), size)
    for place, (column, wordings) in enumerate(columns.items()):
        rows = hit & (which == place)
        flags = np.zeros(len(texts[column]), dtype=bool)
        flags[:size] = rows
        chosen = pa.array([str(text) for text in rng.choice(wordings, int(rows.sum()))], pa.string())
        changed[column] = pc.replace_with_mask(texts[column], pa.array(flags), chosen)
        landed[column] = _without(records[column], rows)
        landed[f"unread_{column}"] = rows
    return Unread(changed, landed)


def _without(values: np.ndarray | pa.Array, rows: np.ndarray) -> np.ndarray | pa.Array:
    if not isinstance(values, np.ndarray):
        return pc.if_else(pa.array(rows), pa.scalar(None, pa.string()), values)
    absent = np.datetime64("NaT") if values.dtype.kind == "M" else ABSENT
    return np.where(rows, absent, values)


def foreign(own: Records, keys: list[str]) -> Records:
    """Own records again, the last of them under keys of another bureau's records."""
    mine = own["enrollment_id"].to_pylist()
    return own | {"enrollment_id": pa.array(mine[: len(mine) - len(keys)] + keys)}


def spoiled_starts(texts: Texts) -> Texts:
    """A ledger whose first rows have no start that can be read."""
    starts = texts["start_date"].to_pylist()
    return texts | {"start_date": pa.array(["待定"] * HELD_FAULTY + starts[HELD_FAULTY:])}
