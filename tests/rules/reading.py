"""A second reading of spec 2 (“How sessions are counted”) in plain Python.

It shares no line with the dbt models: it is written from the text alone, clause by clause, to be read beside
it. Where the text is silent the reading taken is stated in the docstring of the function concerned.
"""
# ruff: noqa: ARG001 - every rule is asked in the same way, whatever it needs to know.

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import product

from skillsdw.seeds import read_seed

ALL, THREE_YEARS = "ALL", 0
LEAST_FOR_A_PROFILE = 1000  # sessions of earlier plan years, below which their seasons are not believed
LEAST_MONTHS_FOR_A_PROFILE = 10


# ------------------------------------------------------------------------------- landed rows (spec 1)
@dataclass(frozen=True, kw_only=True)
class Enrollment:
    enrollment_id: str
    person_key: str
    birth_year: int
    class_id: str
    institution_uscc: str
    county_code: str
    industry_code: str
    occupation_code: str | None = None
    occupation_name: str | None = None
    skill_level: str | None = None
    training_type: str
    programme: str | None = None
    trainee_group: str
    funding_source: str
    start_date: date
    end_date: date | None = None
    class_hours: int
    status: str
    employer_uscc: str | None = None
    receives_unemployment_insurance: bool | None = None
    park_code: str | None = None
    project_id: str | None = None
    brand_name: str | None = None
    unread_columns: str | None = None
    batch_id: int
    row_number: int

    @property
    def key(self):
        return self.enrollment_id

    @property
    def city_code(self) -> str:
        return self.county_code[:4] + "00"


@dataclass(frozen=True, kw_only=True)
class Certificate:
    certificate_no: str
    enrollment_id: str
    person_key: str
    certificate_kind: str
    occupation_code: str | None = None
    occupation_name: str | None = None
    skill_level: str | None = None
    result: str
    issued_on: date
    unread_columns: str | None = None
    batch_id: int
    row_number: int

    @property
    def key(self):
        return self.certificate_no


@dataclass(frozen=True, kw_only=True)
class Evidence:
    record_id: str
    person_key: str
    evidence_type: str
    evidence_from: date
    evidence_to: date | None = None
    county_code: str
    unread_columns: str | None = None
    batch_id: int
    row_number: int

    @property
    def key(self):
        return self.record_id


@dataclass(frozen=True, kw_only=True)
class Licence:
    institution_uscc: str
    licence_from: date
    licence_to: date | None = None
    unread_columns: str | None = None
    batch_id: int
    row_number: int

    @property
    def key(self):
        return self.institution_uscc, self.licence_from


@dataclass(frozen=True)
class Landed:
    """Every version of every row that ever landed, and when each batch did."""

    enrollments: list[Enrollment] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    licences: list[Licence] = field(default_factory=list)
    landed_at: dict[int, datetime] = field(default_factory=dict)
    released_at: dict[int, datetime] = field(default_factory=dict)  # of batches that had been held

    @property
    def counts_from(self) -> dict[int, datetime]:
        """From when on each batch counts: its landing, or its release where it was held."""
        return self.landed_at | self.released_at


# ------------------------------------------------------------------------------------- the code lists
PUBLIC = {row["funding_source"] for row in read_seed("funding_source") if row["is_public"] == "true"}
PRIORITY = {row["trainee_group"] for row in read_seed("trainee_group") if row["is_priority"] == "true"}
# (funding source, training type) → further condition; UI_ONLY is a rule of its own.
FUND_PAYS = {(row["funding_source"], row["training_type"]): row["condition"] for row in read_seed("fund_training_type")}
TARGET = {int(row["plan_year"]): int(row["target_sessions"]) for row in read_seed("target")}
POPULATION = {row["city_code"]: int(row["population_2020"] or 0) for row in read_seed("city")}
OFFICIAL = {(int(r["plan_year"]), r["city_code"]): int(r["target_sessions"]) for r in read_seed("city_target")}
# Payments are read nowhere here: their rules are no part of how sessions are counted.
SEVERITY = {row["rule_code"]: row["severity"] for row in read_seed("rule") if row["extract"] != "subsidy"}
PLAN_YEARS = sorted(TARGET)


