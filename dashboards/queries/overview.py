"""What the Overview reads: rows of marts that stand ready, one function a picture. Nothing is computed here.

`year` is a plan year, or 0 for the three years together (`common.WHOLE_PLAN`).
"""

from dashboards.warehouse import Warehouse


def progress(warehouse: Warehouse) -> list:
    """One row a plan year in order, the three together last: sessions, persons, shares in [0, 1]."""
    return warehouse.rows(
        """
        select
          plan_year, target_sessions, counted_sessions, enrolled_sessions, completed_sessions,
          persons, priority_persons, priority_sessions, attainment, expected_share_elapsed, profile_basis, pace,
          required_monthly_sessions, delay_basis, delay_sessions, projection, projection_low, projection_high,
          priority_share_persons, priority_standing, priority_share_sessions, priority_target, sessions_to_70
        from marts.target_progress
        order by plan_year = 0, plan_year
        """
    )


def months(warehouse: Warehouse, year: int) -> list:
    """One row a month of the year (of every plan year for 0): sessions in the month and since 1 January."""
    return warehouse.rows(
        """
        select
          plan_year, end_month, counted_sessions, cumulative_sessions, target_cumulative,
          cumulative_projection, cumulative_projection_low, cumulative_projection_high,
          is_complete_month, is_future
        from marts.progress_month
        where ? in (plan_year, 0)
        order by end_month
        """,
        [year],
    )


def funnel(warehouse: Warehouse, year: int) -> list:
    """One row a step, declared first: sessions that reached it and those lost on the way to it."""
    return warehouse.rows(
        """
        select step_order, step, sessions, lost_sessions
        from marts.session_funnel
        where plan_year = ?
        order by step_order
        """,
        [year],
    )


def losses(warehouse: Warehouse, year: int) -> list:
    """One row a (step, cause), the largest cause of a step first; names where a dimension has them."""
    return warehouse.rows(
        """
        select
          loss.step, loss.cause, loss.lost_sessions,
          coalesce(rule.name_zh, fund.name_zh) as name_zh,
          coalesce(rule.name_en, fund.name_en) as name_en
        from marts.funnel_loss as loss
        left join marts.dim_rule as rule on loss.step = 'eligible' and rule.rule_code = loss.cause
        left join marts.dim_funding_source as fund
          on loss.step = 'subsidised' and fund.funding_source_code = loss.cause
        where loss.plan_year = ? and loss.lost_sessions > 0
        order by loss.step, loss.lost_sessions desc, loss.sort_order
        """,
        [year],
    )


def attention(warehouse: Warehouse) -> list:
    """At most three rows, the most pressing first, of the current plan year; subjects with their names."""
    return warehouse.rows(
        """
        select
          item.plan_year, item.item_rank, item.kind, item.subject_type, item.subject_code,
          item.measure, item.reference, item.gap_sessions,
          coalesce(city.name_zh, industry.name_zh, rule.name_zh) as name_zh,
          coalesce(city.name_en, industry.name_en, rule.name_en) as name_en,
          coalesce(industry.list_status, 'official') = 'provisional' as is_provisional,
          item.kind = 'city_behind_pace' and scorecard.target_basis = 'reference' as is_reference
        from marts.attention_item as item
        left join marts.dim_city as city on item.subject_type = 'city' and city.city_code = item.subject_code
        left join marts.dim_industry as industry
          on item.subject_type = 'industry' and industry.industry_code = item.subject_code
        left join marts.dim_rule as rule on item.subject_type = 'rule' and rule.rule_code = item.subject_code
        left join marts.city_scorecard as scorecard
          on item.subject_type = 'city'
          and scorecard.city_code = item.subject_code
          and scorecard.plan_year = item.plan_year
        order by item.item_rank
        """
    )


def accuracy(warehouse: Warehouse) -> list:
    """One row a plan year that is over: how far its projections were off, as shares of what it came to."""
    return warehouse.rows(
        """
        select plan_year, evaluations, mean_absolute_error, mean_absolute_error_straight, covered_evaluations,
          hindsight_evaluations
        from marts.projection_accuracy
        order by plan_year desc
        """
    )


def checks(warehouse: Warehouse) -> list:
    """One row a check of the two gates and of dbt, those that did not pass first."""
    return warehouse.rows(
        """
        select gate, check_name, subject, severity, status, unexpected_count, message_zh, message_en
        from marts.gate_result
        order by status = 'passed', severity, gate, check_name, subject
        """
    )
