"""Payments that follow from a city's counted sessions, and those that should never have been made."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.sample.codes import code_list
from skillsdw.sample.dialect import Records
from skillsdw.sample.people import id_texts, numbered
from skillsdw.sample.profile import City
from skillsdw.sample.truth import CITY_UNIT, Judged, key_text, months_after
from skillsdw.seeds import read_seed

# What is paid on average, by level (0 = none) and type: made up, as the province's standards are not in the plan.
YUAN_OF_LEVEL = (600, 3000, 2500, 2000, 1500, 1000)
YUAN_OF_TYPE = {"specialised": 600, "entrepreneurship": 1200, "project": 600}
AI_UPLIFT = 1.2
PAID_SHARE = 0.93
TRAINING_LAG, POST_EMPLOYMENT_LAG = (12, 75), (8, 60)  # days from the proof to the payment
PARK_USED = 0.94  # of a park's yearly budget that is paid before its bureau stops
OVERRUN_PARK, OVERRUN_YEAR, OVERRUN, LARGEST_RISE = "P01", 2026, 1.05, 4.0
# Payments that break a rule, as shares of the sessions that could have one.
INELIGIBLE_SHARE, VOID_SHARE, UNKNOWN_SHARE, OPEN_SHARE = 0.02, 0.04, 0.0008, 0.004
DOUBLE_SHARE, DUPLICATE_SHARE, ABOVE_SHARE, UNPROVEN_SHARE = 0.0015, 0.002, 0.006, 0.01
WITHOUT_JOB_SHARE, TOO_SOON_SHARE = 0.015, 0.02
PARK_LEFT_OUT_SHARE = 0.05  # of payments of a park's sessions
# Of payments: cancelled ones, sent again with 0 yuan, and those beside which an enterprise gave some of its own.
CANCELLED_SHARE, OWN_MONEY_SHARE = 0.001, 0.002
SAME_PAYEE_SHARE = 0.002  # of payments to persons, those that go to one other person


@dataclass
class Draft:
    """Payments of one kind, before they are numbered."""

    enrollment: np.ndarray
    component: str
    fund: np.ndarray
    cents: np.ndarray
    paid: np.ndarray
    park: np.ndarray
    row: np.ndarray  # of the session, -1 where there is none


def standard_cents(judged: Judged, rows: np.ndarray) -> np.ndarray:
    """What the training component of these sessions is paid."""
    types = code_list("training_type")
    sessions = judged.sessions
    yuan = np.array(YUAN_OF_LEVEL)[sessions["level"][rows]]
    for code, amount in YUAN_OF_TYPE.items():
        yuan = np.where(sessions["training_type"][rows] == types.index(code), amount, yuan)
    plan_project = is_plan_project(judged)[rows]
    uplift = (sessions["industry"][rows] == code_list("industry").index("AI")) & ~plan_project
    return np.where(uplift, yuan * AI_UPLIFT, yuan).astype(np.int64) * 100


def is_plan_project(judged: Judged) -> np.ndarray:
    """Project training under the special account: 600 yuan once certified, 200 more once employed."""
    project = judged.sessions["training_type"] == code_list("training_type").index("project")
    return project & (judged.sessions["fund"] == code_list("funding_source").index("special_account"))


def some(rng: np.random.Generator, rows: np.ndarray, share: float) -> np.ndarray:
    return rows[rng.random(len(rows)) < share]


def lag(rng: np.random.Generator, size: int, bounds: tuple[int, int]) -> np.ndarray:
    return rng.integers(*bounds, size)


def of_sessions(
    judged: Judged,
    rows: np.ndarray,
    component: str,
    cents: np.ndarray,
    paid: np.ndarray,
    fund: np.ndarray | None = None,
) -> Draft:
    sessions = judged.sessions
    funds = code_list("funding_source")
    fund = sessions["fund"][rows] if fund is None else fund
    # A park stands on what its own fund pays.
    park = np.where(fund == funds.index("employment_subsidy"), sessions["park"][rows], -1)
    return Draft(sessions["key"][rows], component, fund, cents, paid, park, rows)


def due_payments(rng: np.random.Generator, judged: Judged, here: np.ndarray) -> list[Draft]:
    """What a bureau pays that follows the rules: after the certificate, and after the job is proven."""
    eligible = here[judged.eligible[here]]
    plan_project = is_plan_project(judged)
    proof = np.where(plan_project, judged.completion, judged.passed)[eligible]
    rows = some(rng, eligible[~np.isnat(proof)], PAID_SHARE)
    proof = np.where(plan_project[rows], judged.completion[rows], judged.passed[rows])
    paid = np.maximum(proof, judged.sessions["end"][rows]) + lag(rng, len(rows), TRAINING_LAG)
    training = of_sessions(judged, rows, "training", standard_cents(judged, rows), paid)
    rows = some(rng, eligible[plan_project[eligible] & judged.employed[eligible]], PAID_SHARE)
    paid = judged.proven[rows] + lag(rng, len(rows), POST_EMPLOYMENT_LAG)
    return [training, of_sessions(judged, rows, "post_employment", np.full(len(rows), 200_00), paid)]


def undue_payments(rng: np.random.Generator, city: City, judged: Judged, here: np.ndarray, due: Draft) -> list[Draft]:
    """Payments that break a rule, each for one reason of its own."""
    sessions, funds = judged.sessions, code_list("funding_source")
    completed = ~np.isnat(judged.window[here])
    public = np.array([row["is_public"] == "true" for row in read_seed("funding_source")])
    plan_project = is_plan_project(judged)
    drafts = []

    ineligible = some(rng, here[completed & public[sessions["fund"][here]] & ~judged.eligible[here]], INELIGIBLE_SHARE)
    paid = sessions["end"][ineligible] + lag(rng, len(ineligible), TRAINING_LAG)
    drafts.append(of_sessions(judged, ineligible, "training", standard_cents(judged, ineligible), paid))
    still_open = some(rng, here[~completed & public[sessions["fund"][here]]], OPEN_SHARE)
    paid = sessions["start"][still_open] + lag(rng, len(still_open), TRAINING_LAG)
    drafts.append(of_sessions(judged, still_open, "training", standard_cents(judged, still_open), paid))

    # The same again: from the same fund, or from another one.
    for share, other_fund in ((DUPLICATE_SHARE, False), (DOUBLE_SHARE, True)):
        again = some(rng, np.arange(len(due.row)), share)
        rows = due.row[again]
        fund = due.fund[again]
        if other_fund:
            subsidy, special = funds.index("employment_subsidy"), funds.index("special_account")
            fund = np.where(fund == special, subsidy, special)
        paid = due.paid[again] + rng.integers(0, 90, len(again))
        drafts.append(of_sessions(judged, rows, "training", due.cents[again], paid, fund))

    # No subsidy at all: a payment that was cancelled, an enterprise's own part, and what it pays for its own classes.
    own = some(rng, np.arange(len(due.row)), OWN_MONEY_SHARE)
    fund = np.full(len(own), funds.index("enterprise_education"))
    paid = due.paid[own] - rng.integers(0, 30, len(own))
    drafts.append(of_sessions(judged, due.row[own], "training", np.full(len(own), 300_00), paid, fund))
    own_class = some(rng, here[completed & ~public[sessions["fund"][here]]], OWN_MONEY_SHARE * 5)
    paid = sessions["end"][own_class] + lag(rng, len(own_class), TRAINING_LAG)
    drafts.append(of_sessions(judged, own_class, "training", np.full(len(own_class), 500_00), paid))
    cancelled = some(rng, np.arange(len(due.row)), CANCELLED_SHARE)
    paid = due.paid[cancelled] - rng.integers(0, 30, len(cancelled))
    nothing = np.zeros(len(cancelled), dtype=np.int64)
    drafts.append(of_sessions(judged, due.row[cancelled], "training", nothing, paid))

    # More than 600 yuan, and 600 yuan for a certificate that was never passed.
    projects = here[judged.eligible[here] & plan_project[here]]
    certified = ~np.isnat(judged.completion[projects])
    paid_already = np.isin(projects, due.row)
    above = some(rng, projects[certified & ~paid_already], ABOVE_SHARE * 10)
    paid = judged.completion[above] + lag(rng, len(above), TRAINING_LAG)
    drafts.append(of_sessions(judged, above, "training", rng.choice([660_00, 720_00, 800_00], len(above)), paid))
    unproven = some(rng, projects[~certified], UNPROVEN_SHARE)
    paid = sessions["end"][unproven] + lag(rng, len(unproven), TRAINING_LAG)
    drafts.append(of_sessions(judged, unproven, "training", np.full(len(unproven), 600_00), paid))

    # 200 yuan for a job that nobody has proven, or before anybody could have.
    without = some(rng, projects[~judged.employed[projects]], WITHOUT_JOB_SHARE)
    paid = sessions["end"][without] + lag(rng, len(without), (95, 200))
    drafts.append(of_sessions(judged, without, "post_employment", np.full(len(without), 200_00), paid))
    soon = some(rng, projects[~np.isin(projects, without)], TOO_SOON_SHARE)
    paid = months_after(sessions["end"][soon], 3) - rng.integers(1, 40, len(soon))
    drafts.append(of_sessions(judged, soon, "post_employment", np.full(len(soon), 200_00), paid))

    # Enrolments filed in error, and such as nobody has ever filed.
    city_part = int(city.code[:4])
    void = judged.void[judged.void // CITY_UNIT == city_part]
    void = some(rng, void, VOID_SHARE)
    unknown = city_part * CITY_UNIT + 80_000_000 + np.arange(int(len(due.row) * UNKNOWN_SHARE))
    for numbers in (void, unknown):
        size = len(numbers)
        days = rng.choice(due.paid, size) if len(due.paid) else np.zeros(0, dtype="datetime64[D]")
        numbers = numbers[: len(days)]
        none, subsidy = np.full(len(numbers), -1), np.full(len(numbers), funds.index("employment_subsidy"))
        drafts.append(Draft(numbers, "training", subsidy, np.full(len(numbers), 1000_00), days, none, none))
    return drafts


def within_budgets(draft: Draft, end: date) -> Draft:
    """A bureau stops paying a park when its year's budget is nearly used; one park has overrun one year's."""
    parks, subsidy = code_list("park"), code_list("funding_source").index("employment_subsidy")
    year = draft.paid.astype("datetime64[Y]").astype(np.int64) + 1970
    in_time = draft.paid <= np.datetime64(end, "D")
    keep = np.ones(len(draft.paid), dtype=bool)
    for row in read_seed("park_allocation"):
        park, of_year, budget = parks.index(row["park_code"]), int(row["calendar_year"]), int(row["budget_yuan"]) * 100
        chosen = np.flatnonzero((draft.park == park) & (year == of_year) & (draft.fund == subsidy) & in_time)
        chosen = chosen[np.argsort(draft.paid[chosen], kind="stable")]
        total = int(draft.cents[chosen].sum())
        if (row["park_code"], of_year) == (OVERRUN_PARK, OVERRUN_YEAR) and total * LARGEST_RISE > budget * OVERRUN:
            rise = max(1.0, budget * OVERRUN / total)
            draft.cents[chosen] = np.ceil(draft.cents[chosen] * rise).astype(np.int64)
            keep[chosen[np.cumsum(draft.cents[chosen]) > budget * (OVERRUN + 0.02)]] = False
        else:
            keep[chosen[np.cumsum(draft.cents[chosen]) > budget * PARK_USED]] = False
    return Draft(
        draft.enrollment[keep],
        draft.component,
        draft.fund[keep],
        draft.cents[keep],
        draft.paid[keep],
        draft.park[keep],
        draft.row[keep],
    )


def payees(rng: np.random.Generator, judged: Judged, row: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    """Who is paid: the enterprise that employs the trainee, the institution, or the trainee."""
    types, sessions = code_list("payee_type"), judged.sessions
    known = row >= 0
    at = np.maximum(row, 0)
    employer = sessions["has_employer"][at] & known
    lot = rng.random(len(row))
    kind = np.where(lot < 0.55, types.index("institution"), types.index("person"))
    kind = np.where(employer & (lot < 0.85), types.index("enterprise"), kind)
    kind = np.where(known, kind, types.index("institution"))
    person = sessions["person"][at].copy()
    to_persons = np.flatnonzero(kind == types.index("person"))
    if len(to_persons):
        agent = person[to_persons[0]]
        person[some(rng, to_persons, SAME_PAYEE_SHARE)] = agent
    institution, enterprise = sessions["institution_uscc"][at], sessions["employer_uscc"][at]
    ids = id_texts(person)
    code = np.where(kind == types.index("enterprise"), enterprise, institution)
    to_person = pa.array(kind == types.index("person"))
    return kind, pc.if_else(to_person, ids, pa.array(code, pa.string()))


def make_payments(city: City, judged: Judged, seed: int, end: date) -> Records:
    """All payments of a city in the order of payment."""
    rng = np.random.default_rng([seed, city.position, 4])
    here = np.flatnonzero(judged.sessions["key"] // CITY_UNIT == int(city.code[:4]))
    if len(here) == 0:
        return {}
    training, post_employment = due_payments(rng, judged, here)
    training = within_budgets(training, end)
    drafts = [training, post_employment, *undue_payments(rng, city, judged, here, training)]
    components = code_list("component")

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(draft, name) for draft in drafts])

    component = np.concatenate([np.full(len(d.row), components.index(d.component)) for d in drafts])
    paid, row = joined("paid"), joined("row")
    visible = np.flatnonzero(paid <= np.datetime64(end, "D"))
    order = visible[np.argsort(paid[visible], kind="stable")]
    kind, payee = payees(rng, judged, row[order])
    enrollment, park = joined("enrollment")[order], joined("park")[order]
    park[some(rng, np.arange(len(park)), PARK_LEFT_OUT_SHARE)] = -1
    return {
        "payment_id": numbered(f"BT{city.code[:4]}-", np.arange(len(order)) + 1, 8),
        "enrollment_id": pa.array([key_text("enrollment", number) for number in enrollment.tolist()]),
        "component": component[order],
        "funding_source": joined("fund")[order],
        "amount_yuan": joined("cents")[order],
        "paid_on": paid[order],
        "payee_type": kind,
        "payee_id": payee,
        "park_code": park,
    }
