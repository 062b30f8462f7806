"""What industry says it lacks: a survey of every city each half-year, by industry and occupation."""

from datetime import date

import numpy as np
import pyarrow as pa

from skillsdw.sample.codes import code_list, occupations
from skillsdw.sample.dialect import Records
from skillsdw.sample.people import numbered
from skillsdw.sample.profile import City
from skillsdw.sample.providers import city_places
from skillsdw.seeds import read_seed

SURVEYED_SHARE = 0.55  # of the occupations of an industry, those that a survey names
SURVEYS = ((3, 20), (9, 20))  # month and last day of each half-year's survey
PARK_SHARE, NO_INTENT_SHARE = 0.2, 0.25


def survey_days(start: date, end: date) -> list[date]:
    days = [date(year, month, day) for year in range(start.year, end.year + 1) for month, day in SURVEYS]
    return [day for day in days if start <= day <= end]


def make_demand(city: City, sessions: float, seed: int, start: date, end: date) -> Records:
    """Shortages of one city, in the order of the surveys; they grow with the city's size."""
    rng = np.random.default_rng([seed, city.position, 5])
    known = occupations()
    pairs = [
        (at, occupation)
        for at, code in enumerate(code_list("industry").codes)
        for occupation in sorted(set(known.by_industry[code]))
    ]
    days = survey_days(start, end)
    asked = [(day, pair) for day in days for pair in pairs if rng.random() < SURVEYED_SHARE]
    if not asked:
        return {}
    size = len(asked)
    industry = np.array([pair[0] for _, pair in asked])
    scale = np.maximum(sessions * np.array(city.industry_weight)[industry] / max(len(days), 1) / 3, 2)
    vacancies = np.minimum(np.floor(rng.lognormal(0, 0.8, size) * scale), 1900).astype(np.int64)
    hard = np.floor(vacancies * rng.uniform(0.1, 0.7, size)).astype(np.int64)
    intent = np.floor(vacancies * rng.uniform(0.3, 1.0, size)).astype(np.int64)
    parks = [at for at, row in enumerate(read_seed("park")) if row["city_code"] == city.code]
    in_park = (rng.random(size) < PARK_SHARE) & bool(parks)
    back = rng.integers(0, 15, size)
    return {
        "survey_id": numbered(f"XQ{city.code[:4]}-", np.arange(size) + 1, 6),
        "surveyed_on": np.array([day for day, _ in asked], dtype="datetime64[D]") - back,
        "county_code": rng.choice(city_places(city), size),
        "park_code": np.where(in_park, parks[0] if parks else -1, -1),
        "industry_code": industry,
        "occupation_code": pa.array(known.codes).take(pa.array([pair[1] for _, pair in asked])),
        "vacancies": vacancies,
        "hard_to_fill": np.where(rng.random(size) < 0.1, -1, hard),
        "training_intent": np.where(rng.random(size) < NO_INTENT_SHARE, -1, intent),
    }
