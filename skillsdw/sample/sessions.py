"""The sessions of one city: classes first, then the trainees in them, then who these persons are."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.sample.codes import code_list, occupations
from skillsdw.sample.people import mixed, names, numbered, person_number, resident_ids
from skillsdw.sample.profile import PRIORITY_GROUPS, City, days_between, season, year_of
from skillsdw.sample.providers import Institutions, city_places, large_first
from skillsdw.seeds import read_seed

Records = dict[str, np.ndarray | pa.Array]

CLASS_SIZES = (15, 50)
EMPLOYEE_CLASS_PRIORITY, OPEN_CLASS_PRIORITY = 0.07, 0.945
TYPE_WEIGHT = {  # jobseekers' classes, employees' classes
    "occupation": (0.49, 0.56),
    "specialised": (0.26, 0.09),
    "entrepreneurship": (0.12, 0.00),
    "project": (0.13, 0.35),
}
LEVEL_WEIGHT = ((0.0, 0.01, 0.16, 0.33, 0.50), (0.02, 0.07, 0.31, 0.34, 0.26))  # levels 1..5
# Breaches of the plan's rules, as shares of the classes or sessions that could break them.
SHORT_HOURS_SHARE = 0.055
WRONG_FUND_SHARE = 0.013
NO_EMPLOYER_SHARE = 0.06
NOT_ON_BENEFIT_SHARE = 0.17
# How sessions end.
WITHDRAWN_SHARE, VOID_SHARE, LONG_OPEN_SHARE = 0.032, 0.006, 0.004
# Persons: 1..6 sessions each in the period, before history is added.
SESSIONS_OF_A_PERSON = (0.895, 0.075, 0.020, 0.006, 0.0025, 0.0015)
ALONE = 1000  # from here on a topic is no occupation
SAME_OCCUPATION_SHARE = 0.36  # of the persons who come back, those who stay with their occupation
SPREAD_OVER_YEARS_SHARE = 0.72  # of second sessions in one year, those moved to another person
FROM_ANOTHER_CITY_SHARE = 0.012
RETURNING_SHARE = 0.55  # of earlier years' sessions, by persons of the period


@dataclass(frozen=True)
class Sessions:
    records: Records  # the columns of the extract, codes as positions
    person: np.ndarray
    class_end: np.ndarray
    class_assessor: np.ndarray  # position in the list of institutions


def day(value: date) -> np.datetime64:
    return np.datetime64(value, "D")


def class_sizes(rng: np.random.Generator, sessions: int) -> np.ndarray:
    if sessions == 0:
        return np.zeros(0, dtype=np.int64)
    sizes = rng.integers(CLASS_SIZES[0], CLASS_SIZES[1] + 1, sessions // CLASS_SIZES[0] + 1)
    last = int(np.searchsorted(np.cumsum(sizes), sessions))
    sizes = sizes[: last + 1]
    sizes[-1] -= sizes.sum() - sessions
    return sizes


def pick_days(rng: np.random.Generator, days: np.ndarray, weight: np.ndarray, size: int) -> np.ndarray:
    """Days by weight; every city has its own months, some better than others."""
    month = days.astype("datetime64[M]").astype(np.int64)
    noise = rng.lognormal(0, 0.13, month.max() - month.min() + 1)
    weight = weight * noise[month - month.min()]
    # Stratified draws: a small sample keeps the shape of the year.
    grid = (rng.permutation(size) + rng.random(size)) / max(size, 1)
    cumulative = np.cumsum(weight) / weight.sum()
    return days[np.minimum(np.searchsorted(cumulative, grid), len(days) - 1)]


def make_classes(
    city: City,
    rng: np.random.Generator,
    found: Institutions,
    employers: pa.Array,
    sizes: np.ndarray,
    ends: np.ndarray,
    sample_end: np.datetime64,
) -> Records:
    """One entry a class: everything that its trainees share."""
    count = len(sizes)
    types = code_list("training_type")
    industries = code_list("industry").codes
    known = occupations()
    funds = code_list("funding_source")
    programmes = code_list("programme")

    of_employees = rng.random(count) < (OPEN_CLASS_PRIORITY - city.priority_share) / (
        OPEN_CLASS_PRIORITY - EMPLOYEE_CLASS_PRIORITY
    )
    weights = np.array([TYPE_WEIGHT[code] for code in types.codes])
    kind = np.where(
        of_employees,
        rng.choice(len(types.codes), count, p=weights[:, 1]),
        rng.choice(len(types.codes), count, p=weights[:, 0]),
    )
    occupation_type, specialised, entrepreneurship, project = (types.index(code) for code in TYPE_WEIGHT)

    industry = rng.choice(len(industries), count, p=city.industry_weight)
    occupation = np.full(count, -1)
    for at, code in enumerate(industries):
        chosen = np.flatnonzero(industry == at)
        occupation[chosen] = rng.choice(known.by_industry[code], len(chosen))
    drawn = np.where(
        of_employees,
        rng.choice(5, count, p=LEVEL_WEIGHT[1]),
        rng.choice(5, count, p=LEVEL_WEIGHT[0]),
    )
    level = np.clip(drawn + 1, np.array(known.best_level)[occupation], np.array(known.entry_level)[occupation])
    programme = np.array([programmes.codes.index(p) if p in programmes.codes else -1 for p in known.programmes])[
        occupation
    ]
    without_standard = (kind == entrepreneurship) | ((kind == project) & (rng.random(count) < 0.7))
    level = np.where((kind == occupation_type) | ((kind == project) & ~without_standard), level, -1)
    programme = np.where(rng.random(count) < 0.16, -1, programme)
    occupation = np.where(without_standard, -1, occupation)

    hours = rng.integers(14, 31, count) * 4
    hours = np.where(level == 4, rng.integers(20, 41, count) * 4, hours)
    hours = np.where((level >= 1) & (level <= 3), rng.integers(28, 51, count) * 4, hours)
    hours = np.where(kind == specialised, rng.integers(7, 17, count) * 4, hours)
    hours = np.where(
        (kind == specialised) & (rng.random(count) < SHORT_HOURS_SHARE), rng.integers(4, 7, count) * 4, hours
    )
    hours = np.where(kind == entrepreneurship, rng.choice([56, 64, 72, 80], count), hours)
    hours = np.where(kind == project, rng.integers(6, 31, count) * 4, hours)
    long_course = (kind == occupation_type) & (rng.random(count) < 0.02)
    hours = np.where(long_course, rng.choice([1080, 1120, 1200, 1440], count), hours)
    lasts = np.maximum(2, (np.minimum(hours, 240) / rng.uniform(4.5, 7.5, count) * 1.35).astype(np.int64))
    starts = ends - lasts
    # A class that ends after the sample has started before it; some have not quite begun.
    late = starts > sample_end
    starts[late] = sample_end - rng.integers(0, 4, late.sum())

    parks = read_seed("park")
    own_parks = [at for at, row in enumerate(parks) if row["city_code"] == city.code]
    in_park = np.zeros(count, dtype=bool)
    if own_parks:
        in_park = (rng.random(count) < 0.16) & (kind != entrepreneurship)
    park = np.where(in_park, own_parks[0] if own_parks else -1, -1)
    programme = np.where(in_park & (rng.random(count) < 0.85), programmes.index("industrial_park"), programme)

    lot = rng.random(count)
    subsidy, special, sharing = (
        funds.index(code) for code in ("employment_subsidy", "special_account", "cost_sharing")
    )
    fund = np.where(lot < 0.94, subsidy, sharing)
    fund_of_project = np.where(in_park & (lot < 0.6), subsidy, np.where(lot < 0.92, special, sharing))
    fund = np.where(kind == project, fund_of_project, fund)
    wrong = rng.random(count) < WRONG_FUND_SHARE
    fund = np.where(wrong & (kind == project) & ~in_park, subsidy, np.where(wrong & (kind != project), special, fund))
    non_public = rng.random(count) < city.non_public_share
    own_money = np.where(of_employees, funds.index("enterprise_education"), funds.index("self_funded"))
    fund = np.where(non_public, own_money, fund)

    has_employer = (kind == project) | (of_employees & (rng.random(count) < 0.9))
    has_employer &= ~((kind == project) & (rng.random(count) < NO_EMPLOYER_SHARE))
    employer = np.where(has_employer, large_first(rng, len(employers), count), -1)

    institution = rng.choice(len(found.name), count, p=found.weight)
    here = city_places(city)
    place = np.where(rng.random(count) < 0.55, found.place[institution], rng.choice(here, count))
    return {
        "of_employees": of_employees,
        "training_type": kind,
        "industry_code": industry,
        "occupation": occupation,
        "level": level,
        "programme": programme,
        "class_hours": hours,
        "start_date": starts,
        "end_date": ends,
        "park_code": park,
        "funding_source": fund,
        "employer": employer,
        "institution": institution,
        "place": place,
        "assessor": rng.choice(len(found.name), count),
        "long_open": rng.random(count),
        "reported_on": ends + np.floor(rng.exponential(city.reporting_lag_days, count)).astype(np.int64),
    }


def trainee_groups(city: City, rng: np.random.Generator, of_employees: np.ndarray) -> np.ndarray:
    codes = code_list("trainee_group").codes
    priority = np.array([codes.index(group) for group in PRIORITY_GROUPS])
    drawn = priority[rng.choice(len(priority), len(of_employees), p=city.group_weight)]
    lot = rng.random(len(of_employees))
    is_priority = lot < np.where(of_employees, EMPLOYEE_CLASS_PRIORITY, OPEN_CLASS_PRIORITY)
    employee, other = codes.index("enterprise_employee"), codes.index("other")
    rest = np.where(of_employees | (rng.random(len(lot)) < 0.25), employee, other)
    return np.where(is_priority, drawn, rest)


def exchange(rng: np.random.Generator, person: np.ndarray, from_: np.ndarray, pool: np.ndarray) -> None:
    """Gives each of these sessions the person of another session of the pool, and the other way round."""
    size = min(len(from_), len(pool))
    one, other = rng.permutation(from_)[:size], rng.permutation(pool)[:size]
    person[one], person[other] = person[other], person[one].copy()


def repeated(*keys: np.ndarray) -> np.ndarray:
    """Rows whose keys, taken together, stand earlier already."""
    order = np.lexsort(keys[::-1])
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    found = np.zeros(len(order), dtype=bool)
    found[order[1:]] = same
    return found


def number_persons(rng: np.random.Generator, year: np.ndarray, topic: np.ndarray, class_at: np.ndarray) -> np.ndarray:
    """Who attends which session of one group: most once, some again, mostly in another year."""
    size = len(year)
    counts = rng.choice(np.arange(1, 7), size, p=SESSIONS_OF_A_PERSON)
    counts = counts[: int(np.searchsorted(np.cumsum(counts), size)) + 1]
    if size:
        counts[-1] -= counts.sum() - size
    again = np.flatnonzero(counts > 1)
    faithful = again[: int(len(again) * SAME_OCCUPATION_SHARE)]
    others = again[len(faithful) :]
    order = rng.permutation(size)
    cut_one = int(counts[faithful].sum())
    in_front = np.zeros(size, dtype=bool)
    in_front[np.flatnonzero(topic[order] < ALONE)[:cut_one]] = True
    order = np.concatenate([order[in_front], order[~in_front]])
    cut_two = cut_one + int(counts[others].sum())
    by_topic = order[:cut_one][np.argsort(topic[order[:cut_one]], kind="stable")]
    person = np.empty(size, dtype=np.int64)
    person[by_topic] = np.repeat(faithful, counts[faithful])
    person[order[cut_one:cut_two]] = np.repeat(others, counts[others])
    person[order[cut_two:]] = np.flatnonzero(counts == 1)

    single = order[cut_two:]
    spread = np.zeros(size, dtype=bool)
    spread[order[cut_one:cut_two]] = True
    for _ in range(2):
        clash = repeated(person, year) & spread & (rng.random(size) < SPREAD_OVER_YEARS_SHARE)
        exchange(rng, person, np.flatnonzero(clash), single)
    for _ in range(2):  # nobody sits in one class twice
        exchange(rng, person, np.flatnonzero(repeated(person, class_at)), single)
    return person


def number_history(
    rng: np.random.Generator, history_year: np.ndarray, period_person: np.ndarray, period_year: np.ndarray
) -> np.ndarray:
    """Persons of earlier years' sessions: some came back, a few of them so often that the cap is reached."""
    size = len(history_year)
    fresh = int(period_person.max(initial=-1)) + 1
    person = fresh + np.arange(size)
    if size == 0 or len(period_person) == 0:
        return person
    returning = np.flatnonzero(rng.random(size) < RETURNING_SHARE)
    person[returning] = rng.choice(period_person, len(returning))
    years = np.unique(history_year)
    if len(years) > 1:
        again = repeated(period_person, np.zeros_like(period_person)) & ~repeated(period_person, period_year)
        often = rng.permutation(np.unique(period_person[again]))
        each = [rng.permutation(np.flatnonzero(history_year == year)) for year in years[-2:]]
        pairs = min(len(often) // 4, len(each[0]) // 4, len(each[1]) // 4)
        for chosen in each:
            person[chosen[:pairs]] = often[:pairs]
    return person


def make_sessions(
    city: City,
    rng: np.random.Generator,
    found: Institutions,
    employers: pa.Array,
    days: np.ndarray,
    expected: np.ndarray,
    period_sessions: int,
    history_sessions: int,
    city_sizes: np.ndarray,
    seed: int,
    start: date,
    end: date,
) -> Sessions:
    """All sessions of a city in the order of their start dates."""
    sample_end = day(end)
    in_period, in_history = class_sizes(rng, period_sessions), class_sizes(rng, history_sessions)
    sizes = np.concatenate([in_period, in_history])
    history_days = days_between(date(start.year - 2, 4, 1), date(start.year - 1, 12, 31))
    ends = np.concatenate(
        [
            pick_days(rng, days, expected, len(in_period)),
            pick_days(rng, history_days, season(history_days), len(in_history)),
        ]
    )
    classes = make_classes(city, rng, found, employers, sizes, ends, sample_end)
    order = np.argsort(classes["start_date"], kind="stable")
    is_history_class = (np.arange(len(sizes)) >= len(in_period))[order]
    classes = {name: values[order] for name, values in classes.items()}
    sizes = sizes[order]

    at = np.repeat(np.arange(len(sizes)), sizes)
    size = len(at)
    is_history = is_history_class[at]
    group = trainee_groups(city, rng, classes["of_employees"][at])
    person = assign_persons(city, rng, classes, at, group, is_history, city_sizes, seed)

    status, ended_on = how_it_ended(rng, classes, at, sample_end)
    fund, on_benefit = unemployment_insurance(rng, classes, at, group)
    known = occupations()
    starts = classes["start_date"][at]
    class_number = numbered(f"BJ{city.code[:4]}-", np.arange(len(sizes)) + 1, 6)
    project = classes["training_type"] == code_list("training_type").index("project")
    project_id = numbered(f"XM{city.code[:4]}-", np.arange(len(sizes)) // 3 + 1, 5)
    project_id = pc.if_else(pa.array(project), project_id, pa.scalar(None, pa.string()))
    rows = pa.array(at)

    def code_text(values: tuple[str, ...] | pa.Array, positions: np.ndarray) -> pa.Array:
        texts = values if isinstance(values, pa.Array) else pa.array(values)
        return texts.take(pa.array(positions, mask=positions < 0)).take(rows)

    records: Records = {
        "enrollment_id": numbered(f"PX{city.code[:4]}-", np.arange(size) + 1, 8),
        "person_id": resident_ids(person, seed, start),
        "person_name": names(person, seed),
        "class_id": class_number.take(rows),
        "institution_uscc": found.uscc.take(pa.array(classes["institution"])).take(rows),
        "county_code": classes["place"][at],
        "industry_code": classes["industry_code"][at],
        "occupation_code": code_text(known.codes, classes["occupation"]),
        "skill_level": level_position(classes["level"])[at],
        "training_type": classes["training_type"][at],
        "programme": classes["programme"][at],
        "trainee_group": group,
        "funding_source": fund,
        "start_date": starts,
        "end_date": ended_on,
        "class_hours": classes["class_hours"][at],
        "status": status,
        "employer_uscc": code_text(employers, classes["employer"]),
        "receives_unemployment_insurance": on_benefit,
        "park_code": classes["park_code"][at],
        "project_id": project_id.take(rows),
    }
    return Sessions(records, person, classes["end_date"][at], classes["assessor"][at])


def level_position(level: np.ndarray) -> np.ndarray:
    codes = code_list("skill_level").codes
    position = np.full(6, -1)
    for at, code in enumerate(codes):
        position[int(code)] = at
    return np.where(level > 0, position[np.maximum(level, 0)], -1)


def assign_persons(
    city: City,
    rng: np.random.Generator,
    classes: Records,
    at: np.ndarray,
    group: np.ndarray,
    is_history: np.ndarray,
    city_sizes: np.ndarray,
    seed: int,
) -> np.ndarray:
    number = np.zeros(len(at), dtype=np.int64)
    year = year_of(classes["end_date"])[at]
    # Without a level nothing can be repeated or stepped back from: such sessions stand alone.
    alone = (mixed(at, seed, 30) % np.uint64(1 << 40)).astype(np.int64) + ALONE
    topic = np.where(classes["level"][at] > 0, classes["occupation"][at], alone)
    for one in np.unique(group):
        now = np.flatnonzero((group == one) & ~is_history)
        before = np.flatnonzero((group == one) & is_history)
        number[now] = number_persons(rng, year[now], topic[now], at[now])
        number[before] = number_history(rng, year[before], number[now], year[now])
    person = person_number(city.position, group, number)
    # Persons of other cities: low numbers, which exist there in a sample that is not tiny.
    visitors = np.flatnonzero(rng.random(len(at)) < FROM_ANOTHER_CITY_SHARE)
    home = rng.choice(len(city_sizes), len(visitors), p=city_sizes / max(city_sizes.sum(), 1))
    reach = np.maximum(city_sizes[home] * 0.05, 1)
    person[visitors] = person_number(home, group[visitors], (rng.random(len(visitors)) * reach).astype(np.int64))
    return person


def how_it_ended(
    rng: np.random.Generator, classes: Records, at: np.ndarray, sample_end: np.datetime64
) -> tuple[np.ndarray, np.ndarray]:
    """Status of each session and its end date as the bureau knew them on the sample's last day."""
    codes = code_list("status")
    starts, ends = classes["start_date"][at], classes["end_date"][at]
    reported = classes["reported_on"][at] <= sample_end
    begun = starts < sample_end - 2
    status = np.where(
        reported,
        codes.index("completed"),
        np.where(begun, codes.index("in_training"), codes.index("enrolled")),
    )
    lot = rng.random(len(at))
    status = np.where((lot < WITHDRAWN_SHARE) & begun, codes.index("withdrawn"), status)
    status = np.where(lot > 1 - VOID_SHARE, codes.index("void"), status)
    forgotten = (starts < sample_end - 372) & (classes["long_open"][at] < LONG_OPEN_SHARE)
    status = np.where(forgotten, codes.index("in_training"), status)
    has_end = (status == codes.index("completed")) | ((status == codes.index("void")) & reported)
    return status, np.where(has_end, ends, np.datetime64("NaT"))


def unemployment_insurance(
    rng: np.random.Generator, classes: Records, at: np.ndarray, group: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Funding of each session, and whether its trainee receives unemployment insurance (-1 not known)."""
    funds = code_list("funding_source")
    fund = classes["funding_source"][at].copy()
    unemployed = group == code_list("trainee_group").index("registered_unemployed")
    on_benefit = np.where(unemployed, (rng.random(len(at)) < 0.42).astype(np.int64), -1)
    on_benefit = np.where(~unemployed & (rng.random(len(at)) < 0.35), 0, on_benefit)
    paid = (on_benefit == 1) & (fund == funds.index("employment_subsidy")) & (rng.random(len(at)) < 0.8)
    fund[paid] = funds.index("unemployment_insurance")
    wrong = paid & (rng.random(len(at)) < NOT_ON_BENEFIT_SHARE)
    on_benefit[wrong] = np.where(rng.random(int(wrong.sum())) < 0.5, 0, -1)
    return fund, on_benefit
