"""What only the circular reads: rows of marts that stand ready. What a page reads too is in `dashboards/queries`.

`city` is a city's code, or ALL for the province.
"""

from datetime import date

from bulletin.version import Published

ALL = "ALL"


def shares(published: Published) -> list:
    """One row a plan year, 0 for the three: the province's priority share with its interval."""
    return published.rows(
        """
        select plan_year, priority_share_persons, priority_share_persons_low, priority_share_persons_high,
          priority_standing
        from marts.target_progress
        """
    )


def months(published: Published, city: str) -> list:
    """One row a plan year's month with counted sessions: those of the month, and since 1 January."""
    return published.rows(
        """
        select plan_year, end_month, counted_sessions, counted_to_date
        from marts.priority_month
        where city_code = ?
        order by end_month
        """,
        [city],
    )


def groups(published: Published, year: int, city: str) -> list:
    """One row a group of trainees: counted persons and sessions."""
    return published.rows(
        """
        select head.trainee_group as code, head.persons, head.counted_sessions, grp.is_priority,
          grp.name_zh, grp.name_en
        from marts.headcount as head
        inner join marts.dim_trainee_group as grp on grp.trainee_group_code = head.trainee_group
        where head.plan_year = ? and head.city_code = ? and head.industry_code = 'ALL'
        order by grp.sort_order
        """,
        [year, city],
    )


def industries(published: Published, year: int, city: str) -> list:
    """One row an industry, with nulls for one where nothing was counted: counts, priority share, outcomes."""
    return published.rows(
        """
        select industry.industry_code as code, industry.name_zh, industry.name_en, industry.list_status,
          industry.is_in_plan, head.persons, head.counted_sessions, head.priority_share_persons,
          head.priority_share_persons_low, head.priority_share_persons_high, outcome.due_sessions,
          outcome.certification_rate, outcome.certification_rate_low, outcome.certification_rate_high,
          outcome.employment_rate, outcome.employment_rate_low, outcome.employment_rate_high
        from marts.dim_industry as industry
        left join marts.headcount as head
          on head.industry_code = industry.industry_code
          and head.plan_year = ? and head.city_code = ? and head.trainee_group = 'ALL'
        left join marts.outcome_scope as outcome
          on outcome.industry_code = industry.industry_code
          and outcome.plan_year = head.plan_year and outcome.city_code = head.city_code
          and outcome.trainee_group = 'ALL' and outcome.training_type = 'ALL'
        order by head.counted_sessions desc nulls last, industry.sort_order
        """,
        [year, city],
    )


def outcomes(published: Published, year: int, city: str) -> list:
    """One row a type of training, and first the one of all types (its code ALL, its names null)."""
    return published.rows(
        """
        select outcome.training_type as code, type.name_zh, type.name_en, outcome.counted_sessions,
          outcome.certified_sessions, outcome.due_sessions, outcome.employed_sessions, outcome.observation_complete,
          outcome.certification_rate, outcome.certification_rate_low, outcome.certification_rate_high,
          outcome.employment_rate, outcome.employment_rate_low, outcome.employment_rate_high
        from marts.outcome_scope as outcome
        left join marts.dim_training_type as type on type.training_type_code = outcome.training_type
        where outcome.plan_year = ? and outcome.city_code = ?
          and outcome.industry_code = 'ALL' and outcome.trainee_group = 'ALL'
        order by outcome.training_type <> 'ALL', type.sort_order
        """,
        [year, city],
    )


def demand(published: Published, city: str) -> list:
    """One row a half-year and industry (ALL for all) of the surveyed shortage, the newest half first."""
    return published.rows(
        """
        select demand.surveyed_half, demand.industry_code as code, demand.is_window_over, demand.vacancies,
          demand.gap, demand.filled_share, industry.name_zh, industry.name_en
        from marts.demand_scope as demand
        left join marts.dim_industry as industry on industry.industry_code = demand.industry_code
        where demand.city_code = ?
        order by demand.surveyed_half desc, demand.gap desc
        """,
        [city],
    )


def rules(published: Published, year: int, city: str) -> list:
    """One row a rule: records that break it and their share, null where it is not assessed; all years' for a rule
    whose records have none."""
    return published.rows(
        """
        select rule.rule_code, rule.name_zh, rule.name_en, rule.clause, rule.severity, rule.extract, rule.has_year,
          scope.missing_extract, scope.records, scope.assessed_sessions, scope.violation_rate, scope.violation_rate_low,
          scope.violation_rate_high
        from marts.dim_rule as rule
        left join marts.rule_scope as scope
          on scope.rule_code = rule.rule_code
          and scope.plan_year = case when rule.has_year then ? else 0 end
          and scope.city_code = ?
        order by rule.sort_order
        """,
        [year, city],
    )


def entitlement(published: Published, year: int, city: str) -> list:
    """One row a subsidy component over all types of training: due, paid, owed, overpaid; training first."""
    return published.rows(
        """
        select component, sessions, assessed_sessions, entitled_yuan, paid_yuan, paid_not_assessed_yuan, owed_yuan,
          overpaid_yuan
        from marts.entitlement_scope
        where plan_year = ? and city_code = ? and training_type = 'ALL'
        order by component desc
        """,
        [year, city],
    )


def extracts(published: Published) -> list:
    """One row an extract: whether it has landed, rows landed and rejected."""
    return published.rows(
        """
        select extract, name_zh, name_en, has_landed, rows_landed, rows_rejected, latest_business_date
        from marts.extract_state
        """
    )


def freshness(published: Published) -> list:
    """One row a (city, extract): the newest day that its records tell of, and how old that is."""
    return published.rows(
        """
        select fresh.city_code, fresh.extract, fresh.newest_on, fresh.days_behind, fresh.late_after_days,
          fresh.freshness, city.name_zh, city.name_en
        from marts.city_freshness as fresh
        inner join marts.dim_city as city on city.city_code = fresh.city_code
        order by city.sort_order
        """
    )


def landed(published: Published) -> list:
    """One row a (city or ALL, extract or ALL): rows read, and what of them is still to correct."""
    return published.rows(
        """
        select scope.city_code, scope.extract, scope.files, scope.open_files, scope.rows_read, scope.rows_landed,
          scope.open_rows, scope.open_share, city.name_zh, city.name_en
        from marts.landing_scope as scope
        left join marts.dim_city as city on city.city_code = scope.city_code
        order by city.sort_order
        """
    )


def refused_reasons(published: Published, city: str, most: int) -> list:
    """The reasons for which most rows are to correct."""
    return published.rows(
        """
        select reason_code, message_zh, message_en, open_rows
        from marts.refused_reason
        where city_code = ? and open_rows > 0
        order by open_rows desc, reason_code
        limit ?
        """,
        [city, most],
    )


def refused_files(published: Published, city: str, since: date) -> list:
    """The files refused as a whole since a day and not corrected, the newest first; of one city, or of any."""
    return published.rows(
        """
        select file.extract, file.file_name, file.landed_at, city.name_zh, city.name_en
        from marts.landing_file as file
        left join marts.dim_city as city on city.city_code = file.city_code
        where file.is_open and ? in (file.city_code, 'ALL') and file.landed_at >= ?
        order by file.landed_at desc, file.batch_id
        """,
        [city, since],
    )
