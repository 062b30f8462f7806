"""What is wrong in a sample, worked out from what was made: the list that recall and precision are measured against.

It is written from spec 2 on arrays of the generator's own records and shares nothing with landing or the dbt models.
A record counts here when no fault was put into its row; of several versions of a key the last one sent counts.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.sample.codes import code_list, occupations
from skillsdw.seeds import read_seed

Columns = dict[str, np.ndarray]

CITY_UNIT = 10**9  # a record's number is its city's first four digits and its serial in that city
HEADER = ("kind", "extract", "file_name", "row_number", "record_key", "code")
# Where the digits of a city and the serial stand in each extract's keys, as `PX4501-00000001` has them.
KEY_DIGITS = {
    "enrollment": (2, 7, 15),
    "certification": (2, 7, 16),
    "employment": (2, 7, 15),
    "subsidy": (2, 7, 15),
}
KEY_SIGNS = {
    "enrollment": ("PX", "-"),
    "certification": ("GX", "Y"),
    "employment": ("JY", "-"),
    "subsidy": ("BT", "-"),
}
DAY = "datetime64[D]"
# The columns of an extract of which a tiny sample has no file.
NOTHING = {
    "certification": {
        "key": int, "enrollment": int, "person": int, "kind": int, "occupation": int, "level": int, "passed": bool,
        "issued": DAY, "unread_level": bool,
    },
    "employment": {"key": int, "person": int, "start": DAY, "end": DAY, "unread_end": bool},
}  # fmt: skip


@dataclass
class Kept:
    """What of a sample a true reading needs, gathered file by file in the order of landing."""

    tables: dict[str, list[Columns]] = field(default_factory=lambda: defaultdict(list))
    institutions: dict[str, int] = field(default_factory=dict)
    faults: list[tuple] = field(default_factory=list)

    def add(self, extract: str, records: dict, accepted: np.ndarray) -> None:
        """Keeps the accepted rows of one file; `records` are the generator's, codes as positions."""
        if extract in GATHER:
            columns = GATHER[extract](self, records)
            self.tables[extract].append({name: values[accepted] for name, values in columns.items()})

    def add_fault(self, kind: str, extract: str, file_name: str, row_number: int | None, code: str) -> None:
        """Keeps a row or a file that landing must refuse."""
        self.faults.append((kind, extract, file_name, row_number, None, code))

    def newest(self, extract: str) -> Columns:
        """The last version of each key."""
        parts = self.tables[extract]
        if not parts:
            return {name: np.zeros(0, dtype=dtype) for name, dtype in NOTHING[extract].items()}
        whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        keys = whole["key"]
        _, from_the_end = np.unique(keys[::-1], return_index=True)
        rows = np.sort(len(keys) - 1 - from_the_end)
        return {name: values[rows] for name, values in whole.items()}


def numbers_of(extract: str, keys: pa.Array) -> np.ndarray:
    """Record keys as numbers in the keys' own order."""
    at, start, stop = KEY_DIGITS[extract]
    city = pc.utf8_slice_codeunits(keys, at, at + 4).cast(pa.int64()).to_numpy()
    return city * CITY_UNIT + pc.utf8_slice_codeunits(keys, start, stop).cast(pa.int64()).to_numpy()


def persons_of(ids: pa.Array) -> np.ndarray:
    """Resident IDs as numbers: the check digit follows from the others."""
    return pc.utf8_slice_codeunits(ids, 0, 17).cast(pa.int64()).to_numpy()


def birth_years(person: np.ndarray) -> np.ndarray:
    return person // 10**7 % 10**4


def occupation_places(codes: pa.Array) -> np.ndarray:
    known = pa.array(occupations().codes)
    return pc.fill_null(pc.index_in(codes, value_set=known), -1).to_numpy().astype(np.int64)


def levels_of(positions: np.ndarray) -> np.ndarray:
    """Skill levels 1 (highest) to 5, 0 where there is none."""
    levels = np.array([*(int(code) for code in code_list("skill_level").codes), 0])
    return levels[positions]


def occupations_of(records: dict) -> np.ndarray:
    """What occupations are compared by: the place of the code, and behind all codes the name that no list has."""
    place = occupation_places(records["occupation_code"])
    local = records.get("occupation_local")
    return place if local is None else np.where(local >= 0, len(occupations().codes) + local, place)


