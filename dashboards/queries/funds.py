"""What the Funds and compliance page reads: rules broken, what is due and what was paid, parks, months, records."""

from dashboards.warehouse import Warehouse


def uncounted(warehouse: Warehouse, year: int, city: str) -> list:
    """The one row of the subsidised sessions of the scope and those of them that a rule takes out."""
    return warehouse.rows(
        """
        select subsidised_sessions, uncounted_sessions, violation_rate, violation_rate_low, violation_rate_high
        from marts.uncounted_scope
        where plan_year = ? and city_code = ?
        """,
        [year, city],
    )


def rules(warehouse: Warehouse, year: int, city: str) -> list:
    """One row a rule in the scope, in the catalogue's order; null where it is not assessed.

    Rules of records that have no year are read from the totals.
    """
    return warehouse.rows(
        """
        select
          scope.rule_code, scope.severity, scope.extract, scope.records, scope.assessed_sessions, scope.violation_rate,
          scope.violation_rate_low, scope.violation_rate_high, rule.has_year,
          scope.is_suppressed, rule.name_zh, rule.name_en, rule.clause,
          rule.message_zh, rule.message_en
        from marts.rule_scope as scope
        inner join marts.dim_rule as rule on rule.rule_code = scope.rule_code
        where scope.city_code = ?
          and scope.plan_year = case when rule.has_year then ? else 0 end
        order by rule.sort_order
        """,
        [city, year],
    )


def cities(warehouse: Warehouse, year: int) -> list:
    """One row a city and rule of severity ineligible, suppressed where it must be."""
    return warehouse.rows(
        """
        select
          scope.city_code, scope.rule_code, scope.records, scope.assessed_sessions, scope.violation_rate,
          scope.violation_rate_low, scope.violation_rate_high, scope.is_suppressed,
          city.name_zh, city.name_en
        from marts.rule_scope as scope
        inner join marts.dim_city as city on city.city_code = scope.city_code
        where scope.plan_year = ? and scope.severity = 'ineligible'
        order by city.sort_order, scope.rule_code
        """,
        [year],
    )


def uncounted_cities(warehouse: Warehouse, year: int) -> list:
    """One row a city: its share of sessions not counted, against the limits at its size; the highest first."""
    return warehouse.rows(
        """
        select
          scope.city_code, scope.subsidised_sessions, scope.uncounted_sessions, scope.violation_rate,
          scope.violation_rate_low, scope.violation_rate_high, funnel.province_value, funnel.funnel_status, funnel.side,
          city.name_zh, city.name_en
        from marts.uncounted_scope as scope
        inner join marts.dim_city as city on city.city_code = scope.city_code
        left join marts.city_funnel as funnel
          on funnel.plan_year = scope.plan_year and funnel.city_code = scope.city_code
          and funnel.measure = 'violation_rate'
        where scope.plan_year = ?
        order by scope.violation_rate desc, city.sort_order
        """,
        [year],
    )


def institutions(warehouse: Warehouse, year: int, city: str) -> list:
    """One row an institution with subsidised sessions: what is not counted, and money; the worst first."""
    return warehouse.rows(
        """
        select
          card.institution_code, card.subsidised_sessions, card.violating_sessions, card.violation_rate,
          card.violation_rate_low, card.violation_rate_high, card.violation_rate_funnel_status,
          card.violation_rate_side, cast(card.paid_yuan as double) as paid_yuan,
          cast(card.irregular_yuan as double) as irregular_yuan, institution.name_zh, institution.name_en
        from marts.institution_scorecard as card
        inner join marts.dim_institution as institution on institution.institution_code = card.institution_code
        where card.plan_year = ? and card.subsidised_sessions > 0 and ? in ('ALL', card.main_city_code)
        order by
          coalesce(card.violation_rate_funnel_status = 'alarm' and card.violation_rate_side = 'above', false) desc,
          coalesce(card.violation_rate_funnel_status = 'alert' and card.violation_rate_side = 'above', false) desc,
          card.violating_sessions desc nulls last, card.institution_code
        """,
        [year, city],
    )


def institution_rules(warehouse: Warehouse, year: int, city: str, rule: str) -> list:
    """One row an institution that broke the rule, the most often first."""
    return warehouse.rows(
        """
        select
          broken.institution_code, broken.assessed_sessions, broken.sessions, broken.share, institution.name_zh,
          institution.name_en
        from marts.institution_rule as broken
        inner join marts.dim_institution as institution on institution.institution_code = broken.institution_code
        inner join marts.institution_scorecard as card
          on card.plan_year = broken.plan_year and card.institution_code = broken.institution_code
        where broken.plan_year = ? and ? in ('ALL', card.main_city_code) and broken.rule_code = ?
          and broken.sessions > 0
        order by broken.sessions desc, broken.institution_code
        """,
        [year, city, rule],
    )


