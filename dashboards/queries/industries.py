"""What the Industries page reads: AI, the 19 pillars and the rest, and the surveyed vacancies that they answer."""

from datetime import date

from dashboards.warehouse import Warehouse


def industries(warehouse: Warehouse, year: int, city: str) -> list:
    """One row an industry, and the sums ALL and IN_PLAN, which have no name: sessions beside the year before's."""
    return warehouse.rows(
        """
        select
          scope.industry_code, scope.counted_sessions, scope.is_suppressed, scope.counted_share,
          scope.before_until_day, scope.sessions_before, scope.is_before_suppressed, scope.sessions_change,
          industry.name_zh, industry.name_en, industry.list_status
        from marts.industry_scope as scope
        left join marts.dim_industry as industry on industry.industry_code = scope.industry_code
        where scope.plan_year = ? and scope.city_code = ?
        order by scope.counted_sessions desc nulls last, industry.sort_order
        """,
        [year, city],
    )


def cells(warehouse: Warehouse, year: int) -> list:
    """One row a city and industry; null where it is suppressed."""
    return warehouse.rows(
        """
        select
          scope.city_code, scope.industry_code, scope.counted_sessions, scope.is_suppressed,
          city.name_zh as city_zh, city.name_en as city_en,
          industry.name_zh as industry_zh, industry.name_en as industry_en
        from marts.industry_scope as scope
        inner join marts.dim_city as city on city.city_code = scope.city_code
        inner join marts.dim_industry as industry on industry.industry_code = scope.industry_code
        where scope.plan_year = ?
        order by industry.sort_order, city.sort_order
        """,
        [year],
    )


def halves(warehouse: Warehouse, year: int) -> list:
    """The half-years surveyed up to that year: the latest whose twelve months are over first, then what is open."""
    return warehouse.rows(
        """
        select surveyed_half, is_window_over
        from marts.demand_scope
        where city_code = 'ALL' and industry_code = 'ALL' and year(surveyed_half) <= ?
        order by is_window_over desc, surveyed_half desc
        limit 4
        """,
        [year],
    )


def demand(warehouse: Warehouse, half: date, city: str) -> list:
    """One row an industry and the sum ALL, the largest gap first."""
    return warehouse.rows(
        """
        select
          demand.industry_code, demand.is_window_over, demand.shortages, demand.vacancies, demand.hard_to_fill,
          demand.training_intent, demand.completed_sessions, demand.certified_sessions, demand.gap,
          demand.over_supply, demand.filled_share, demand.intent_coverage, industry.name_zh, industry.name_en
        from marts.demand_scope as demand
        left join marts.dim_industry as industry on industry.industry_code = demand.industry_code
        where demand.surveyed_half = ? and demand.city_code = ?
        order by demand.gap desc, industry.sort_order
        """,
        [half, city],
    )


def occupations(warehouse: Warehouse, half: date, city: str, industry: str) -> list:
    """One row an occupation of the industry, the largest gap first; null where it is suppressed."""
    return warehouse.rows(
        """
        select demand.*, coalesce(occupation.name_zh, demand.occupation_name) as name_zh,
          coalesce(occupation.name_en, demand.occupation_name) as name_en
        from marts.demand_occupation as demand
        left join marts.dim_occupation as occupation on occupation.occupation_code = demand.occupation_code
        where demand.surveyed_half = ? and demand.city_code = ? and demand.industry_code = ?
        order by demand.gap desc nulls last, demand.vacancies desc
        """,
        [half, city, industry],
    )


def has_landed(warehouse: Warehouse, extract: str) -> bool:
    """Whether the extract has ever landed: what needs it can't be assessed before."""
    found = warehouse.rows("select has_landed from marts.extract_state where extract = ? and has_landed", [extract])
    return bool(found)
