"""What the Priority groups page reads: the province, its cities and its industries in one plan year, or the three."""

from dashboards.warehouse import Warehouse


def scopes(warehouse: Warehouse, year: int) -> list:
    """The province, then its cities, then its industries: the share by both bases, its standing, the year before."""
    return warehouse.rows(
        """
        select
          scope.*,
          coalesce(city.name_zh, industry.name_zh) as name_zh,
          coalesce(city.name_en, industry.name_en) as name_en,
          coalesce(city.is_city, false) as is_city
        from marts.priority_scope as scope
        left join marts.dim_city as city on city.city_code = scope.city_code
        left join marts.dim_industry as industry on industry.industry_code = scope.industry_code
        where scope.plan_year = ?
        order by city.sort_order nulls first, industry.sort_order nulls first
        """,
        [year],
    )


def parts(warehouse: Warehouse, year: int, city: str) -> list:
    """One row a group of trainees: its part of the counted sessions, the year before beside it."""
    return warehouse.rows(
        """
        select part.*, trainee_group.name_zh, trainee_group.name_en
        from marts.priority_part as part
        inner join marts.dim_trainee_group as trainee_group
          on trainee_group.trainee_group_code = part.trainee_group
        where part.plan_year = ? and part.city_code = ?
        order by part.is_priority desc, part.part desc nulls last, trainee_group.sort_order
        """,
        [year, city],
    )


def months(warehouse: Warehouse, year: int, city: str) -> list:
    """One row a month with counted sessions: the share in it and since January; of every plan year when `year` is 0."""
    return warehouse.rows(
        """
        select
          plan_year, end_month, counted_sessions, priority_sessions,
          priority_share, priority_share_low, priority_share_high, counted_to_date, priority_to_date,
          priority_share_to_date, priority_share_to_date_low, priority_share_to_date_high
        from marts.priority_month
        where city_code = ? and (plan_year = ? or ? = 0)
        order by end_month
        """,
        [city, year, year],
    )


def changes(warehouse: Warehouse, year: int, dimension: str) -> list:
    """One row a city or industry, what raised the province's share most first."""
    return warehouse.rows(
        """
        select
          change.*,
          coalesce(city.name_zh, industry.name_zh) as name_zh,
          coalesce(city.name_en, industry.name_en) as name_en
        from marts.priority_change as change
        left join marts.dim_city as city on city.city_code = change.code
        left join marts.dim_industry as industry on industry.industry_code = change.code
        where change.plan_year = ? and change.dimension = ?
        order by change.share_change desc
        """,
        [year, dimension],
    )


def bridge(warehouse: Warehouse, year: int, city: str) -> list:
    """The steps from the share by persons to that by sessions."""
    return warehouse.rows(
        """
        select step, priority_count, total_count, share, share_change
        from marts.priority_bridge
        where plan_year = ? and city_code = ?
        order by step_order
        """,
        [year, city],
    )


def has_landed(warehouse: Warehouse) -> bool:
    """Whether enrolments have ever landed: before that nothing can be said."""
    found = warehouse.rows("select has_landed from marts.extract_state where extract = 'enrollment' and has_landed")
    return bool(found)
