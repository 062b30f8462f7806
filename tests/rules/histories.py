"""Small worlds for the two readings of the rules: a few persons, many sessions each, few distinct dates.

Identifiers are local to a world, so that many worlds can lie in one warehouse: `placed` makes them global.
"""

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from hypothesis import strategies as st
from reading import Certificate, Enrollment, Evidence, Landed, Licence, months_after

# Landed in waves: a batch is one extract of one wave. The last two waves share their moment.
WAVES = (datetime(2026, 7, 1, 8), datetime(2026, 7, 2, 8), datetime(2026, 7, 2, 8))
EXTRACTS = ("enrollment", "certification", "employment", "institution")
BATCH = {(wave, extract): 4 * wave + n for wave in range(3) for n, extract in enumerate(EXTRACTS, 1)}
LANDED_AT = {batch: WAVES[wave] for (wave, _), batch in BATCH.items()}
# Two batches of the second wave were held for a day.
RELEASED_AT = {BATCH[1, extract]: datetime(2026, 7, 3, 8) for extract in ("enrollment", "employment")}

# Text keys whose order by code point is neither that of numbers, nor of a locale, nor of UTF-16.
KEYS = ("10", "9", "B", "a", "_1", "é", "中", "\ue000", "𠮷", "~", "A", "1-")
PERSONS, STRANGERS = ("p1", "p2", "p3"), ("s1", "s2")
INSTITUTIONS = ("x", "y")


@dataclass(frozen=True)
class Setting:
    """What is the same for a whole build."""

    as_of: date
    known_at: datetime | None = None
    licences_from_wave: int | None = 0  # None: no institution ever lands


@dataclass(frozen=True)
class World:
    """Landed versions; `batch_id` holds the wave until the world is placed, versions are in file order."""

    enrollments: list[Enrollment] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    licences: list[Licence] = field(default_factory=list)

    def edits(self) -> list[tuple[str, int, str | None]]:
        """What would make it smaller: a record taken out, or (a column named) made ordinary in that column."""
        edits: list[tuple[str, int, str | None]] = []
        for kind, ordinary in ORDINARY.items():
            for n, record in enumerate(getattr(self, kind)):
                edits.append((kind, n, None))
                edits += [
                    (kind, n, column.name)
                    for column in fields(record)
                    if column.name not in ("row_number", MAKERS[kind][1])
                    and getattr(record, column.name) != getattr(ordinary, column.name)
                ]
        return edits

    def edited(self, edits: list[tuple[str, int, str | None]]) -> "World":
        kinds = {kind: list(getattr(self, kind)) for kind in ORDINARY}
        for kind, n, column in edits:
            record = kinds[kind][n]
            if record is not None and column is not None:
                record = accepted(replace(record, **{column: getattr(ORDINARY[kind], column)}))
            else:
                record = None
            kinds[kind][n] = record
        return World(**{kind: [r for r in records if r is not None] for kind, records in kinds.items()})


# ------------------------------------------------------------------- the ordinary record, and changes to it
ORDINARY = {
    "enrollments": Enrollment(
        enrollment_id="1",
        person_key="p1",
        birth_year=1990,
        class_id="c",
        institution_uscc="x",
        county_code="450102",
        industry_code="AI",
        training_type="occupation",
        trainee_group="graduate_youth",
        funding_source="employment_subsidy",
        start_date=date(2025, 3, 1),
        end_date=date(2025, 3, 31),
        class_hours=40,
        status="completed",
        batch_id=0,
        row_number=1,
    ),
    "certificates": Certificate(
        certificate_no="1",
        enrollment_id="1",
        person_key="p1",
        certificate_kind="skill_level",
        result="pass",
        issued_on=date(2025, 3, 31),
        batch_id=0,
        row_number=1,
    ),
    "evidence": Evidence(
        record_id="1",
        person_key="p1",
        evidence_type="payroll",
        evidence_from=date(2025, 6, 30),
        county_code="450102",
        batch_id=0,
        row_number=1,
    ),
    "licences": Licence(institution_uscc="x", licence_from=date(2020, 1, 1), batch_id=0, row_number=1),
}
# How a record is written in a test, and the key that its maker takes first.
MAKERS = {
    "enrollments": ("enrollment", "enrollment_id"),
    "certificates": ("certificate", "certificate_no"),
    "evidence": ("evidence", "record_id"),
    "licences": ("licence", None),
}


