"""What the Outcomes page reads: the scope, its parts, a city against its like, institutions, months, cohorts."""

from dashboards.warehouse import Warehouse

ALL = "ALL"


def scope(warehouse: Warehouse, year: int, city: str, industry: str, group: str, kind: str) -> list:
    """The one row of the scope; none where nothing is counted."""
    return warehouse.rows(
        """
        select
          counted_sessions, certified_sessions, certification_rate, certification_rate_low, certification_rate_high,
          due_sessions, employed_sessions, employment_rate, employment_rate_low, employment_rate_high,
          observation_complete
        from marts.outcome_scope
        where plan_year = ? and city_code = ? and industry_code = ? and trainee_group = ? and training_type = ?
        """,
        [year, city, industry, group, kind],
    )


def _uncut(dimension: str, city: str, industry: str, group: str, kind: str) -> tuple:
    """The scope without the dimension's own filter."""
    return {
        "city": (ALL, industry, group, kind),
        "industry": (city, ALL, group, kind),
        "group": (city, industry, ALL, kind),
        "type": (city, industry, group, ALL),
    }[dimension]


def whole(warehouse: Warehouse, dimension: str, year: int, city: str, industry: str, group: str, kind: str) -> list:
    """The one row of what `parts` are parts of."""
    return scope(warehouse, year, *_uncut(dimension, city, industry, group, kind))


def parts(warehouse: Warehouse, dimension: str, year: int, city: str, industry: str, group: str, kind: str) -> list:
    """One row a part of the scope by one dimension, whose own filter does not cut it."""
    return warehouse.rows(
        """
        select part.*, city.is_city
        from marts.outcome_part as part
        left join marts.dim_city as city on city.city_code = part.member_code
        where part.plan_year = ? and part.city_code = ? and part.industry_code = ? and part.trainee_group = ?
          and part.training_type = ? and part.dimension = ?
        order by part.member_code
        """,
        [year, *_uncut(dimension, city, industry, group, kind), dimension],
    )


def city_funnel(warehouse: Warehouse, year: int, city: str) -> list:
    """One row a measure of the city against the province's limits at its size; none for the regional level."""
    return warehouse.rows(
        """
        select measure, value, province_value, funnel_status, side
        from marts.city_funnel
        where plan_year = ? and city_code = ?
        """,
        [year, city],
    )


def city_expected(warehouse: Warehouse, year: int, city: str) -> list:
    """One row an outcome of the city against what its own mix would lead one to expect."""
    return warehouse.rows(
        """
        select
          measure, sessions, rate, rate_low, rate_high, expected_rate, observed_expected, observed_expected_low,
          observed_expected_high, comparable_share, difference, difference_of_mix, difference_beyond_mix, standing
        from marts.city_standardised
        where plan_year = ? and city_code = ?
        """,
        [year, city],
    )


def institution_funnel(warehouse: Warehouse, year: int, measure: str) -> list:
    """One row an institution that has the measure: its value against the limits at its size."""
    return warehouse.rows(
        """
        select
          funnel.institution_code, funnel.numerator, funnel.denominator, funnel.value, funnel.province_value,
          funnel.funnel_status, funnel.side, funnel.adjusted_z, card.main_city_code, institution.name_zh,
          institution.name_en
        from marts.institution_funnel as funnel
        inner join marts.dim_institution as institution on institution.institution_code = funnel.institution_code
        inner join marts.institution_scorecard as card
          on card.plan_year = funnel.plan_year and card.institution_code = funnel.institution_code
        where funnel.plan_year = ? and funnel.measure = ?
        order by funnel.adjusted_z, funnel.institution_code
        """,
        [year, measure],
    )


def institution_limits(warehouse: Warehouse, year: int, measure: str) -> list:
    """The funnel's limits, from the smallest denominator on."""
    return warehouse.rows(
        """
        select denominator, province_value, limit_95_low, limit_95_high, limit_998_low, limit_998_high
        from marts.institution_funnel_limit
        where plan_year = ? and measure = ?
        order by step_order
        """,
        [year, measure],
    )


def institutions(warehouse: Warehouse, year: int, city: str) -> list:
    """One row an institution, of the city with most of its sessions where one is chosen; the largest first."""
    return warehouse.rows(
        """
        select
          card.institution_code, card.star_rating, card.licence_state, card.counted_sessions, card.share_of_city,
          card.certification_rate, card.certification_rate_low, card.certification_rate_high,
          card.certification_rate_funnel_status, card.certification_rate_side, card.due_sessions, card.employment_rate,
          card.employment_rate_low, card.employment_rate_high, card.employment_rate_funnel_status,
          card.employment_rate_side, card.subsidised_sessions, card.violating_sessions, card.violation_rate,
          card.violation_rate_low, card.violation_rate_high, card.violation_rate_funnel_status,
          card.violation_rate_side, card.paid_yuan, card.irregular_yuan, institution.name_zh, institution.name_en,
          city.city_code, city.name_zh as city_name_zh, city.name_en as city_name_en
        from marts.institution_scorecard as card
        inner join marts.dim_institution as institution on institution.institution_code = card.institution_code
        left join marts.dim_city as city on city.city_code = card.main_city_code
        where card.plan_year = ? and ? in ('ALL', card.main_city_code)
        order by card.counted_sessions desc, card.institution_code
        """,
        [year, city],
    )


def concentration(warehouse: Warehouse, year: int, city: str) -> list:
    """The one row of how few institutions hold the training of the city or the province."""
    return warehouse.rows(
        """
        select
          held.institutions, held.counted_sessions, held.largest_share, held.top_four_share, held.herfindahl_index,
          institution.name_zh, institution.name_en
        from marts.institution_concentration as held
        inner join marts.dim_institution as institution
          on institution.institution_code = held.largest_institution_code
        where held.plan_year = ? and held.city_code = ?
        """,
        [year, city],
    )


def sudden(warehouse: Warehouse, year: int, city: str) -> list:
    """Institutions that grew suddenly in a quarter of the year, the newest quarter and the surest first."""
    return warehouse.rows(
        """
        select
          growth.quarter, growth.sessions, growth.sessions_year_before, growth.expected_sessions, growth.ratio,
          growth.ratio_low, institution.name_zh, institution.name_en
        from marts.institution_growth as growth
        inner join marts.dim_institution as institution on institution.institution_code = growth.institution_code
        inner join marts.institution_scorecard as card
          on card.plan_year = growth.plan_year and card.institution_code = growth.institution_code
        where growth.plan_year = ? and growth.growth_status = 'sudden' and ? in ('ALL', card.main_city_code)
        order by growth.quarter desc, growth.ratio_low desc, growth.institution_code
        limit 3
        """,
        [year, city],
    )


def months(warehouse: Warehouse, year: int, city: str) -> list:
    """One row an end month of the year, in order."""
    return warehouse.rows(
        """
        select
          end_month, counted_sessions, certified_sessions, certification_rate, certification_rate_low,
          certification_rate_high, due_sessions, employed_sessions, employment_rate, employment_rate_low,
          employment_rate_high, observation_complete
        from marts.outcome_month
        where plan_year = ? and city_code = ?
        order by end_month
        """,
        [year, city],
    )


def cohorts(warehouse: Warehouse, year: int, city: str) -> list:
    """One row an end month up to the year's last and a number of months later, in order."""
    return warehouse.rows(
        """
        select end_month, months_since, counted_sessions, certified_sessions, certification_rate
        from marts.outcome_cohort
        where plan_year <= ? and city_code = ?
        order by end_month, months_since
        """,
        [year, city],
    )
