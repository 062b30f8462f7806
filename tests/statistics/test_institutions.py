"""Institutions: who is judged in the funnel plot, and whose growth is sudden, by hand."""

from datetime import date

import pytest

ALL = {"institution_code": "ALL", "is_compared": False}


def measure(institution: str, part: int, whole: int, *, compared: bool = True) -> dict:
    return {
        "plan_year": 2026,
        "institution_code": institution,
        "is_compared": compared,
        "measure": "certification_rate",
        "numerator": part,
        "denominator": whole,
        "value": part / whole if whole else None,
    }


def funnel(run_model, rows: list[dict]) -> dict[str, dict]:
    found = run_model("institution_funnel", {"intermediate.int_institution_measure": rows})
    return {row["institution_code"]: row for row in found}


JUDGED = [measure(f"I{n:02d}", part, 100) for n, part in enumerate([80, 82, 78, 80, 81, 79, 80, 84, 76, 20])]
PROVINCE = measure("ALL", 8000, 10_000) | ALL


def test_too_few_sessions_are_listed_unjudged_and_change_nobodys_limits(run_model):
    small = [measure("S1", 0, 20, compared=False), measure("S2", 0, 0, compared=False)]
    alone, together = funnel(run_model, [*JUDGED, PROVINCE]), funnel(run_model, [*JUDGED, PROVINCE, *small])
    assert together.keys() - alone.keys() == {"S1"}, "without a denominator there is no place in the plot"
    assert {code: together[code] for code in alone} == alone
    assert together["S1"]["funnel_status"] == "too_few"
    assert together["S1"]["province_value"] == 0.8
    unjudged = ("dispersion", "between_variance", "z_score", "adjusted_z", "limit_95_low", "limit_998_high", "side")
    assert [together["S1"][column] for column in unjudged] == [None] * len(unjudged)
    assert (together["I09"]["funnel_status"], together["I09"]["side"]) == ("alarm", "below")
    assert {together[f"I0{n}"]["funnel_status"] for n in range(9)} == {"inside"}


def cities_of(run_model, sizes: list[int], shares: list[float]) -> tuple[dict[tuple, dict], list[dict]]:
    """The funnel of cities of these sizes and shares in every measure, through the model that decides who is compared,
    and the points of its limits."""
    codes = [f"45{place:02d}00" for place in range(1, len(sizes) + 1)]
    progress, persons = [], []
    for code, size, share in zip(codes, sizes, shares, strict=True):
        part = round(size * share)
        columns = {"plan_year": 2026, "city_code": code}
        # Of `size` counted sessions; as many subsidised ones are `size` again, so that its own rate is `share` too.
        progress.append(
            columns
            | {"subsidised_sessions": size, "counted_sessions": size - part, "certified_sessions": 0}
            | {"employed_sessions": part, "not_employed_sessions": 0, "awaiting_sessions": size - part}
        )
        persons.append(columns | {"industry_code": "ALL", "trainee_group": "ALL"})
        persons[-1] |= {"persons": size, "priority_persons": part}
    whole = {name: sum(row[name] for row in persons) for name in ("persons", "priority_persons")}
    persons.append(persons[0] | {"city_code": "ALL"} | whole)
    measured = run_model(
        "int_city_measure",
        {
            "seeds.target": [{"plan_year": 2026}],
            "seeds.city": [{"city_code": code} for code in codes],
            "marts.fct_progress": progress,
            "marts.headcount": persons,
        },
    )
    found = run_model("city_funnel", {"intermediate.int_city_measure": measured})
    curve = run_model("funnel_limit", {"marts.city_funnel": found})
    return {(row["measure"], row["city_code"]): row for row in found}, curve