def enrollment(key: str = "1", **changes) -> Enrollment:
    return replace(ORDINARY["enrollments"], enrollment_id=key, **changes)


def certificate(key: str = "1", **changes) -> Certificate:
    return replace(ORDINARY["certificates"], certificate_no=key, **changes)


def evidence(key: str = "1", **changes) -> Evidence:
    return replace(ORDINARY["evidence"], record_id=key, **changes)


def licence(**changes) -> Licence:
    return replace(ORDINARY["licences"], **changes)


# ---------------------------------------------------------------------------------------------- days
@cache
def days_of(as_of: date) -> list[date]:
    """Days at the borders: of years and months, of `as_of`, of the windows that it falls on, of 365 days."""
    days = [date(year, month, day) for year in range(2022, 2028) for month, day in ((12, 31), (1, 1), (6, 15))]
    days += [date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28), date(2024, 11, 30), date(2025, 11, 30)]
    days += [date(2025, 8, day) for day in (27, 28, 29, 30, 31)] + [date(2023, 8, day) for day in (29, 30, 31)]
    days += [date(2025, 1, 31), date(2025, 3, 31), date(2025, 5, 31), date(2026, 3, 31), date(2024, 11, 29)]
    days += [as_of + timedelta(days=n) for n in (-1, 0, 1, -364, -365, -366)]
    for months in (-3, -6):
        days += [months_after(as_of, months) + timedelta(days=n) for n in (-2, -1, 0, 1, 2)]
    return sorted(set(days))


def window_days(end: date) -> list[date]:
    """Days at the borders of the window that employment is looked for in."""
    return [months_after(end, m) + timedelta(days=n) for m in (3, 6) for n in (-1, 0, 1)]


# ---------------------------------------------------------------------------------------- strategies
class Dice:
    """Choices read off the bytes that hypothesis draws for a world, a share of them for each record.

    (One draw a value takes 50 ms a world, too long for thousands.) Zero bytes choose the first.
    """

    SHARE, SHARES = 64, 28

    def __init__(self, thrown: bytes):
        self.shares = [thrown[n : n + self.SHARE] for n in range(0, len(thrown), self.SHARE)]
        self.thrown = iter(self.shares[0])

    def of(self, *values):
        return values[next(self.thrown) % len(values)]

    def odds(self, in_100: int) -> bool:
        return next(self.thrown) % 100 >= 100 - in_100

    def some(self, *counts: int) -> "list[Dice]":
        """As many dice as one of the counts says, each with a share of its own."""
        return [Dice(self.shares.pop()) for _ in range(self.of(*counts))]


IN_ORDER = (
    *[("employment_subsidy", "occupation")] * 5,
    *[("special_account", "project"), ("cost_sharing", "specialised"), ("employment_subsidy", "project")],
    *[("unemployment_insurance", "occupation"), ("unemployment_insurance", "entrepreneurship")],
)
FUND_TYPE = tuple(
    (fund, kind)
    for fund in (
        "employment_subsidy",
        "special_account",
        "unemployment_insurance",
        "cost_sharing",
        "enterprise_education",
        "self_funded",
    )
    for kind in ("occupation", "specialised", "entrepreneurship", "project")
)
STATUS = ("completed", "enrolled", "in_training", "withdrawn", "void")
PLACE = ("450102", "450123", "450202", "450000", "450100")
INDUSTRY = ("AI", "I01", "OTHER")
GROUP = ("graduate_youth", "enterprise_employee", "rural_transfer", "other")
# Code and name: of those that have no code the second is the first in capitals, and the last looks like a code.
OCCUPATION = (
    *[("4-04-05-05", None)] * 2,
    *[("6-31-01-03", None), (None, None), (None, "cad绘图员"), (None, "CAD绘图员"), (None, "4-04-05-05")],
)
LEVEL = ("4", "4", "5", "3", None)