# ------------------------------------------------------------------------- 1. current records, as known
def current(versions: Iterable, landed_at: dict[int, datetime], known_at: datetime | None) -> list:
    """The newest version of each key by (batch, row) among the batches landed by `known_at`."""
    known = [v for v in versions if known_at is None or landed_at[v.batch_id] <= known_at]
    newest = {v.key: v for v in sorted(known, key=lambda v: (v.batch_id, v.row_number))}
    return list(newest.values())


class Known:
    """What a build sees: current records that are not void, nothing dated after `as_of`.

    A certificate or piece of evidence whose newest version is dated after `as_of` is invisible, whatever its
    earlier versions say: the correction is known, and what it tells has not happened yet.
    """

    def __init__(self, landed: Landed, as_of: date, known_at: datetime | None = None):
        self.as_of = as_of
        of = landed.counts_from
        # What has landed at all, whenever it tells of.
        self.has_certificates = bool(current(landed.certificates, of, known_at))
        self.enrollments = [e for e in current(landed.enrollments, of, known_at) if e.status != "void"]
        self.certificates = [c for c in current(landed.certificates, of, known_at) if c.issued_on <= as_of]
        self.evidence = [v for v in current(landed.evidence, of, known_at) if v.evidence_from <= as_of]
        self.licences = current(landed.licences, of, known_at)

        self.enrollment = {e.enrollment_id: e for e in self.enrollments}
        self.persons = {e.person_key for e in self.enrollments}
        self.certificates_of_person = grouped(self.certificates, lambda c: c.person_key)
        self.certificates_of_enrollment = grouped(self.certificates, lambda c: c.enrollment_id)
        self.evidence_of_person = grouped(self.evidence, lambda v: v.person_key)
        self.licences_of_institution = grouped(self.licences, lambda p: p.institution_uscc)


def grouped(items: Iterable, key: Callable) -> dict:
    groups = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


# ------------------------------------------------------------------ what was sent and could not be read (spec 1)
# A rule that needs such a value says neither that it is broken nor that it is kept.
NOT_ASSESSED = None
Verdict = bool | None


def unread(record, column: str) -> bool:
    """Whether a value of the column was sent that nobody can read."""
    return column in (record.unread_columns or "").split(",")


def occupation(record) -> tuple[str, str] | None:
    """What an occupation is compared by: its code, else its name; a code is never a name."""
    if record.occupation_code is not None:
        return "code", record.occupation_code
    return None if record.occupation_name is None else ("name", record.occupation_name.lower())


# ----------------------------------------------------------------------------- 2, 3. the first two flags
def subsidised(session: Enrollment) -> bool:
    return session.funding_source in PUBLIC


def completed(session: Enrollment, as_of: date) -> bool:
    return session.status == "completed" and session.end_date <= as_of


# ------------------------------------------------------------- rules of severity ineligible, on the session
def hours_min(session: Enrollment, known: Known) -> bool:  # 三(二)
    return session.training_type == "specialised" and session.class_hours < 28


def fund_match(session: Enrollment, known: Known) -> Verdict:  # 五
    condition = FUND_PAYS.get((session.funding_source, session.training_type))
    if condition == "park_code is not null":
        return NOT_ASSESSED if unread(session, "park_code") else session.park_code is None
    return condition is None


def ui_only(session: Enrollment, known: Known) -> Verdict:  # 五(三)
    if session.funding_source != "unemployment_insurance":
        return False
    if unread(session, "receives_unemployment_insurance"):
        return NOT_ASSESSED
    return session.receives_unemployment_insurance is not True


def project_employer(session: Enrollment, known: Known) -> Verdict:  # 三(四)
    if session.training_type != "project":
        return False
    return NOT_ASSESSED if unread(session, "employer_uscc") else session.employer_uscc is None


def licence(session: Enrollment, known: Known) -> Verdict:  # 总体目标·2025
    """Not assessed while no institution has landed; periods that cover the class only jointly do not do. A period whose
    end could not be read leaves open what no other settles."""
    if not known.licences:
        return NOT_ASSESSED
    begun = [p for p in known.licences_of_institution[session.institution_uscc] if p.licence_from <= session.start_date]
    if any(not unread(p, "licence_to") and (p.licence_to is None or session.end_date <= p.licence_to) for p in begun):
        return False
    return NOT_ASSESSED if any(unread(p, "licence_to") for p in begun) else True