def entitlements(warehouse: Warehouse, year: int, city: str) -> list:
    """One row a component and training type (ALL first): due, paid, owed, overpaid, and what has no standard."""
    return warehouse.rows(
        """
        select
          scope.component, scope.training_type, scope.sessions, scope.assessed_sessions,
          cast(scope.entitled_yuan as double) as entitled_yuan, cast(scope.paid_yuan as double) as paid_yuan,
          cast(scope.paid_not_assessed_yuan as double) as paid_not_assessed_yuan,
          cast(scope.owed_yuan as double) as owed_yuan, cast(scope.overpaid_yuan as double) as overpaid_yuan,
          kind.name_zh, kind.name_en
        from marts.entitlement_scope as scope
        left join marts.dim_training_type as kind on kind.training_type_code = scope.training_type
        where scope.plan_year = ? and scope.city_code = ?
        order by scope.component desc, scope.training_type <> 'ALL', kind.sort_order
        """,
        [year, city],
    )


def owed(warehouse: Warehouse, year: int, component: str) -> list:
    """One row a city: what is owed of a component and what was paid without being due; the most owed first."""
    return warehouse.rows(
        """
        select
          scope.city_code, scope.assessed_sessions, cast(scope.entitled_yuan as double) as entitled_yuan,
          cast(scope.paid_yuan as double) as paid_yuan, cast(scope.owed_yuan as double) as owed_yuan,
          cast(scope.overpaid_yuan as double) as overpaid_yuan, city.name_zh, city.name_en
        from marts.entitlement_scope as scope
        inner join marts.dim_city as city on city.city_code = scope.city_code
        where scope.plan_year = ? and scope.component = ? and scope.training_type = 'ALL'
          and scope.owed_yuan is not null
        order by scope.owed_yuan desc, city.sort_order
        """,
        [year, component],
    )


def flow(warehouse: Warehouse, year: int, city: str) -> list:
    """One row the calendar year so far and one a month of it, in order; null while no payments have landed."""
    return warehouse.rows(
        """
        select
          month_of_year, paid_month, payments, cast(paid_yuan as double) as paid_yuan,
          cast(irregular_yuan as double) as irregular_yuan, irregular_share
        from marts.fund_flow_scope
        where calendar_year = ? and city_code = ? and funding_source = 'ALL'
        order by month_of_year
        """,
        [year, city],
    )


def funds(warehouse: Warehouse, year: int, city: str) -> list:
    """One row a fund that paid in the calendar year so far, the largest first."""
    return warehouse.rows(
        """
        select
          flow.funding_source, flow.payments, cast(flow.paid_yuan as double) as paid_yuan,
          cast(flow.irregular_yuan as double) as irregular_yuan, flow.irregular_share, fund.name_zh, fund.name_en
        from marts.fund_flow_scope as flow
        inner join marts.dim_funding_source as fund on fund.funding_source_code = flow.funding_source
        where flow.calendar_year = ? and flow.city_code = ? and flow.month_of_year = 0 and flow.payments > 0
        order by flow.paid_yuan desc
        """,
        [year, city],
    )


def parks(warehouse: Warehouse, year: int) -> list:
    """One row a park with a budget or payments in the calendar year, the largest payments first."""
    return warehouse.rows(
        """
        select
          park_code, name_zh, name_en, list_status, calendar_year, cast(budget_yuan as double) as budget_yuan,
          payments, cast(paid_yuan as double) as paid_yuan, used_share
        from marts.park_budget
        where calendar_year = ?
        order by paid_yuan desc nulls last, park_code
        """,
        [year],
    )


def liability(warehouse: Warehouse) -> list:
    """One row a month to come: the post-employment subsidies that may fall due, and what they sum up to by then."""
    return warehouse.rows(
        """
        select
          due_month, open_sessions, cast(low_yuan as double) as low_yuan,
          cast(expected_yuan as double) as expected_yuan, cast(high_yuan as double) as high_yuan,
          cast(low_yuan_so_far as double) as low_yuan_so_far,
          cast(expected_yuan_so_far as double) as expected_yuan_so_far,
          cast(high_yuan_so_far as double) as high_yuan_so_far
        from marts.subsidy_liability
        order by due_month
        """
    )


def records(warehouse: Warehouse, year: int, city: str, rule: str) -> list:
    """Records that break the rule (ALL: any), without anybody's name; so many at most as a page may read."""
    return warehouse.rows(
        """
        select
          broken.record_key, broken.enrollment_id, broken.rule_code, broken.severity, broken.detail, broken.plan_year,
          rule.name_zh, rule.name_en, rule.clause, city.name_zh as city_name_zh, city.name_en as city_name_en
        from marts.fct_rule_violation as broken
        inner join marts.dim_rule as rule on rule.rule_code = broken.rule_code
        left join marts.dim_city as city on city.city_code = broken.city_code
        where ? in ('ALL', broken.city_code) and ? in ('ALL', broken.rule_code)
          and (
            broken.plan_year = ?
            or (broken.plan_year is null and broken.rule_code in ('LONG_OPEN', 'CERT_ORPHAN', 'EMPLOYMENT_ORPHAN'))
          )
        order by rule.sort_order, broken.city_code, broken.record_key
        limit 5000
        """,
        [city, rule, year],
    )


def names(warehouse: Warehouse) -> list:
    """The names of the codes that a record's detail holds."""
    return warehouse.rows(
        """
        select funding_source_code as code, name_zh, name_en from marts.dim_funding_source
        union all
        select training_type_code as code, name_zh, name_en from marts.dim_training_type
        """
    )