def unread(records: dict, column: str) -> np.ndarray:
    """Rows whose value was sent and cannot be read."""
    return records.get(f"unread_{column}", np.zeros(len(next(iter(records.values()))), dtype=bool))


def present(values: pa.Array) -> np.ndarray:
    return pc.is_valid(values).to_numpy(zero_copy_only=False)


def gather_enrollments(kept: Kept, records: dict) -> Columns:
    institutions = records["institution_uscc"].dictionary_encode()
    known = np.array([kept.institutions[uscc] for uscc in institutions.dictionary.to_pylist()])
    return {
        "key": numbers_of("enrollment", records["enrollment_id"]),
        "person": persons_of(records["person_id"]),
        "institution": known[institutions.indices.to_numpy()],
        "institution_uscc": records["institution_uscc"].to_numpy(zero_copy_only=False),
        "employer_uscc": records["employer_uscc"].to_numpy(zero_copy_only=False),
        "occupation": occupations_of(records),
        "level": levels_of(records["skill_level"]),
        "training_type": records["training_type"],
        "industry": records["industry_code"],
        "programme": records["programme"],
        "trainee_group": records["trainee_group"],
        "fund": records["funding_source"],
        "start": records["start_date"],
        "end": records["end_date"],
        "hours": records["class_hours"],
        "status": records["status"],
        "has_employer": present(records["employer_uscc"]),
        "on_benefit": records["receives_unemployment_insurance"] == 1,
        "park": records["park_code"],
        "unread_level": unread(records, "skill_level"),
        "unread_benefit": unread(records, "receives_unemployment_insurance"),
        "unread_employer": unread(records, "employer_uscc"),
        "unread_park": unread(records, "park_code"),
    }


def gather_certificates(kept: Kept, records: dict) -> Columns:
    del kept
    return {
        "key": numbers_of("certification", records["certificate_no"]),
        "enrollment": numbers_of("enrollment", records["enrollment_id"]),
        "person": persons_of(records["person_id"]),
        "kind": records["certificate_kind"],
        "occupation": occupations_of(records),
        "level": levels_of(records["skill_level"]),
        "passed": records["result"] == code_list("result").index("pass"),
        "issued": records["issued_on"],
        "unread_level": unread(records, "skill_level"),
    }


def gather_evidence(kept: Kept, records: dict) -> Columns:
    del kept
    return {
        "key": numbers_of("employment", records["record_id"]),
        "person": persons_of(records["person_id"]),
        "start": records["evidence_from"],
        "end": records["evidence_to"],
        "unread_end": unread(records, "evidence_to"),
    }


def gather_licences(kept: Kept, records: dict) -> Columns:
    usccs = records["institution_uscc"].to_pylist()
    for uscc in usccs:
        kept.institutions.setdefault(uscc, len(kept.institutions))
    place = np.array([kept.institutions[uscc] for uscc in usccs])
    start = records["licence_from"]
    return {
        "key": place * 10**6 + start.astype(np.int64),
        "institution": place,
        "start": start,
        "end": records["licence_to"],
        "unread_end": unread(records, "licence_to"),
    }


def gather_payments(kept: Kept, records: dict) -> Columns:
    del kept
    return {
        "key": numbers_of("subsidy", records["payment_id"]),
        "enrollment": numbers_of("enrollment", records["enrollment_id"]),
        "component": records["component"],
        "fund": records["funding_source"],
        "cents": records["amount_yuan"],
        "paid": records["paid_on"],
        "park": records["park_code"],
    }


GATHER = {
    "enrollment": gather_enrollments,
    "certification": gather_certificates,
    "employment": gather_evidence,
    "institution": gather_licences,
    "subsidy": gather_payments,
}


def months_after(days: np.ndarray, months: int) -> np.ndarray:
    """The same day of a later month, or that month's last day; NaT stays."""
    first = days.astype("datetime64[M]")
    day = (days - first.astype("datetime64[D]")).astype(np.int64)
    later = first + np.timedelta64(months, "M")
    last = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(np.int64) - 1
    return later.astype("datetime64[D]") + np.minimum(day, last)


