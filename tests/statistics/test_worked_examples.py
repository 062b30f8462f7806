"""Worked examples of the literature, reproduced by the project's own SQL and Python."""

import math

import duckdb
import numpy as np
import pytest

from skillsdw.projection import chain_ladder


def values(compiler, expressions: list[str]) -> tuple:
    with duckdb.connect() as con:
        return con.execute(compiler.inline("select " + ", ".join(expressions))).fetchone()


# Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3; four decimals as printed.
WILSON_NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
# PHEindicatormethods (UKHSA), testdata_Byars_Wilson.xlsx.
WILSON_PHE = [
    (65, 100, 0.5525444329688797, 0.7363575175690247),
    (1045, 5000, 0.19795549880013297, 0.22049130373189027),
    (9856, 12345, 0.7912101752909069, 0.8053640073614909),
]


def test_wilson_intervals_are_those_of_newcombe_and_of_the_english_health_service(compiler):
    cases = [(*case, 5e-5) for case in WILSON_NEWCOMBE] + [(*case, 1e-9) for case in WILSON_PHE]
    expressions = []
    for x, n, *_ in cases:
        expressions += [f"{{{{ wilson('{x}', '{n}', 'low') }}}}", f"{{{{ wilson('{x}', '{n}', 'high') }}}}"]
    found = values(compiler, expressions)
    for place, (x, n, low, high, tolerance) in enumerate(cases):
        assert found[2 * place] == pytest.approx(low, abs=tolerance), (x, n)
        assert found[2 * place + 1] == pytest.approx(high, abs=tolerance), (x, n)


def test_wilson_has_no_interval_without_trials_and_stays_within_0_and_1(compiler):
    expressions = ["{{ wilson('0', '0', 'low') }}", "{{ wilson('0', '7', 'low') }}", "{{ wilson('7', '7', 'high') }}"]
    assert values(compiler, expressions) == (None, 0.0, 1.0)


# Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10; four decimals as printed.
DIFFERENCES = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0),
    (10, 10, 0, 10, 0.6075, 1.0),
]


def test_the_difference_by_which_ranks_are_told_apart_is_newcombes(compiler):
    def low(x1, n1, x2, n2) -> str:
        parts = (f"({x1}.0 / {n1})", wilson(x1, n1, "low"), f"({x2}.0 / {n2})", wilson(x2, n2, "high"))
        return "{{ difference_low(" + ", ".join(f'"{part}"' for part in parts) + ") }}"

    def wilson(x, n, bound) -> str:
        [value] = values(compiler, [f"{{{{ wilson('{x}', '{n}', '{bound}') }}}}"])
        return repr(value)

    expressions = []
    for x1, n1, x2, n2, *_ in DIFFERENCES:
        expressions += [low(x1, n1, x2, n2), low(x2, n2, x1, n1)]
    found = values(compiler, expressions)
    for place, (*_, lower, upper) in enumerate(DIFFERENCES):
        assert found[2 * place] == pytest.approx(lower, abs=5e-5)
        assert -found[2 * place + 1] == pytest.approx(upper, abs=5e-5)


# PHEindicatormethods, testdata_Byars_Wilson.xlsx: Byar's 95 % limits of a count.
BYAR = {
    65: (50.163187710459454, 82.84913854593984),
    1045: (982.5932018073325, 1110.33121298565),
    1: (0.01307213290150435, 5.5637555824752605),
}


def test_byars_limits_are_those_of_the_english_health_service(compiler):
    expressions = []
    for count in BYAR:
        expressions += [f"{{{{ byar('{count}', 'low') }}}}", f"{{{{ byar('{count}', 'high') }}}}"]
    found = values(compiler, expressions)
    assert found == pytest.approx([bound for bounds in BYAR.values() for bound in bounds], rel=1e-9)


# Indirectly standardised ratio, PHEindicatormethods testdata_DSR_ISR.xlsx: 19 age bands, reference 1,… per band.
POPULATION = [636, 558, 609, 543, 384, 594, 669, 843, 660, 576, 606, 522, 426, 273, 300, 288, 153, 123, 207]
CASES = [127, 25, 18, 21, 12, 27, 48, 27, 29, 32, 32, 34, 45, 65, 38, 68, 74, 82, 91]
REFERENCE_CASES = [
    *(10303, 2824, 0, 3615, 3641, 3490, 3789, 3213, 3031, 2771),
    *(3089, 3490, 3595, 4745, 5514, 7125, 5694, 6210, 5757),
]
REFERENCE_POPULATION = [
    *(50520, 57173, 60213, 54659, 44345, 50128, 62163, 67423, 62899, 55463),
    *(60479, 49974, 44140, 40888, 37239, 30819, 18136, 15325, 13918),
]