def with_corrections(dice: Dice, first, changes) -> list:
    """A record and sometimes one or two corrections of it, in file order; the wave stands as batch."""
    found = [accepted(replace(first, batch_id=dice.of(0, 0, 0, 1, 2)))]
    for _ in range(dice.of(0, 0, 0, 0, 0, 1, 1, 2)):
        last = found[-1]
        wave = dice.of(*range(last.batch_id, 3))
        found.append(accepted(replace(last, batch_id=wave, **dice.of(*changes)(last))))
    return found


def occupied(dice: Dice) -> dict:
    return dict(zip(("occupation_code", "occupation_name"), dice.of(*OCCUPATION), strict=True))


# The optional columns that a rule or a status needs, of which a value may have been sent that nobody can read.
UNREAD = {
    "enrollments": ("skill_level", "occupation_code", "park_code", "employer_uscc", "receives_unemployment_insurance"),
    "certificates": ("skill_level", "occupation_code"),
    "evidence": ("evidence_to",),
    "licences": ("licence_to",),
}


def unread(dice: Dice, kind: str) -> str | None:
    """Which columns could not be read: mostly none, sometimes one, with one that no rule needs or another beside it."""
    if not dice.odds(25):
        return None
    return ",".join(
        dict.fromkeys((*dice.of((), (), ("assessor_uscc",)), dice.of(*UNREAD[kind]), dice.of(*UNREAD[kind])))
    )


def accepted(record):
    """Landing takes no completed session without an end, or with one before its start, and keeps no value that it could
    not read."""
    for column in (record.unread_columns or "").split(","):
        if column in {f.name for f in fields(record)}:
            record = replace(record, **{column: None})
        if column == "occupation_code":
            record = replace(record, occupation_name=None)
    if getattr(record, "status", None) == "completed" and (
        record.end_date is None or record.end_date < record.start_date
    ):
        return replace(record, end_date=record.start_date)
    return record


def an_enrollment(dice: Dice, key: str, days: list[date], orderly: bool) -> list[Enrollment]:
    good = orderly or dice.odds(50)
    status = dice.of(*["completed"] * 12, *STATUS)
    end = dice.of(*days)
    start = end - timedelta(days=dice.of(30, 30, 0, 1, 365, 366))
    if status != "completed" and dice.odds(50):
        end = dice.of(None, start - timedelta(days=1))
    fund, kind = dice.of(*IN_ORDER) if good else dice.of(*FUND_TYPE)
    first = enrollment(
        key,
        person_key=dice.of("p1", "p1", "p1", "p1", "p2", "p3"),
        birth_year=dice.of(*[1990] * 6, start.year - 16, start.year - 15),
        class_id=dice.of("c", "d"),
        institution_uscc=dice.of("x", "x", "x", "y"),
        county_code=dice.of(*PLACE),
        industry_code=dice.of(*INDUSTRY),
        **occupied(dice),
        skill_level=dice.of(*LEVEL),
        training_type=kind,
        programme=dice.of(None, "ai"),
        trainee_group=dice.of(*GROUP),
        funding_source=fund,
        start_date=start,
        end_date=end,
        class_hours=28 if orderly else dice.of(28, 27, 40),
        status=status,
        employer_uscc="e" if good else dice.of("e", None),
        receives_unemployment_insurance=good or dice.of(True, False, None),
        park_code="P01" if good else dice.of(None, "P01"),
        project_id=dice.of(None, "g"),
        brand_name=dice.of(None, None, "柳州螺蛳粉师傅培训"),
        unread_columns=unread(dice, "enrollments"),
    )
    changes = (
        lambda _: {"status": "void"},
        lambda _: {"status": dice.of(*STATUS)},
        lambda e: {"end_date": (day := dice.of(*days)), "start_date": min(day, e.start_date)},
        lambda _: {"person_key": dice.of(*PERSONS)},
        lambda _: dict(zip(("funding_source", "training_type"), dice.of(*FUND_TYPE), strict=True)),
        lambda _: {"skill_level": dice.of(*LEVEL)} | occupied(dice),
        lambda _: {"unread_columns": unread(dice, "enrollments")},
        lambda _: {"trainee_group": dice.of(*GROUP), "county_code": dice.of(*PLACE)},
    )
    return with_corrections(dice, first, changes)