def pairs_of(keys: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions (in `keys`, in `others`) of every pair of equal values."""
    order = np.argsort(others, kind="stable")
    ordered = others[order]
    low, high = np.searchsorted(ordered, keys, "left"), np.searchsorted(ordered, keys, "right")
    counts = high - low
    left = np.repeat(np.arange(len(keys)), counts)
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return left, order[np.repeat(low, counts) + offset]


def any_of(size: int, rows: np.ndarray) -> np.ndarray:
    flags = np.zeros(size, dtype=bool)
    flags[rows] = True
    return flags


@dataclass(frozen=True)
class Judged:
    """Current sessions that are not void, in no order, with what is true of each; `broken` rule → flags, `left_open`
    rule → sessions for which a value that it needs cannot be read."""

    sessions: Columns
    broken: dict[str, np.ndarray]
    left_open: dict[str, np.ndarray]
    eligible: np.ndarray
    window: np.ndarray  # first day of the window in which a job is looked for; NaT unless completed
    employed: np.ndarray
    proven: np.ndarray  # the day on which the job was proven
    undecided: np.ndarray  # not proven, but evidence whose end cannot be read may do it
    completion: np.ndarray  # issue of the passed certificate of project completion, else NaT
    passed: np.ndarray  # the first day on which any certificate of it was passed, else NaT
    void: np.ndarray  # numbers of enrolments filed in error


def fund_pays(sessions: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Sessions that their fund may pay, and those that it may pay in a park."""
    funds, types = code_list("funding_source"), code_list("training_type")
    always = np.zeros((len(funds.codes), len(types.codes)), dtype=bool)
    in_park = always.copy()
    for row in read_seed("fund_training_type"):
        at = funds.index(row["funding_source"]), types.index(row["training_type"])
        (in_park if row["condition"] == "park_code is not null" else always)[at] = True
    pair = sessions["fund"], sessions["training_type"]
    return always[pair], in_park[pair]


def licensed(sessions: Columns, licences: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Sessions that a licence covers, and those that one may cover whose end cannot be read."""
    left, right = pairs_of(sessions["institution"], licences["institution"])
    end, is_unread = licences["end"][right], licences["unread_end"][right]
    begun = licences["start"][right] <= sessions["start"][left]
    covers = begun & ~is_unread & (np.isnat(end) | (sessions["end"][left] <= end))
    size = len(sessions["key"])
    return any_of(size, left[covers]), any_of(size, left[begun & is_unread])


def holds_higher(sessions: Columns, certificates: Columns) -> np.ndarray:
    """A passed certificate of the same occupation with a higher level, issued by the session's end."""
    rows = np.flatnonzero(certificates["passed"] & (certificates["level"] > 0) & (certificates["occupation"] >= 0))
    held = {name: values[rows] for name, values in certificates.items()}
    assessed = np.flatnonzero((sessions["level"] > 0) & (sessions["occupation"] >= 0))
    left, right = pairs_of(sessions["person"][assessed], held["person"])
    at = assessed[left]
    higher = (
        (held["occupation"][right] == sessions["occupation"][at])
        & (held["level"][right] < sessions["level"][at])
        & (held["issued"][right] <= sessions["end"][at])
    )
    return any_of(len(sessions["key"]), at[higher])


def may_hold_higher(sessions: Columns, certificates: Columns) -> np.ndarray:
    """A passed certificate of the same occupation, issued by the session's end, whose level cannot be read."""
    rows = np.flatnonzero(certificates["passed"] & certificates["unread_level"] & (certificates["occupation"] >= 0))
    assessed = np.flatnonzero((sessions["level"] > 0) & (sessions["occupation"] >= 0))
    left, right = pairs_of(sessions["person"][assessed], certificates["person"][rows])
    at, held = assessed[left], rows[right]
    alike = (certificates["occupation"][held] == sessions["occupation"][at]) & (
        certificates["issued"][held] <= sessions["end"][at]
    )
    return any_of(len(sessions["key"]), at[alike])


def walk(sessions: Columns, rows: np.ndarray, downgrade: np.ndarray) -> tuple[dict[str, list[int]], set[int]]:
    """Rule → rows that break it, and the rows that break none, of the rows that no other rule has stopped."""
    order = rows[np.lexsort((sessions["key"][rows], sessions["end"][rows], sessions["person"][rows]))]
    person = sessions["person"][order]
    borders = [0, *(np.flatnonzero(person[1:] != person[:-1]) + 1).tolist(), len(order)]
    year = (sessions["end"].astype("datetime64[Y]").astype(np.int64)).tolist()
    topic = np.where(
        (sessions["occupation"] >= 0) & (sessions["level"] > 0), sessions["occupation"] * 10 + sessions["level"], -1
    ).tolist()
    higher = downgrade.tolist()
    order = order.tolist()
    broken: dict[str, list[int]] = defaultdict(list)
    eligible: set[int] = set()
    for begin, stop in pairwise(borders):
        years: list[int] = []
        topics: list[int] = []
        for row in order[begin:stop]:
            found = []
            if year[row] in years:
                found.append("ANNUAL_CAP")
            if len(years) >= 3:
                found.append("LIFETIME_CAP")
            if topic[row] >= 0 and topic[row] in topics:
                found.append("REPEAT")
            if higher[row]:
                found.append("DOWNGRADE")
            for rule in found:
                broken[rule].append(row)
            if not found:
                eligible.add(row)
                years.append(year[row])
                topics.append(topic[row])
    return broken, eligible


def judge(kept: Kept, end: date) -> Judged:
    """What is true of every session on the sample's last day."""
    as_of = np.datetime64(end, "D")
    status, types, funds = code_list("status"), code_list("training_type"), code_list("funding_source")
    everything = kept.newest("enrollment")
    is_void = everything["status"] == status.index("void")
    sessions = {name: values[~is_void] for name, values in everything.items()}
    certificates = kept.newest("certification")
    size = len(sessions["key"])
    completed = (sessions["status"] == status.index("completed")) & (sessions["end"] <= as_of)
    public = np.array([row["is_public"] == "true" for row in read_seed("funding_source")])
    assessed = completed & public[sessions["fund"]]

    # Rule → sessions that lack what it asks for, and those whose value cannot be read.
    kind = sessions["training_type"]
    always, in_park = fund_pays(sessions)
    is_licensed, may_be_licensed = licensed(sessions, kept.newest("institution"))
    never = np.zeros(size, dtype=bool)
    alone = {
        "HOURS_MIN": ((kind == types.index("specialised")) & (sessions["hours"] < 28), never),
        "FUND_MATCH": (~(always | (in_park & (sessions["park"] >= 0))), in_park & sessions["unread_park"]),
        "UI_ONLY": (
            (sessions["fund"] == funds.index("unemployment_insurance")) & ~sessions["on_benefit"],
            sessions["unread_benefit"],
        ),
        "PROJECT_EMPLOYER": (
            (kind == types.index("project")) & ~sessions["has_employer"],
            sessions["unread_employer"],
        ),
        "LICENCE": (~is_licensed, may_be_licensed),
    }
    broken = {rule: lacks & ~is_unread & assessed for rule, (lacks, is_unread) in alone.items()}
    left_open = {rule: lacks & is_unread & assessed for rule, (lacks, is_unread) in alone.items()}
    stopped = np.logical_or.reduce(list(broken.values()))
    walked = assessed & ~stopped
    higher = holds_higher(sessions, certificates)
    found, counted = walk(sessions, np.flatnonzero(walked), higher)
    for rule in ("ANNUAL_CAP", "LIFETIME_CAP", "REPEAT", "DOWNGRADE"):
        broken[rule] = any_of(size, np.array(found[rule], dtype=np.int64))
    own_level = walked & sessions["unread_level"] & (sessions["occupation"] >= 0)
    left_open["REPEAT"] = own_level
    left_open["DOWNGRADE"] = own_level | (walked & ~higher & may_hold_higher(sessions, certificates))
    start_year = sessions["start"].astype("datetime64[Y]").astype(np.int64) + 1970
    broken["AGE"] = start_year - birth_years(sessions["person"]) < 16
    is_open = np.isin(sessions["status"], [status.index("enrolled"), status.index("in_training")])
    broken["LONG_OPEN"] = is_open & ((as_of - sessions["start"]).astype(np.int64) > 365)

    window = np.where(completed, months_after(sessions["end"], 3), np.datetime64("NaT"))
    evidence = kept.newest("employment")
    proven = proofs(sessions, window, evidence, as_of)
    of_kind = certificates["kind"] == code_list("certificate_kind").index("project_completion")
    return Judged(
        sessions,
        broken,
        left_open,
        any_of(size, np.array(sorted(counted), dtype=np.int64)),
        window,
        ~np.isnat(proven),
        proven,
        np.isnat(proven) & may_be_proven(sessions, window, evidence, as_of),
        first_passed(sessions, certificates, certificates["passed"] & of_kind),
        first_passed(sessions, certificates, certificates["passed"]),
        everything["key"][is_void],
    )


def proofs(sessions: Columns, window: np.ndarray, evidence: Columns, as_of: np.datetime64) -> np.ndarray:
    """The first day on which evidence covers the window of a completed session; NaT where none does."""
    proven = np.full(len(window), np.datetime64("NaT"), dtype="datetime64[D]")
    due = np.flatnonzero(window <= as_of)
    left, right = pairs_of(sessions["person"][due], evidence["person"])
    at = due[left]
    # Of evidence whose end cannot be read the first day is sure.
    until = np.where(evidence["unread_end"], evidence["start"], evidence["end"])[right]
    covers = (evidence["start"][right] <= months_after(sessions["end"][at], 6)) & (
        np.isnat(until) | (until >= window[at])
    )
    at, first = at[covers], np.maximum(evidence["start"][right][covers], window[at][covers])
    order = np.argsort(first, kind="stable")[::-1]
    proven[at[order]] = first[order]  # of several assignments the last, the earliest day, stays
    return proven


def may_be_proven(sessions: Columns, window: np.ndarray, evidence: Columns, as_of: np.datetime64) -> np.ndarray:
    """Completed sessions of which evidence that began before the window has an end that cannot be read."""
    due = np.flatnonzero(window <= as_of)
    rows = np.flatnonzero(evidence["unread_end"])
    left, right = pairs_of(sessions["person"][due], evidence["person"][rows])
    at = due[left]
    return any_of(len(window), at[evidence["start"][rows[right]] < window[at]])


def first_passed(sessions: Columns, certificates: Columns, chosen: np.ndarray) -> np.ndarray:
    issued = np.full(len(sessions["key"]), np.datetime64("NaT"), dtype="datetime64[D]")
    rows = np.flatnonzero(chosen)
    left, right = pairs_of(sessions["key"], certificates["enrollment"][rows])
    days = certificates["issued"][rows][right]
    order = np.argsort(days, kind="stable")[::-1]
    issued[left[order]] = days[order]
    return issued


def payment_breaches(payments: Columns, judged: Judged) -> dict[str, np.ndarray]:
    """Rule → flags over payments, judged in the order in which money went out (五, 六).

    No standards are assumed but those that the plan itself sets for project training from the special account; for AI
    training a fifth more than the training standard is allowed (四(二)).
    """
    sessions, size = judged.sessions, len(payments["key"])
    order = np.argsort(sessions["key"])
    at = np.searchsorted(sessions["key"], payments["enrollment"], sorter=order)
    at = order[np.minimum(at, len(order) - 1)]
    known = sessions["key"][at] == payments["enrollment"]
    components, types, funds = code_list("component"), code_list("training_type"), code_list("funding_source")
    post = payments["component"] == components.index("post_employment")
    plan_project = (
        known
        & judged.eligible[at]
        & (sessions["training_type"][at] == types.index("project"))
        & (sessions["fund"][at] == funds.index("special_account"))
        & (sessions["end"][at] >= np.datetime64("2025-01-01"))
    )
    is_ai = (sessions["industry"][at] == code_list("industry").index("AI")) | (
        sessions["programme"][at] == code_list("programme").index("ai")
    )
    due = np.where(post, 200_00, np.where(is_ai, 720_00, 600_00))
    due = np.where(~post & np.isnat(judged.completion[at]), 0, due)

    public = np.array([row["is_public"] == "true" for row in read_seed("funding_source")])
    double, duplicate, over = (np.zeros(size, dtype=bool) for _ in range(3))
    in_order = np.lexsort((payments["key"], payments["paid"], payments["component"], payments["enrollment"]))
    group = payments["enrollment"][in_order] * 2 + post[in_order]
    borders = [0, *(np.flatnonzero(group[1:] != group[:-1]) + 1).tolist(), size]
    for begin, stop in pairwise(borders):
        paid, seen = 0, []
        for row in in_order[begin:stop]:
            fund = payments["fund"][row]
            if not public[fund] or not payments["cents"][row]:
                continue
            double[row] = bool(seen) and seen[0] != fund
            duplicate[row] = fund in seen
            seen.append(fund)
            paid += int(payments["cents"][row])
            over[row] = plan_project[row] and paid > due[row]

    in_time = payments["paid"] >= judged.window[at]  # never of a session that has not ended
    early = post & known & ~(in_time & (judged.employed[at] | judged.undecided[at]))
    went_out = (payments["cents"] > 0) & public[payments["fund"]]
    # What the employment subsidy pays a park's session is the park's, also where the payment leaves the park out.
    own_park = known & (payments["park"] < 0) & (payments["fund"] == funds.index("employment_subsidy"))
    park = np.where(own_park, sessions["park"][at], payments["park"])
    return {
        "PAID_NOT_IN_SYSTEM": went_out & ~(known & judged.eligible[at]),
        "DOUBLE_FUND": double,
        "DUPLICATE_PAYMENT": duplicate,
        "OVERPAID": over,
        "EARLY_POST_EMPLOYMENT": went_out & early,
        "PARK_BUDGET": went_out & past_budget(payments | {"park": park}),
    }


def past_budget(payments: Columns) -> np.ndarray:
    """Payments from the employment subsidy with which a park's year passes its budget, and those after them."""
    parks = code_list("park")
    budget = {
        (parks.index(row["park_code"]), int(row["calendar_year"])): int(row["budget_yuan"]) * 100
        for row in read_seed("park_allocation")
    }
    subsidy = code_list("funding_source").index("employment_subsidy")
    year = payments["paid"].astype("datetime64[Y]").astype(np.int64) + 1970
    past = np.zeros(len(payments["key"]), dtype=bool)
    for (park, of_year), limit in budget.items():
        rows = np.flatnonzero((payments["park"] == park) & (year == of_year) & (payments["fund"] == subsidy))
        rows = rows[np.lexsort((payments["key"][rows], payments["paid"][rows]))]
        past[rows[np.cumsum(payments["cents"][rows]) > limit]] = True
    return past


def breaches(kept: Kept, judged: Judged) -> Iterator[tuple[str, str, np.ndarray]]:
    """(extract, rule, numbers of the records that break it)."""
    for rule, flags in judged.broken.items():
        yield "enrollment", rule, judged.sessions["key"][flags]
    certificates, evidence = kept.newest("certification"), kept.newest("employment")
    order = np.argsort(judged.sessions["key"])
    at = np.searchsorted(judged.sessions["key"], certificates["enrollment"], sorter=order)
    at = order[np.minimum(at, len(order) - 1)]
    known = judged.sessions["key"][at] == certificates["enrollment"]
    other = known & (judged.sessions["person"][at] != certificates["person"])
    yield "certification", "CERT_ORPHAN", certificates["key"][~known]
    yield "certification", "CERT_PERSON", certificates["key"][other]
    strangers = ~np.isin(evidence["person"], judged.sessions["person"])
    yield "employment", "EMPLOYMENT_ORPHAN", evidence["key"][strangers]
    if kept.tables["subsidy"]:
        payments = kept.newest("subsidy")
        for rule, flags in payment_breaches(payments, judged).items():
            yield "subsidy", rule, payments["key"][flags]


def left_open(judged: Judged) -> Iterator[tuple[str, np.ndarray]]:
    """(rule, numbers of the sessions for which it is not assessed)."""
    for rule, flags in judged.left_open.items():
        yield rule, judged.sessions["key"][flags]


def by_name(judged: Judged) -> np.ndarray:
    """Numbers of the sessions whose occupation stands by its name."""
    return judged.sessions["key"][judged.sessions["occupation"] >= len(occupations().codes)]


def key_text(extract: str, number: int) -> str:
    city, serial = divmod(number, CITY_UNIT)
    _, start, stop = KEY_DIGITS[extract]
    head, middle = KEY_SIGNS[extract]
    return f"{head}{city:04}{middle}{serial:0{stop - start}}"


def write_truth(path: Path, kept: Kept, judged: Judged) -> None:
    """Writes the true list: rule breaches, rows and files that landing must refuse."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(HEADER)
        for extract, rule, numbers in breaches(kept, judged):
            for number in np.sort(numbers).tolist():
                lines.writerow(("rule", extract, None, None, key_text(extract, number), rule))
        for rule, numbers in left_open(judged):
            for number in np.sort(numbers).tolist():
                lines.writerow(("open", "enrollment", None, None, key_text("enrollment", number), rule))
        for number in np.sort(by_name(judged)).tolist():
            lines.writerow(("name", "enrollment", None, None, key_text("enrollment", number), "occupation_name"))
        lines.writerows(sorted(kept.faults, key=lambda fault: (*fault[:3], fault[3] or 0, fault[5])))