def test_observed_over_expected_is_the_published_indirectly_standardised_ratio(run_model):
    """A city with the example's bands, and another whose rates are the reference's: its standard are the others."""
    strata = []
    for band, (people, cases) in enumerate(zip(POPULATION, CASES, strict=True)):
        reference, population = REFERENCE_CASES[band], REFERENCE_POPULATION[band]
        for city, whole, part in (("450100", people, cases), ("450200", population, reference)):
            strata.append(stratum(city, f"band {band}", whole, part))
    found = {row["city_code"]: row for row in run_model("city_standardised", strata_table(strata))}
    city = next(row for row in [found["450100"]] if row["measure"] == "certification_rate")
    assert city["observed_sessions"] == 895
    assert city["expected_sessions"] == pytest.approx(835.8835612311743, rel=1e-9)
    assert city["observed_expected"] == pytest.approx(1.0707232939020275, rel=1e-9)
    assert city["observed_expected_low"] == pytest.approx(1.0017147712553987, rel=1e-9)
    assert city["observed_expected_high"] == pytest.approx(1.143233287249895, rel=1e-9)
    assert city["standing"] == "at_or_above"


def stratum(city: str, group: str, counted: int, certified: int) -> dict:
    return {
        "plan_year": 2026,
        "city_code": city,
        "trainee_group": group,
        "training_type": "occupation",
        "industry_code": "AI",
        "counted_sessions": counted,
        "certified_sessions": certified,
        "due_sessions": 0,
        "employed_sessions": 0,
    }


def strata_table(strata: list[dict]) -> dict[str, list[dict]]:
    return {"intermediate.int_outcome_stratum": strata}


def test_cities_that_differ_only_in_mix_are_alike_once_standardised(run_model, compiler):
    """Two groups certify at 90 % and 50 % everywhere; one city trains mostly the first, the other mostly the second."""
    rng = np.random.default_rng(7)
    strata = []
    for city, mix in (("450100", (9000, 1000)), ("450200", (1500, 8500)), ("450300", (5000, 5000))):
        for group, rate, people in (("graduates", 0.9, mix[0]), ("others", 0.5, mix[1])):
            strata.append(stratum(city, group, people, int(rng.binomial(people, rate))))
    rows = sorted(
        (row for row in run_model("city_standardised", strata_table(strata)) if row["measure"] == "certification_rate"),
        key=lambda row: row["city_code"],
    )
    first, second, _ = rows
    bounds = values(
        compiler,
        [
            f"{{{{ wilson('{row['observed_sessions']}', '{row['sessions']}', '{bound}') }}}}"
            for row in (first, second)
            for bound in ("low", "high")
        ],
    )
    assert bounds[0] > bounds[3], "the raw rates' intervals stand apart"
    assert first["observed_expected_low"] < second["observed_expected_high"]
    assert second["observed_expected_low"] < first["observed_expected_high"]
    for row in rows:
        assert row["standing"] == "undecided"
        assert row["difference"] == pytest.approx(row["difference_of_mix"] + row["difference_beyond_mix"])
        assert abs(row["difference_beyond_mix"]) < 0.02 < abs(first["difference_of_mix"])


def test_a_city_that_alone_trains_an_industry_is_not_its_own_standard(run_model):
    """450600 certifies at 90 %, the others at 60 %: what it trains alone is held against the others' like groups."""
    strata = [stratum("450600", "graduates", 1000, 900) | {"industry_code": "I19"}]
    strata += [stratum(city, "graduates", 1000, 600) for city in ("450100", "450200")]
    found = {
        row["city_code"]: row
        for row in run_model("city_standardised", strata_table(strata))
        if row["measure"] == "certification_rate"
    }
    alone = found["450600"]
    assert alone["observed_expected"] == pytest.approx(1.5)
    assert alone["difference_of_mix"] == pytest.approx(0.6 - 0.7)
    assert (alone["standing"], alone["comparable_share"]) == ("at_or_above", 0)
    assert found["450100"]["comparable_share"] == 1