ALONE = {
    "HOURS_MIN": hours_min,
    "FUND_MATCH": fund_match,
    "UI_ONLY": ui_only,
    "PROJECT_EMPLOYER": project_employer,
    "LICENCE": licence,
}


# ---------------------------------------------------------- rules of severity ineligible, on the history
def annual_cap(session: Enrollment, before: list[Enrollment], known: Known) -> bool:  # 三
    return any(earlier.end_date.year == session.end_date.year for earlier in before)


def lifetime_cap(session: Enrollment, before: list[Enrollment], known: Known) -> bool:  # 三
    return len(before) >= 3


def compared_values_unread(session: Enrollment) -> bool:
    """Whether an occupation or a level is missing from the comparison because it could not be read. One that was never
    sent leaves nothing to compare."""
    there = [
        value is not None or unread(session, column)
        for value, column in ((occupation(session), "occupation_code"), (session.skill_level, "skill_level"))
    ]
    return all(there) and (unread(session, "occupation_code") or unread(session, "skill_level"))


def repeat(session: Enrollment, before: list[Enrollment], known: Known) -> Verdict:  # 三
    """An earlier session of which occupation or level could not be read repeats nothing: its own row is open."""
    if compared_values_unread(session):
        return NOT_ASSESSED
    this = occupation(session), session.skill_level
    return None not in this and any((occupation(b), b.skill_level) == this for b in before)


def downgrade(session: Enrollment, before: list[Enrollment], known: Known) -> Verdict:  # 三
    if not known.has_certificates or compared_values_unread(session):
        return NOT_ASSESSED
    if occupation(session) is None or session.skill_level is None:
        return False
    held = [
        certificate
        for certificate in known.certificates_of_person[session.person_key]
        if certificate.result == "pass" and certificate.issued_on <= session.end_date
    ]
    verdicts = [is_higher(certificate, session) for certificate in held]
    return True if True in verdicts else NOT_ASSESSED if NOT_ASSESSED in verdicts else False


def is_higher(certificate: Certificate, session: Enrollment) -> Verdict:
    """Of the same occupation and a higher level; not assessed where it may be and a part of it could not be read."""
    same = NOT_ASSESSED if unread(certificate, "occupation_code") else occupation(certificate) == occupation(session)
    level = certificate.skill_level
    above = level is not None and int(level) < int(session.skill_level)
    higher = NOT_ASSESSED if unread(certificate, "skill_level") else above
    if False in (same, higher):
        return False
    return NOT_ASSESSED if NOT_ASSESSED in (same, higher) else True


HISTORY = {
    "ANNUAL_CAP": annual_cap,
    "LIFETIME_CAP": lifetime_cap,
    "REPEAT": repeat,
    "DOWNGRADE": downgrade,
}


@dataclass
class Judged:
    """The rules that a session breaks, and those that could not be assessed for it."""

    broken: list[str]
    not_assessed: list[str]


def ineligible_rules(known: Known) -> dict[str, Judged]:
    """Completed subsidised enrolment → what the rules say of it.

    The history rules are assessed only on the walk, that is on sessions that break no rule on the session
    alone, and all four against the eligible sessions before it on the walk, whichever of them already breaks. A rule
    that is not assessed is not broken: the session walks, and can count.
    """
    assessed = [s for s in known.enrollments if completed(s, known.as_of) and subsidised(s)]

    def judge(verdicts: dict[str, Verdict]) -> Judged:
        return Judged(
            [rule for rule, verdict in verdicts.items() if verdict is True],
            [rule for rule, verdict in verdicts.items() if verdict is NOT_ASSESSED],
        )

    judged = {s.enrollment_id: judge({rule: breaks(s, known) for rule, breaks in ALONE.items()}) for s in assessed}
    walked = [s for s in assessed if not judged[s.enrollment_id].broken]
    for sessions in grouped(walked, lambda s: s.person_key).values():
        eligible: list[Enrollment] = []
        for session in sorted(sessions, key=lambda s: (s.end_date, s.enrollment_id)):
            found = judge({rule: breaks(session, eligible, known) for rule, breaks in HISTORY.items()})
            alone = judged[session.enrollment_id]
            judged[session.enrollment_id] = Judged(found.broken, alone.not_assessed + found.not_assessed)
            if not found.broken:
                eligible.append(session)
    if not known.has_certificates:  # said of every session, walked or not
        for one in judged.values():
            one.not_assessed = sorted({*one.not_assessed, "DOWNGRADE"})
    return judged