@pytest.mark.parametrize("size", range(1, 34))
def test_a_city_is_judged_by_size_as_an_institution_is_in_every_measure(run_model, size):
    """Thirteen cities of 400 at a half, and one in which nobody or everybody has the property."""
    for extreme in (0.0, 1.0):
        found, curve = cities_of(run_model, [400] * 13 + [size], [0.5] * 13 + [extreme])
        for measured in ("priority_share_persons", "employment_rate", "observation_complete", "violation_rate"):
            row = found[measured, "451400"]
            assert (row["funnel_status"] == "too_few") == (size < 30), measured
            assert row["denominator"] == size
            assert {found[measured, f"45{place:02d}00"]["funnel_status"] for place in range(1, 14)} == {"inside"}
            if size < 30:
                unjudged = ("dispersion", "between_variance", "z_score", "adjusted_z", "limit_95_low", "side")
                assert [row[column] for column in unjudged] == [None] * len(unjudged)
                assert min(point["denominator"] for point in curve if point["measure"] == measured) == 320


def test_a_city_with_too_few_moves_nobodys_limits(run_model):
    cities = [row | {"city_code": row["institution_code"], "is_ranked": True} for row in JUDGED]
    cities.append(PROVINCE | {"city_code": "ALL", "is_ranked": False})
    small = measure("S1", 0, 29, compared=False) | {"city_code": "S1", "is_ranked": True}
    regional = measure("R1", 0, 5, compared=False) | {"city_code": "450000", "is_ranked": False}
    alone = run_model("city_funnel", {"intermediate.int_city_measure": cities})
    together = run_model("city_funnel", {"intermediate.int_city_measure": [*cities, small, regional]})
    by_code = {row["city_code"]: row for row in together}
    assert by_code.pop("S1")["funnel_status"] == "too_few"
    assert by_code == {row["city_code"]: row for row in alone}  # the regional level is no unit of the plot


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_everybody_is_alike_size_alone_decides(run_model, share):
    found, _ = cities_of(run_model, [400, 30, 29], [share] * 3)
    statuses = [found["priority_share_persons", f"45{place:02d}00"]["funnel_status"] for place in (1, 2, 3)]
    assert statuses == ["inside", "inside", "too_few"]


def test_an_institutions_limits_are_those_of_a_city_with_the_same_figures(run_model):
    cities = [row | {"city_code": row["institution_code"], "is_ranked": True} for row in JUDGED]
    cities.append(PROVINCE | {"city_code": "ALL", "is_ranked": False})
    as_cities = run_model("city_funnel", {"intermediate.int_city_measure": cities})
    as_institutions = funnel(run_model, [*JUDGED, PROVINCE])
    assert len(as_cities) == len(as_institutions) == 10
    for row in as_cities:
        other = as_institutions[row.pop("city_code")]
        assert {column: other[column] for column in row} == row


def test_the_curve_of_the_limits_leaves_out_those_that_are_not_judged(run_model):
    columns = {"plan_year": 2026, "measure": "certification_rate", "province_value": 0.8}
    rows = [
        columns | {"denominator": whole, "between_variance": variance, "funnel_status": status}
        for whole, variance, status in ((100, 0.001, "inside"), (1000, 0.001, "alarm"), (2, None, "too_few"))
    ]
    curve = run_model("institution_funnel_limit", {"marts.institution_funnel": rows})
    assert len(curve) == 60
    assert (min(row["denominator"] for row in curve), max(row["denominator"] for row in curve)) == (80, 1100)


def sessions(institution: str, months: dict[date, int]) -> list[dict]:
    return [
        {"institution_code": institution, "end_month": month, "class_id": f"{month}", "subsidised_sessions": number}
        for month, number in months.items()
    ]


PLAN = {"seeds.target": [{"plan_year": year} for year in (2025, 2026, 2027)]}


def growth(run_model, rows: list[dict]) -> dict[tuple, dict]:
    found = run_model("institution_growth", PLAN | {"intermediate.int_institution_class": rows})
    return {(row["institution_code"], row["quarter"]): row for row in found}


FIRST, BEFORE = date(2026, 1, 1), date(2025, 1, 1)