# The BCG trials (Colditz 1994; metafor's dat.bcg): without Winsorising, about the inverse-variance mean,
# Spiegelhalter's tau² is DerSimonian and Laird's.
BCG = [
    *((4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761)),
    *((180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232)),
    *((17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825)),
]


def test_the_variance_between_units_is_dersimonian_and_lairds(compiler):
    effects = [math.log(a / (a + b)) - math.log(c / (c + d)) for a, b, c, d in BCG]
    weights = [1 / (1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)) for a, b, c, d in BCG]
    mean = sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)
    spread = sum(w * (y - mean) ** 2 for w, y in zip(weights, effects, strict=True))
    assert spread == pytest.approx(152.2330, abs=5e-5)
    arguments = (len(BCG), spread / len(BCG), sum(weights), sum(w * w for w in weights))
    [found] = values(compiler, ["{{ between_variance(" + ", ".join(f"'{a!r}'" for a in arguments) + ") }}"])
    assert found == pytest.approx(0.3088, abs=5e-5)


# Deaths of 54 hospitals (medpar, R package COUNT), with what FunnelPlotR's algorithm makes of them for proportions.
DIED = [
    *(16, 19, 2, 23, 2, 5, 4, 22, 12, 12, 19, 18, 14, 11, 16, 5, 10, 1, 17, 0, 10, 1, 3, 3, 3, 18, 1, 2, 12, 1, 1, 38),
    *(7, 9, 17, 1, 0, 8, 2, 0, 11, 7, 1, 16, 9, 11, 32, 14, 3, 15, 4, 20, 5, 0),
]
ADMITTED = [
    *(58, 61, 6, 74, 13, 25, 16, 55, 39, 21, 61, 66, 38, 27, 29, 17, 51, 4, 43, 3, 33, 1, 6, 12, 20, 50, 15, 2, 36, 4),
    *(2, 92, 18, 31, 44, 5, 1, 19, 4, 3, 28, 21, 3, 29, 26, 31, 71, 64, 15, 41, 11, 38, 10, 2),
]


def test_funnel_limits_with_over_dispersion_are_those_of_the_published_algorithm(run_model):
    rows = [
        measure(f"{unit:06d}", died, admitted) for unit, (died, admitted) in enumerate(zip(DIED, ADMITTED, strict=True))
    ]
    rows.append(measure("ALL", sum(DIED), sum(ADMITTED)) | {"is_ranked": False, "is_compared": False})
    funnel = run_model("city_funnel", {"intermediate.int_city_measure": rows})
    assert len(funnel) == 54
    assert funnel[0]["dispersion"] == pytest.approx(1.3607339850991078, rel=1e-9)
    assert funnel[0]["between_variance"] == pytest.approx(0.003533335020201607, rel=1e-9)
    largest = next(row for row in funnel if row["denominator"] == 92)
    limits = [largest[f"limit_{level}_{bound}"] for level in ("95", "998") for bound in ("low", "high")]
    assert limits == pytest.approx([0.2058253984, 0.4954076925, 0.138637408, 0.5843628809], rel=1e-8)


def measure(city: str, part: int, whole: int) -> dict:
    return {
        "plan_year": 2026,
        "city_code": city,
        "is_ranked": True,
        "is_compared": True,
        "measure": "certification_rate",
        "higher_is_better": True,
        "numerator": part,
        "denominator": whole,
        "value": part / whole,
        "value_low": None,
        "value_high": None,
    }


# Taylor and Ashe (1983), as Mack (1993) works it: factors, reserves and their standard errors.
TRIANGLE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
FACTORS = [3.490607, 1.747333, 1.457413, 1.173852, 1.103824, 1.086269, 1.053874, 1.076555, 1.017725]
RESERVES = [0, 94634, 469511, 709638, 984889, 1419459, 2177641, 3920301, 4278972, 4625811]
ERRORS = [0, 75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155]


def test_the_chain_ladder_and_its_errors_are_macks():
    triangle = np.array([row + [np.nan] * (10 - len(row)) for row in TRIANGLE])
    ladder = chain_ladder(triangle)
    assert ladder.factors == pytest.approx(FACTORS, abs=5e-7)
    for row, reserve, error in zip(TRIANGLE, RESERVES, ERRORS, strict=True):
        ultimate, square = ladder.ultimate(row[-1], len(row) - 1)
        assert round(ultimate - row[-1]) == reserve
        assert round(math.sqrt(square)) == error