# ------------------------------------------------------------------------------ rules of severity warning
def age(session: Enrollment, as_of: date) -> bool:
    return session.start_date.year - session.birth_year < 16


def long_open(session: Enrollment, as_of: date) -> bool:
    return session.status in ("enrolled", "in_training") and (as_of - session.start_date).days > 365


SESSION_WARNINGS = {"AGE": age, "LONG_OPEN": long_open}


def session_warnings(session: Enrollment, as_of: date) -> list[str]:
    return [rule for rule, breaks in SESSION_WARNINGS.items() if breaks(session, as_of)]


# ------------------------------------------------------------------------------------------- outcomes
def months_after(day: date, months: int) -> date:
    """The same day of a later calendar month, or that month's last day when it is too short."""
    year, month = divmod(day.year * 12 + (day.month - 1) + months, 12)
    first_of_next = date(year + 1, 1, 1) if month == 11 else date(year, month + 2, 1)
    last_day = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last_day))


def employment_status(session: Enrollment, known: Known) -> str | None:
    if not completed(session, known.as_of):
        return None
    window_start, window_end = months_after(session.end_date, 3), months_after(session.end_date, 6)
    if known.as_of < window_start:
        return "too_early"
    begun = [p for p in known.evidence_of_person[session.person_key] if p.evidence_from <= window_end]
    # Of an end that nobody can read the first day is left: within the window it is proof, before it it may be.
    if any(
        p.evidence_from >= window_start
        if unread(p, "evidence_to")
        else p.evidence_to is None or p.evidence_to >= window_start
        for p in begun
    ):
        return "employed"
    in_doubt = any(unread(p, "evidence_to") for p in begun)
    return "not_employed" if known.as_of > window_end and not in_doubt else "awaiting"


def certified_on(session: Enrollment, known: Known) -> date | None:
    """The first passed certificate filed for this enrolment, whoever's it says it is (CERT_PERSON warns)."""
    certificates = known.certificates_of_enrollment[session.enrollment_id]
    return min((c.issued_on for c in certificates if c.result == "pass"), default=None)


# ------------------------------------------------------------------------------- rows of the marts (spec 3)
@dataclass(frozen=True)
class Session:
    """One current enrolment and everything the rules decide about it."""

    enrollment: Enrollment
    is_priority: bool
    is_subsidised: bool
    is_completed: bool
    is_counted: bool
    plan_year: int | None
    violations: list[str]
    rules_not_assessed: list[str]
    certified_on: date | None
    employment_status: str | None


def sessions(known: Known) -> list[Session]:
    ineligible = ineligible_rules(known)
    of_others = Judged([], [])
    return [
        Session(
            enrollment=e,
            is_priority=e.trainee_group in PRIORITY,
            is_subsidised=subsidised(e),
            is_completed=completed(e, known.as_of),
            is_counted=e.enrollment_id in ineligible and not ineligible[e.enrollment_id].broken,
            plan_year=e.end_date.year if completed(e, known.as_of) else None,
            violations=sorted(ineligible.get(e.enrollment_id, of_others).broken + session_warnings(e, known.as_of)),
            rules_not_assessed=sorted(ineligible.get(e.enrollment_id, of_others).not_assessed),
            certified_on=certified_on(e, known),
            employment_status=employment_status(e, known),
        )
        for e in known.enrollments
    ]


