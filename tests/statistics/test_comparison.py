"""Ranks, peers, the bridge and the contributions: properties that hold on any province."""

import numpy as np
import pytest

CITIES = [f"45{n:02d}00" for n in range(1, 15)]
GROUPS = ["graduate_youth", "rural_transfer", "registered_unemployed", "hardship", "enterprise_employee", "other"]
INDUSTRIES = ["AI", *(f"I{n:02d}" for n in range(1, 20)), "OTHER"]


def measures(parts: dict[str, tuple[int, int]], wilson) -> list[dict]:
    return [
        {
            "plan_year": 2026,
            "city_code": city,
            "is_ranked": True,
            "measure": "certification_rate",
            "higher_is_better": True,
            "value": part / whole,
            "value_low": wilson(part, whole)[0],
            "value_high": wilson(part, whole)[1],
        }
        for city, (part, whole) in parts.items()
    ]


@pytest.fixture(scope="module")
def wilson():
    from scipy.stats import binomtest

    return lambda part, whole: tuple(binomtest(part, whole).proportion_ci(0.95, method="wilson"))


def test_a_rank_lies_in_its_range_and_small_cities_have_wide_ones(run_model, wilson):
    parts = {"450100": (9000, 10_000), "450200": (8500, 10_000), "450300": (17, 20), "450400": (5000, 10_000)}
    ranks = {
        row["city_code"]: row
        for row in run_model("int_city_rank", {"intermediate.int_city_measure": measures(parts, wilson)})
    }
    assert {city: row["rank"] for city, row in ranks.items()} == {
        "450100": 1,
        "450200": 2,
        "450300": 2,
        "450400": 4,
    }
    assert {city: (row["rank_low"], row["rank_high"]) for city, row in ranks.items()} == {
        "450100": (1, 2),  # twenty people may be anywhere in front of the last
        "450200": (2, 3),
        "450300": (1, 3),
        "450400": (4, 4),
    }


def test_ranges_hold_on_random_provinces(run_model, wilson):
    rng = np.random.default_rng(5)
    for _ in range(5):
        parts = {}
        for city in CITIES:
            whole = int(rng.integers(5, 20_000))
            parts[city] = (int(rng.binomial(whole, rng.uniform(0.3, 0.95))), whole)
        rows = run_model("int_city_rank", {"intermediate.int_city_measure": measures(parts, wilson)})
        assert len(rows) == 14
        for row in rows:
            assert 1 <= row["rank_low"] <= row["rank"] <= row["rank_high"] <= 14


def province(rng: np.random.Generator) -> np.ndarray:
    """Sessions by city, industry and group."""
    sizes = rng.lognormal(9, 0.6, 14)
    cells = np.empty((14, len(INDUSTRIES), len(GROUPS)))
    for city in range(14):
        industries = rng.dirichlet(np.full(len(INDUSTRIES), 2.0))
        groups = rng.dirichlet(np.full(len(GROUPS), 4.0))
        cells[city] = sizes[city] * np.outer(industries, groups)
    return np.round(cells).astype(int)


def peers(run_model, cells: np.ndarray) -> dict[str, list[str]]:
    headcount = []

    def scope(city: int, industry: str, group: str, sessions: int) -> None:
        headcount.append(
            {
                "plan_year": 0,
                "city_code": CITIES[city],
                "industry_code": industry,
                "trainee_group": group,
                "counted_sessions": int(sessions),
            }
        )

    for city in range(14):
        scope(city, "ALL", "ALL", cells[city].sum())
        for n, industry in enumerate(INDUSTRIES):
            scope(city, industry, "ALL", cells[city, n].sum())
        for n, group in enumerate(GROUPS):
            scope(city, "ALL", group, cells[city, :, n].sum())
    dim_city = [
        {"city_code": c, "population_2020": 1_000_000 + 400_000 * n, "is_city": True} for n, c in enumerate(CITIES)
    ]
    rows = run_model("city_peer", {"marts.dim_city": dim_city, "marts.headcount": headcount})
    assert len(rows) == 14 * 13
    return {city: [r["peer_code"] for r in rows if r["city_code"] == city and r["is_peer"]] for city in CITIES}


def test_every_city_has_four_peers_and_they_bear_small_changes_of_data(run_model):
    rng = np.random.default_rng(11)
    cells = province(rng)
    first = peers(run_model, cells)
    assert all(len(found) == 4 and city not in found for city, found in first.items())
    kept = []
    for _ in range(5):
        again = peers(run_model, rng.poisson(cells))  # the noise that another month brings
        kept += [len({*first[city]} & {*again[city]}) for city in CITIES]
    assert np.mean(kept) >= 3.7
    assert min(kept) >= 3


def test_the_bridge_leads_from_persons_to_sessions_and_its_steps_add_up(run_model):
    scope = {
        "plan_year": 0,
        "city_code": "ALL",
        "industry_code": "ALL",
        "trainee_group": "ALL",
        "persons": 100,
        "priority_persons": 70,
        "counted_sessions": 150,
        "priority_sessions": 90,
    }
    rows = run_model("priority_bridge", {"marts.headcount": [scope], "seeds.target": [{"plan_year": 2026}]})
    by_step = {row["step"]: row for row in rows}
    assert by_step["persons"]["share"] == 0.7
    assert by_step["priority_repeats"]["share"] == pytest.approx(90 / 120)
    assert by_step["other_repeats"]["share"] == pytest.approx(90 / 150)
    changes = sum(row["share_change"] for row in rows if row["share_change"] is not None)
    assert by_step["persons"]["share"] + changes == pytest.approx(0.6)


def test_contributions_add_up_to_the_provinces_share_and_its_change(run_model):
    from datetime import date

    rng = np.random.default_rng(2)
    progress = [
        {
            "plan_year": 2026,
            "end_month": date(2026, month, 1),
            "city_code": city,
            "trainee_group": group,
            "counted_sessions": (counted := int(rng.integers(1, 200))),
            "priority_sessions": counted if group != "other" else 0,
        }
        for month in (9, 10)
        for city in CITIES
        for group in GROUPS
    ]
    rows = run_model(
        "priority_contribution",
        {"marts.fct_progress": progress, "seeds.target": [{"plan_year": 2026, "priority_share": 0.7}]},
    )

    def share(months: tuple[int, ...]) -> float:
        some = [row for row in progress if row["end_month"].month in months]
        return sum(r["priority_sessions"] for r in some) / sum(r["counted_sessions"] for r in some)

    for dimension in ("city", "trainee_group"):
        own = [row for row in rows if row["dimension"] == dimension]
        assert sum(row["share_points"] for row in own) == pytest.approx(share((9, 10)))
        assert sum(row["points_from_target"] for row in own) == pytest.approx(share((9, 10)) - 0.7)
        assert sum(row["share_points_change"] for row in own) == pytest.approx(share((9, 10)) - share((9,)))