@pytest.fixture
def province() -> list[dict]:
    """The others together go from 1,000 to 1,500 sessions in the first quarter, whoever is looked at."""
    return sessions("REST", {date(2025, 2, 1): 1000, date(2026, 2, 1): 1500})


def test_growth_is_against_the_others_and_needs_size_ratio_and_certainty(run_model, province):
    """100 sessions at the others' 1.5 are 150 expected: 300 are twice as many, and Byar's lower limit at 99.8 % is
    300 (1 - 1/2700 - 3.0902/(3 √300))³ = 249.3, of 150 expected 1.662."""
    row = growth(run_model, province + sessions("A", {date(2025, 3, 1): 100, date(2026, 1, 1): 300}))["A", FIRST]
    assert (row["sessions"], row["sessions_year_before"], row["others_growth"]) == (300, 100, 1.5)
    assert (row["expected_sessions"], row["ratio"]) == (150, 2)
    assert row["ratio_low"] == pytest.approx(300 * (1 - 1 / 2700 - 3.090232306167813 / (3 * 300**0.5)) ** 3 / 150)
    assert row["ratio_low"] == pytest.approx(1.6620, abs=5e-5)
    assert row["ratio_high"] == pytest.approx(301 * (1 - 1 / 2709 + 3.090232306167813 / (3 * 301**0.5)) ** 3 / 150)
    assert row["growth_status"] == "sudden"


@pytest.mark.parametrize(
    ("before", "now", "status"),
    [
        (100, 299, "steady"),  # less than twice the 150 expected
        (5, 49, "steady"),  # fewer than 50 sessions
        (5, 50, "sudden"),  # the lower limit of 50 is 30.9, of 7.5 expected
        (16, 50, "sudden"),  # 24 expected, the limit still above
        (100, 0, "steady"),  # gone
    ],
)
def test_what_is_not_sudden_is_steady(run_model, province, before, now, status):
    rows = province + sessions("A", {date(2025, 3, 1): before, date(2026, 1, 1): now})
    assert growth(run_model, rows)["A", FIRST]["growth_status"] == status


def test_an_institution_is_no_part_of_its_own_standard(run_model):
    """It alone trains ten times as much: the others' 1.0 is what it is held against, not the province's 5.5."""
    rows = sessions("A", {BEFORE: 100, FIRST: 1000}) + sessions("B", {BEFORE: 100, FIRST: 100})
    found = growth(run_model, rows)
    assert found["A", FIRST]["ratio"] == 10
    assert found["A", FIRST]["growth_status"] == "sudden"
    assert found["B", FIRST]["ratio"] == pytest.approx(0.1)


def test_new_ones_and_those_begun_within_the_year_have_nothing_to_be_held_against(run_model, province):
    rows = province + sessions("N", {date(2026, 2, 1): 500})
    rows += sessions("B", {date(2025, 9, 1): 30, date(2026, 2, 1): 500})
    found = growth(run_model, rows)
    assert (found["N", FIRST]["growth_status"], found["B", FIRST]["growth_status"]) == ("new", "begun")
    assert found["N", FIRST]["ratio"] is None
    assert found["B", FIRST]["sessions_four_before"] == 30


def test_without_a_year_before_and_before_a_quarter_is_over_nothing_is_said(run_model, province):
    """As of 31 October 2026: the plan's first year has none before it, and the fourth quarter runs."""
    rows = province + sessions("A", {date(2025, 8, 1): 100, date(2026, 9, 1): 100, date(2026, 10, 1): 900})
    found = growth(run_model, rows)
    assert max(quarter for _, quarter in found) == date(2026, 7, 1)
    first = found["A", date(2025, 7, 1)]
    assert [first[column] for column in ("sessions_year_before", "expected_sessions", "growth_status")] == [None] * 3
    alone = found["A", date(2026, 7, 1)]
    assert (alone["others_growth"], alone["growth_status"]) == (None, None), "nobody else has sessions"