def a_certificate(dice: Dice, key: str, days: list[date], sessions: list[Enrollment]) -> list[Certificate]:
    of = [*sessions, enrollment("unknown")]
    near = [day + timedelta(days=n) for day in days for n in (0, 0, -1, 1)]
    session = dice.of(*of)
    first = certificate(
        key,
        enrollment_id=session.enrollment_id,
        person_key=dice.of(session.person_key, session.person_key, session.person_key, "p1", "p2", "s1"),
        certificate_kind=dice.of("skill_level", "vocational_qualification", "project_completion"),
        **occupied(dice),
        skill_level=dice.of("4", "3", "2", "1", None),
        result=dice.of("pass", "pass", "pass", "fail"),
        issued_on=dice.of(*near),
        unread_columns=unread(dice, "certificates"),
    )
    changes = (
        lambda _: {"result": dice.of("fail", "pass")},
        lambda _: {"issued_on": dice.of(*near)},
        lambda _: {"skill_level": dice.of(*LEVEL)},
        lambda _: {"person_key": dice.of(*PERSONS)},
        lambda _: {"enrollment_id": dice.of(*of).enrollment_id},
    )
    return with_corrections(dice, first, changes)


def a_piece(dice: Dice, key: str, days: list[date]) -> list[Evidence]:
    work_days = [border for day in days for border in window_days(day)] + days
    first = evidence(
        key,
        person_key=dice.of("p1", "p1", "p1", "p2", "p3", "s1", "s2"),
        evidence_from=dice.of(*work_days),
        evidence_to=None if dice.odds(40) else dice.of(*work_days),
        county_code=dice.of(*PLACE),
        unread_columns=unread(dice, "evidence"),
    )
    changes = (
        lambda _: {"evidence_from": dice.of(*work_days)},
        lambda _: {"evidence_to": dice.of(*work_days)},
        lambda _: {"person_key": dice.of(*PERSONS)},
    )
    return with_corrections(dice, first, changes)


def a_licence(dice: Dice, days: list[date], orderly: bool) -> list[Licence]:
    """Periods from long ago, from or after a class's first days, that meet, part or overlap on their days."""
    if orderly:
        first = licence(institution_uscc=dice.of(*INSTITUTIONS), licence_from=date(2020, 1, 1))
        return [replace(first, batch_id=dice.of(0, 0, 1))]
    borders = [day + timedelta(days=n) for day in days for n in (0, -1, 1, -30, -31, -29)]
    first = licence(
        institution_uscc=dice.of(*INSTITUTIONS),
        licence_from=date(2020, 1, 1) if dice.odds(50) else dice.of(*borders),
        licence_to=None if dice.odds(50) else dice.of(*borders),
        unread_columns=unread(dice, "licences"),
    )
    changes = (
        lambda _: {"licence_to": dice.of(None, *borders)},
        lambda _: {"licence_to": dice.of(None, *borders), "unread_columns": unread(dice, "licences")},
    )
    return with_corrections(dice, first, changes)


