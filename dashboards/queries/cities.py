"""What the Cities page reads: the 14 cities and the regional level in one plan year, one function a block."""

from dashboards.warehouse import Warehouse


def scorecard(warehouse: Warehouse, year: int) -> list:
    """One row a city, the regional level last: counts, and each measure with its interval, rank and rank's range."""
    return warehouse.rows(
        """
        select scorecard.*, city.name_zh, city.name_en, city.is_city, city.population_2020
        from marts.city_scorecard as scorecard
        inner join marts.dim_city as city on city.city_code = scorecard.city_code
        where scorecard.plan_year = ?
        order by city.sort_order
        """,
        [year],
    )


def pace(warehouse: Warehouse, year: int) -> list:
    """One row a city, the largest gap first: the gap, its parts, and how its outcomes stand to what is expected."""
    return warehouse.rows(
        """
        select
          pace.city_code, pace.target_sessions, pace.target_basis, pace.counted_sessions, pace.expected_sessions,
          pace.pace, pace.gap_sessions, pace.gap_rank, pace.gap_of_size, pace.gap_of_pace, pace.gap_share,
          pace.gap_share_so_far, pace.gap_cause,
          progress.pace as province_pace,
          certified.standing as certification_standing,
          employed.standing as employment_standing,
          city.name_zh, city.name_en
        from marts.city_pace as pace
        inner join marts.dim_city as city on city.city_code = pace.city_code
        inner join marts.target_progress as progress on progress.plan_year = pace.plan_year
        left join marts.city_standardised as certified
          on certified.plan_year = pace.plan_year
          and certified.city_code = pace.city_code
          and certified.measure = 'certification_rate'
        left join marts.city_standardised as employed
          on employed.plan_year = pace.plan_year
          and employed.city_code = pace.city_code
          and employed.measure = 'employment_rate'
        where pace.plan_year = ?
        order by pace.gap_rank
        """,
        [year],
    )


def funnel(warehouse: Warehouse, year: int, measure: str) -> list:
    """One row a city that has the measure: its value against the province's limits at its size."""
    return warehouse.rows(
        """
        select
          funnel.city_code, funnel.numerator, funnel.denominator, funnel.value, funnel.province_value,
          funnel.limit_95_low, funnel.limit_95_high, funnel.limit_998_low, funnel.limit_998_high,
          funnel.funnel_status, funnel.side, city.name_zh, city.name_en
        from marts.city_funnel as funnel
        inner join marts.dim_city as city on city.city_code = funnel.city_code
        where funnel.plan_year = ? and funnel.measure = ?
        order by city.sort_order
        """,
        [year, measure],
    )


def limits(warehouse: Warehouse, year: int, measure: str) -> list:
    """The funnel's limits, from the smallest denominator on."""
    return warehouse.rows(
        """
        select denominator, province_value, limit_95_low, limit_95_high, limit_998_low, limit_998_high
        from marts.funnel_limit
        where plan_year = ? and measure = ?
        order by step_order
        """,
        [year, measure],
    )


def standardised(warehouse: Warehouse, year: int) -> list:
    """One row a city and outcome: what was observed against what its own mix would lead one to expect."""
    return warehouse.rows(
        """
        select
          own.measure, own.city_code, own.sessions, own.observed_sessions, own.expected_sessions,
          own.observed_expected, own.observed_expected_low, own.observed_expected_high, own.comparable_share,
          own.rate, own.rate_low, own.rate_high, own.expected_rate, own.difference, own.difference_of_mix,
          own.difference_beyond_mix, own.standing, city.name_zh, city.name_en, city.is_city
        from marts.city_standardised as own
        inner join marts.dim_city as city on city.city_code = own.city_code
        where own.plan_year = ?
        order by own.measure, own.observed_expected desc
        """,
        [year],
    )


def peers(warehouse: Warehouse, city: str) -> list:
    """The four cities most like this one, the nearest first; none for the regional level."""
    return warehouse.rows(
        """
        select
          peer.peer_code as city_code, peer.peer_rank, peer.distance, peer.population_2020,
          peer.peer_population_2020, peer.sessions_per_10k, peer.peer_sessions_per_10k, city.name_zh, city.name_en
        from marts.city_peer as peer
        inner join marts.dim_city as city on city.city_code = peer.peer_code
        where peer.city_code = ? and peer.is_peer
        order by peer.peer_rank
        """,
        [city],
    )


def losses(warehouse: Warehouse, year: int, city: str) -> list:
    """One row a rule that takes sessions from the city, the dearest first; null where it is suppressed."""
    return warehouse.rows(
        """
        select loss.rule_code, loss.lost_sessions, loss.is_suppressed, rule.name_zh, rule.name_en, rule.clause
        from marts.city_rule_loss as loss
        inner join marts.dim_rule as rule on rule.rule_code = loss.rule_code
        where loss.plan_year = ? and loss.city_code = ?
        order by loss.lost_sessions desc nulls last, rule.sort_order
        """,
        [year, city],
    )