def rule_violations(known: Known, judged: list[Session]) -> list[dict]:
    """A record is placed in its own city (a certificate in its enrolment's) and its session's plan year."""
    session = {s.enrollment.enrollment_id: s for s in judged}
    rows = []

    def record(extract, key, enrollment_id, rule, city_code, plan_year):
        rows.append({
            "extract": extract, "record_key": key, "enrollment_id": enrollment_id, "rule_code": rule,
            "severity": SEVERITY[rule], "city_code": city_code, "plan_year": plan_year,
        })  # fmt: skip

    for s in judged:
        for rule in s.violations:
            key = s.enrollment.enrollment_id
            record("enrollment", key, key, rule, s.enrollment.city_code, s.plan_year)
    for c in known.certificates:
        of = session.get(c.enrollment_id)
        if of is None:
            record("certification", c.certificate_no, c.enrollment_id, "CERT_ORPHAN", None, None)
        elif of.enrollment.person_key != c.person_key:
            city, year = of.enrollment.city_code, of.plan_year
            record("certification", c.certificate_no, c.enrollment_id, "CERT_PERSON", city, year)
    for piece in known.evidence:
        if piece.person_key not in known.persons:
            city = piece.county_code[:4] + "00"
            record("employment", piece.record_id, None, "EMPLOYMENT_ORPHAN", city, None)
    return rows


def progress(judged: list[Session]) -> dict[tuple, dict]:
    """Additive rows of completed sessions, of every year; class hours are those of all completed sessions."""

    def cell(s: Session):
        e = s.enrollment
        return s.plan_year, e.end_date.replace(day=1), e.city_code, e.industry_code, e.trainee_group

    rows = {}
    for key, members in grouped((s for s in judged if s.is_completed), cell).items():
        counted = [s for s in members if s.is_counted]
        rows[key] = {
            "completed_sessions": len(members),
            "subsidised_sessions": sum(s.is_subsidised for s in members),
            "counted_sessions": len(counted),
            "priority_sessions": sum(s.is_priority for s in counted),
            "certified_sessions": sum(s.certified_on is not None for s in counted),
            **{
                f"{status}_sessions": sum(s.employment_status == status for s in counted)
                for status in ("employed", "not_employed", "awaiting", "too_early")
            },
            "class_hours": sum(s.enrollment.class_hours for s in members),
        }
    return rows


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def heads(scope: list[Session]) -> dict:
    """Head-counts of the counted sessions of one scope: persons are counted anew in each."""
    counted = [s for s in scope if s.is_counted]
    priority = [s for s in counted if s.is_priority]
    persons = len({s.enrollment.person_key for s in counted})
    priority_persons = len({s.enrollment.person_key for s in priority})
    return {
        "persons": persons,
        "priority_persons": priority_persons,
        "counted_sessions": len(counted),
        "priority_sessions": len(priority),
        "priority_share_persons": share(priority_persons, persons),
        "priority_share_sessions": share(len(priority), len(counted)),
    }


def headcount(judged: list[Session]) -> dict[tuple, dict]:
    """Every scope with a counted session: year (and the three together) × city × industry × group, or ALL."""
    scopes = defaultdict(list)
    for s in judged:
        if s.is_counted:
            e = s.enrollment
            years = [s.plan_year] + [THREE_YEARS] * (s.plan_year in PLAN_YEARS)
            for scope in product(years, (e.city_code, ALL), (e.industry_code, ALL), (e.trainee_group, ALL)):
                scopes[scope].append(s)
    return {scope: heads(members) for scope, members in scopes.items()}