def a_world(thrown: bytes, setting: Setting) -> World:
    dice = Dice(thrown)
    orderly = dice.odds(60)  # nothing amiss with the single session, so that histories are walked
    # Few days, so that sessions tie; of several years, so that the lifetime cap is reached.
    borders = days_of(setting.as_of)
    days = [dice.of(*borders) for _ in range(dice.of(2, 3, 4, 5))]
    for year in range(2022, 2027) if orderly else ():
        days.append(dice.of(*(day for day in borders if day.year == year)))
    first_key = dice.of(*range(len(KEYS)))
    keys = KEYS[first_key:] + KEYS[:first_key]

    sessions: list[Enrollment] = []
    for share, key in zip(dice.some(4, 1, 2, 3, 5, 6, 7, 8, 10, 12, 0), keys, strict=False):
        sessions += an_enrollment(share, key, days, orderly)
    certificates: list[Certificate] = []
    for share, key in zip(dice.some(1, 0, 2, 3, 5), keys, strict=False):
        certificates += a_certificate(share, key, days, sessions)
    pieces: list[Evidence] = []
    for share, key in zip(dice.some(1, 0, 2, 3, 5), keys, strict=False):
        pieces += a_piece(share, key, days)
    licences: list[Licence] = []
    if setting.licences_from_wave is not None:
        for share in dice.some(1, 0, 2, 3, 4):
            licences += a_licence(share, days, orderly)
        if orderly:
            licences += [licence(institution_uscc=x, licence_from=date(2020, 6, 1)) for x in INSTITUTIONS]
        first_wave = setting.licences_from_wave
        licences = [replace(p, batch_id=max(p.batch_id, first_wave)) for p in licences]
    return World(sessions, certificates, pieces, licences)


def worlds(setting: Setting):
    size = Dice.SHARE * Dice.SHARES
    return st.binary(min_size=size, max_size=size).map(lambda thrown: a_world(thrown, setting))


# --------------------------------------------------------------------------------- into one warehouse
def placed(worlds: list[World]) -> Landed:
    """All worlds in one warehouse: identifiers made global, waves made batches, rows numbered by file."""
    rows: Counter[int] = Counter()

    def key(number: int, local: str) -> str:
        return f"{number:06d}{local}"

    def person(number: int, local: str) -> str:
        return str(UUID(int=(number << 8) + (PERSONS + STRANGERS).index(local) + 1))

    def row(record, wave: int, extract: str, **changes):
        batch = BATCH[wave, extract]
        rows[batch] += 1
        return replace(record, batch_id=batch, row_number=rows[batch], **changes)

    landed = Landed(landed_at=LANDED_AT, released_at=RELEASED_AT)
    for number, world in enumerate(worlds):
        for e in world.enrollments:
            names = {
                "enrollment_id": key(number, e.enrollment_id),
                "person_key": person(number, e.person_key),
                "institution_uscc": key(number, e.institution_uscc),
            }
            landed.enrollments.append(row(e, e.batch_id, "enrollment", **names))
        for c in world.certificates:
            names = {
                "certificate_no": key(number, c.certificate_no),
                "enrollment_id": key(number, c.enrollment_id),
                "person_key": person(number, c.person_key),
            }
            landed.certificates.append(row(c, c.batch_id, "certification", **names))
        for v in world.evidence:
            names = {"record_id": key(number, v.record_id), "person_key": person(number, v.person_key)}
            landed.evidence.append(row(v, v.batch_id, "employment", **names))
        for p in world.licences:
            names = {"institution_uscc": key(number, p.institution_uscc)}
            landed.licences.append(row(p, p.batch_id, "institution", **names))
    return landed


def number_of(identifier: str) -> int:
    """The number of the world that a placed key or person belongs to."""
    return UUID(identifier).int >> 8 if len(identifier) == 36 else int(identifier[:6])


# ----------------------------------------------------------------------------- as a person can read it


def written(world: World, setting: Setting, facts: list[str]) -> str:
    """The world as a ready unit test for tests/rules/test_marts_agree.py."""
    lines = ["def test_found(warehouse):", "    world = World("]
    for name, (maker, key) in MAKERS.items():
        records = getattr(world, name)
        if not records:
            continue
        lines.append(f"        {name}=[")
        for record in records:
            given = [repr(getattr(record, key))] if key else []
            for f in fields(record):
                value = getattr(record, f.name)
                if f.name not in (key, "row_number") and value != getattr(ORDINARY[name], f.name):
                    given.append(f"{f.name}={value!r}".replace("datetime.date", "date"))
            lines.append(f"            {maker}({', '.join(given)}),")
        lines.append("        ],")
    setting_text = repr(setting).replace("datetime.datetime", "datetime").replace("datetime.date(", "date(")
    lines += [
        "    )",
        f"    setting = {setting_text}",
        "    assert not differences(warehouse, [world], setting)",
    ]
    return "\n".join([*(f"# {fact}" for fact in facts), *lines])