def sessions_to_70(priority_persons: int, persons: int) -> int | None:
    """The least n ≥ 0 with (p + n) / (t + n) ≥ 7/10; null while nobody is counted."""
    if not persons:
        return None
    n = max(0, (7 * persons - 10 * priority_persons) // 3 - 1)  # below or at the answer
    while 10 * (priority_persons + n) < 7 * (persons + n):
        n += 1
    return n


def years_of(row: int) -> list[int]:
    return PLAN_YEARS if row == THREE_YEARS else [row]


def elapsed_by_calendar(year: int, as_of: date) -> float:
    """The share of a year's days that are over at the end of `as_of`."""
    before, last = date(year - 1, 12, 31), date(year, 12, 31)
    return max(0, (min(as_of, last) - before).days) / (last - before).days


def elapsed_by_season(judged: list[Session], year: int, as_of: date) -> float:
    """The share of a year that should be done by `as_of`: as the months of earlier plan years that are over went, each
    month by its days; by the calendar while those years brought fewer than 1,000 sessions or had them in few months."""
    earlier = [other for other in PLAN_YEARS if other < year and other < as_of.year]
    months = Counter(s.enrollment.end_date.month for s in judged if s.is_counted and s.plan_year in earlier)
    if months.total() < LEAST_FOR_A_PROFILE or len(months) < LEAST_MONTHS_FOR_A_PROFILE:
        return elapsed_by_calendar(year, as_of)
    done = Fraction(0)
    for month in range(1, 13):
        days = monthrange(year, month)[1]
        over = min(max((as_of - date(year, month, 1)).days + 1, 0), days)
        done += Fraction(months[month], months.total()) * Fraction(over, days)
    return float(done)


def target_progress(judged: list[Session], as_of: date) -> dict[int, dict]:
    """An enrolled session (started by `as_of`) is in the year that it started."""
    rows = {}
    for row in [*PLAN_YEARS, THREE_YEARS]:
        years = years_of(row)
        target = sum(TARGET[year] for year in years)
        completed_ones = [s for s in judged if s.is_completed and s.plan_year in years]
        count = heads(completed_ones)
        rows[row] = {
            "target_sessions": target,
            "enrolled_sessions": sum(
                s.enrollment.start_date <= as_of and s.enrollment.start_date.year in years for s in judged
            ),
            "completed_sessions": len(completed_ones),
            **count,
            "attainment": count["counted_sessions"] / target,
            "priority_target": 0.7,
            "sessions_to_70": sessions_to_70(count["priority_persons"], count["persons"]),
        }
    for year in PLAN_YEARS:
        expected = elapsed_by_season(judged, year, as_of)
        rows[year]["expected_share_elapsed"] = expected
        rows[year]["pace"] = rows[year]["attainment"] / expected if expected else None
    return rows


def city_targets(year: int) -> dict[str, int]:
    """The official targets; the other cities share what is left, by population and largest remainder.

    (So that cities sum exactly to the province even when only some of them have an official target.)
    """
    official = {city: target for (of_year, city), target in OFFICIAL.items() if of_year == year}
    people = {city: n for city, n in POPULATION.items() if n and city not in official}
    to_share = max(0, TARGET[year] - sum(official.values()))
    quota = {city: Fraction(to_share * n, sum(people.values())) for city, n in people.items()}
    target = {city: int(q) for city, q in quota.items()}
    by_remainder = sorted(quota, key=lambda city: (target[city] - quota[city], city))
    for city in by_remainder[: to_share - sum(target.values())]:
        target[city] += 1
    return official | target


def city_scorecard(judged: list[Session]) -> dict[tuple[int, str], dict]:
    """A row a plan year and city, the regional level (no population, so no target) among them."""
    rows = {}
    in_city = grouped((s for s in judged if s.is_completed), lambda s: (s.plan_year, s.enrollment.city_code))
    for year in PLAN_YEARS:
        targets = city_targets(year)
        for city, people in POPULATION.items():
            scope = in_city[year, city]
            count = heads(scope)
            counted = [s for s in scope if s.is_counted]
            assessed = [s for s in scope if s.is_subsidised]
            status = [s.employment_status for s in counted if s.employment_status != "too_early"]
            target = targets.get(city)
            basis = "official" if (year, city) in OFFICIAL else "reference"
            rows[year, city] = {
                "target_sessions": target,
                "target_basis": None if target is None else basis,
                "counted_sessions": len(counted),
                "attainment": None if target is None else len(counted) / target,
                "sessions_per_10k": len(counted) * 10_000 / people if people else None,
                "persons": count["persons"],
                "priority_persons": count["priority_persons"],
                "priority_share_persons": count["priority_share_persons"],
                "priority_share_sessions": count["priority_share_sessions"],
                "certification_rate": share(sum(s.certified_on is not None for s in counted), len(counted)),
                "employment_rate": share(status.count("employed"), len(status)),
                "observation_complete": share(len(status) - status.count("awaiting"), len(status)),
                "violation_rate": share(sum(not s.is_counted for s in assessed), len(assessed)),
            }
    return rows
