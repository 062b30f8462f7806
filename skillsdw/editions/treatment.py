"""What an edition shows of every mart: whole, a city's own rows, or others' with their small cells hidden.

A mart that has no entry is no part of an edition: `write` refuses, so that a new one is thought about first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

OWN = "t.city_code in (select city_code from own_city)"
# Conditions on the cell that a row of a `Covered` mart tells of.
OTHERS_CUT = "cell_city in (select city_code from other_city) and cell_dimension <> 'total'"
NOT_OWN_CUT = "cell_city not in (select city_code from own_city) and cell_dimension <> 'total'"


@dataclass(frozen=True)
class Rows:
    """The rows of the mart `t` that the condition keeps; `replace` holds columns that an edition shows otherwise."""

    where: str = "true"
    replace: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Covered:
    """A mart that tells of all cities.

    `year`, `city`, `dimension`, `member` say which cell a row of `t` tells of, `detail` by how many dimensions beside
    the city a table of crosses cuts it: others' rows and the province's with two or more are left out, because their
    cells are small.

    Where a family's cell hides, a row is left out (`drops`; `drops_by_total` goes by the city's total, whatever the row
    is cut by), or the family's `columns` are null; `flags` are the columns that say so. A mart without such a column
    drops: a null would look like 未评估. `never` columns are null in the rows that `never_where` names (by default
    other cities' rows that are cut by anything), whatever their cells are; `never_flag` says so.
    """

    drops: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    drops_by_total: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    never_where: str = OTHERS_CUT
    never_flag: str | None = None
    year: str = "t.plan_year"
    city: str = "t.city_code"
    dimension: str = "'total'"
    member: str = "'ALL'"
    detail: str = "0"


def _interval(*rates: str) -> tuple[str, ...]:
    return tuple(f"{rate}{end}" for rate in rates for end in ("", "_low", "_high"))


def _ranked(rate: str) -> tuple[str, ...]:
    return (*_interval(rate), *(f"{rate}_rank{end}" for end in ("", "_low", "_high")))


def _hides(family: str, year: str = "t.plan_year", city: str = "t.city_code") -> str:
    """Whether a city's total of the family hides in the year."""
    return f"""
    exists (
      select 1
      from hidden_cell as h
      where h.family = {family} and h.plan_year = {year} and h.city_code = {city} and h.dimension = 'total'
    )
    """


def _hides_rule(rule: str) -> str:
    """Whether the province's count of a rule hides in the year."""
    return f"""
    exists (
      select 1
      from hidden_cell as h
      where h.family = 'rule' and h.plan_year = t.plan_year and h.city_code = 'ALL' and h.member = {rule}
    )
    """


def _hides_month(family: str) -> str:
    """Whether the province's months of the family hide in the year."""
    return f"""
    exists (
      select 1
      from hidden_cell as h
      where h.family = {family} and h.plan_year = t.plan_year and h.city_code = 'ALL' and h.dimension = 'month'
    )
    """


def _several_others(table: str, has: str, fixed: tuple[str, ...] = (), parts: Mapping[str, str] | None = None) -> str:
    """Whether a row `t` is the province's, and of a cell that not just one other city has anything in.

    A cell is named by the columns `fixed` and `parts`; `has` says whether a city's row `o` has something in its cell.
    Cells add up along `parts` (column → its value for the whole), and one that is missing is what the others leave of
    their sum: the cells that are cut by the same parts are shown together or not at all.
    """
    parts = parts or {}
    cell = ", ".join(f"o.{column}" for column in (*fixed, *parts))
    same = [f"lone.{column} is not distinct from t.{column}" for column in fixed]
    same += [f"(lone.{column} = {whole}) = (t.{column} = {whole})" for column, whole in parts.items()]
    return f"""
    t.city_code = 'ALL'
    and not exists (
      select 1
      from (
        select {cell}
        from marts.{table} as o
        where o.city_code in (select city_code from other_city) and {has}
        group by {cell}
        having count(distinct o.city_code) = 1
      ) as lone
      where {" and ".join(same)}
    )
    """


def _of_several(table: str, told_by: Mapping[str, str], cell: Mapping[str, object]) -> dict[str, str]:
    """Columns (→ the condition on `o`) that the province's rows have only where not just one other city has any."""
    return {
        column: f"case when {OWN} or {_several_others(table, has, **cell)} then t.{column} end"
        for column, has in told_by.items()
    }


_SHOWN_YEAR = "t.plan_year in (select plan_year from shown_year)"
_HALF = {"fixed": ("surveyed_half",), "parts": {"industry_code": "'ALL'"}}
_PAID = {"fixed": ("calendar_year",), "parts": {"month_of_year": "0", "funding_source": "'ALL'"}}
_ENTITLED = {"fixed": ("component",), "parts": {"plan_year": "0", "training_type": "'ALL'"}}
_DEMAND = " and ".join(
    _several_others("demand_scope", has, **_HALF) for has in ("o.completed_sessions > 0", "o.certified_sessions > 0")
)
_FAMILY_OF_MEASURE = """
    case t.measure
      when 'certification_rate' then 'certified'
      when 'violation_rate' then 'violating'
      when 'priority_share_persons' then 'priority'
      else 'employed'
    end
"""
_COUNTED = "'counted'"
_PROVINCE = "'ALL'"
_HIDES_COUNTED = _hides(_COUNTED, "h.plan_year")
_A_CITY_HIDES = _hides(_COUNTED, city="h.city_code")
_HIDES_MONTHS_OF_CELL = """
    exists (
      select 1
      from hidden_cell as h
      where
        h.family = 'priority' and h.plan_year = t.cell_year and h.city_code = t.cell_city and h.dimension = 'month'
    )
"""
# An extract of which few rows are others', or all of them together.
_HIDES_LANDED = """
    exists (
      select 1
      from hidden_cell as h
      where h.family = 'landed' and h.city_code = 'ALL' and t.extract in (h.member, 'ALL')
    )
"""
_SHOWN_OF_MEASURE = f"{OWN} or not ({_hides(_FAMILY_OF_MEASURE)})"
_OF_INSTITUTION = Rows("t.institution_code in (select institution_code from own_institution)")
_OF_SESSION = Rows("t.enrollment_id in (select enrollment_id from own_session)")
_WHOLE, _OWN = Rows(), Rows(OWN)

_BY_INDUSTRY_OR_GROUP = {
    "dimension": """
        case when t.industry_code <> 'ALL' then 'industry' when t.trainee_group <> 'ALL' then 'group' else 'total' end
    """,
    "member": "case when t.industry_code <> 'ALL' then t.industry_code else t.trainee_group end",
    "detail": "(t.industry_code <> 'ALL')::integer + (t.trainee_group <> 'ALL')::integer",
}


def _scope(industry: str, group: str, training_type: str) -> dict[str, str]:
    return {
        "dimension": f"""
            case
              when {industry} <> 'ALL' then 'industry' when {group} <> 'ALL' then 'group'
              when {training_type} <> 'ALL' then 'type' else 'total'
            end
        """,
        "member": f"""
            case
              when {industry} <> 'ALL' then {industry} when {group} <> 'ALL' then {group} else {training_type}
            end
        """,
        "detail": f"""
            ({industry} <> 'ALL')::integer + ({group} <> 'ALL')::integer + ({training_type} <> 'ALL')::integer
        """,
    }


def _part(column: str, dimension: str) -> str:
    return f"(case when t.dimension = '{dimension}' then t.member_code else t.{column} end)"


_BY_CODE = {
    "city": "case when t.dimension = 'city' then t.code else 'ALL' end",
    "dimension": "case t.dimension when 'city' then 'total' when 'trainee_group' then 'group' else t.dimension end",
    "member": "case when t.dimension = 'city' then 'ALL' else t.code end",
}
_BY_MONTH = {"dimension": "'month'", "member": "cast(t.end_month as varchar)"}
_CERTIFIED = ("counted_sessions", "certified_sessions", *_interval("certification_rate"), "certification_rate_standing")
_EMPLOYED = (
    *("due_sessions", "employed_sessions", *_interval("employment_rate")),
    *("employment_rate_standing", "observation_complete"),
)
_PART = ("persons", "counted_sessions", *_interval("part"))
_PART_BEFORE = ("part_before", *_interval("part_change"), "change_standing")
_COURSE = (
    *("counted_sessions", "cumulative_sessions", "delay_sessions", "projected_sessions"),
    *_interval("cumulative_projection"),
)
_OUTCOMES = ("counted", "certified", "employed")
_DISTANCES = ("distance", "population_distance", "intensity_distance", "industry_distance", "group_distance")

TREATMENTS: Mapping[str, Rows | Covered] = {
    # Names and codes: what stands in the lists of the plan and of the institutions' register.
    **dict.fromkeys(
        (
            *("dim_city", "dim_county", "dim_date", "dim_funding_source", "dim_industry", "dim_institution"),
            *("dim_occupation", "dim_programme", "dim_rule", "dim_trainee_group", "dim_training_type"),
        ),
        _WHOLE,
    ),
    # The province as one.
    **dict.fromkeys(
        (
            *("funnel_limit", "institution_funnel_limit", "projection_accuracy", "projection_backtest"),
            *("published_version", "subsidy_liability", "target_progress", "version_change"),
        ),
        _WHOLE,
    ),
    "gate_result": Rows(replace={"observed": "cast(null as varchar)"}),  # names files and batches of all cities
    # The province as one, less what would give a hidden cell of it back.
    "attention_item": Rows(
        f"""
        not (t.kind = 'city_behind_pace' and {_hides(_COUNTED, "t.plan_year", "t.subject_code")})
        and not (t.kind = 'priority_below_target' and {_hides("'priority'", "t.plan_year", "t.subject_code")})
        and not (t.kind = 'rule_loss' and {_hides_rule("t.subject_code")})
        """
    ),
    "extract_state": Rows(
        replace={
            column: f"case when not ({_HIDES_LANDED}) then t.{column} end"
            for column in ("rows_landed", "rows_rejected")
        }
    ),
    "funnel_loss": Rows(
        f"""
        not (t.step = 'eligible' and {_hides_rule("t.cause")})
        and not (t.step = 'certified' and {_hides("'certified'", city="'ALL'")})
        and not (t.step = 'employed' and {_hides("'employed'", city="'ALL'")})
        """
    ),
    "progress_month": Covered(
        columns={"counted": _COURSE},
        city="'ALL'",
        **_BY_MONTH,
    ),
    # Each step less the next is a count, too: the steps of a year are shown together.
    "session_funnel": Rows(
        " and ".join(
            f"not ({_hides(family, city=_PROVINCE)})" for family in ("'violating'", "'certified'", "'employed'")
        )
    ),
    # A city's own rows.
    **dict.fromkeys(
        (
            *("audit_payment_after_void", "fct_demand_gap", "fct_employment", "fct_progress", "fct_rule_violation"),
            *("fct_subsidy", "fct_training_session", "fund_flow", "landing_file", "refused_cause", "refused_row"),
            "subsidy_entitlement",
        ),
        _OWN,
    ),
    "audit_certificate_conflict": _OF_SESSION,
    "fct_certification": _OF_SESSION,
    "institution_funnel": _OF_INSTITUTION,
    "institution_growth": _OF_INSTITUTION,
    "institution_rule": _OF_INSTITUTION,
    "institution_scorecard": Rows(
        _OF_INSTITUTION.where,
        {
            column: f"case when t.main_city_code in (select city_code from own_city) then t.{column} end"
            for column in ("main_city_code", "share_of_city")
        },
    ),
    # A park is one city's, and its list does not say which.
    "park_budget": Rows(
        """
        t.payments = (
          select count(*)
          from marts.fct_subsidy as p
          where
            p.park_code = t.park_code
            and year(p.paid_on) = t.calendar_year
            and p.funding_source = 'employment_subsidy'
            and p.amount_yuan > 0
            and p.city_code in (select city_code from own_city)
        )
        """
    ),
    # Own rows and the province's.
    "refused_reason": Rows(
        f"{OWN} or {_several_others('refused_reason', 'o.refused_rows > 0', parts={'reason_code': _PROVINCE})}"
    ),
    "institution_concentration": Rows(
        f"""
        {OWN}
        or ({_SHOWN_YEAR} and {_several_others("institution_concentration", "o.counted_sessions > 0", ("plan_year",))})
        """
    ),
    "occupation_scope": _OWN,  # the province's less the own would be another city's where there are two
    "landing_scope": Rows(
        f"""
        {OWN}
        or (
          not ({_HIDES_LANDED})
          and {_several_others("landing_scope", "o.rows_read > 0", parts={"extract": _PROVINCE})}
        )
        """,
        _of_several(
            "landing_scope",
            dict.fromkeys(
                (
                    *("rows_rejected", "rejected_share", "rows_landed", "open_rows", "open_share", "corrected_rows"),
                    *("held_rows", "open_files", "corrected_files", "held_files"),
                ),
                "o.rows_rejected > 0",
            ),
            {"parts": {"extract": _PROVINCE}},
        ),
    ),
    "demand_scope": Rows(f"{OWN} or ({_DEMAND})"),
    # The occupations of an industry add up to it. What hides in the mart is of somebody.
    "demand_occupation": Rows(
        f"""
        {OWN}
        or (
          {_DEMAND}
          and {
            _several_others(
                "demand_occupation",
                "coalesce(o.certified_sessions, 1) > 0",
                ("surveyed_half", "industry_code"),
                {"occupation_code": _PROVINCE},
            )
        }
        )
        """
    ),
    "outcome_cohort": Rows(
        f"""
        {OWN}
        or (
          {_SHOWN_YEAR}
          and not ({_hides_month("'counted'")})
          and not ({_hides_month("'certified'")})
          and {
            " and ".join(
                _several_others("outcome_cohort", f"o.{count} > 0", ("plan_year", "end_month", "months_since"))
                for count in ("counted_sessions", "certified_sessions")
            )
        }
        )
        """
    ),
    "priority_bridge": Rows(
        f"{OWN} or ({_SHOWN_YEAR} and {_several_others('priority_bridge', 'o.total_count > 0', ('plan_year', 'step'))})"
    ),
    "entitlement_scope": Rows(
        f"{OWN} or ({_SHOWN_YEAR} and {_several_others('entitlement_scope', 'o.sessions > 0', **_ENTITLED)})",
        _of_several(
            "entitlement_scope",
            {
                "assessed_sessions": "o.assessed_sessions > 0",
                "entitled_yuan": "o.assessed_sessions > 0",
                **{
                    column: f"o.{column} > 0"
                    for column in ("paid_yuan", "paid_not_assessed_yuan", "owed_yuan", "overpaid_yuan")
                },
            },
            _ENTITLED,
        ),
    ),
    "fund_flow_scope": Rows(
        f"{OWN} or {_several_others('fund_flow_scope', 'o.payments > 0', **_PAID)}",
        _of_several(
            "fund_flow_scope", dict.fromkeys(("irregular_yuan", "irregular_share"), "o.irregular_yuan > 0"), _PAID
        ),
    ),
    # All cities, small cells hidden.
    "city_scorecard": Covered(
        columns={
            "counted": ("counted_sessions", "attainment", "attainment_rank", "sessions_per_10k", "persons"),
            "priority": (
                *("priority_persons", *_ranked("priority_share_persons"), "priority_share_sessions"),
                *("priority_standing", "sessions_to_70", "persons_to_70"),
            ),
            "certified": _ranked("certification_rate"),
            "employed": (*_ranked("employment_rate"), *_ranked("observation_complete")),
            "violating": _ranked("violation_rate"),
        }
    ),
    # A share of all that is lacking, and what is lacking down to a rank, tell of the cities that are missing.
    "city_pace": Covered(drops=("counted",), never=("gap_share", "gap_share_so_far"), never_where=_A_CITY_HIDES),
    "city_peer": Rows(
        f"not ({_HIDES_COUNTED}) and not ({_hides(_COUNTED, 'h.plan_year', 't.peer_code')})",
        {column: f"round(t.{column}, 2)" for column in _DISTANCES},
    ),
    "city_funnel": Rows(_SHOWN_OF_MEASURE),
    "city_standardised": Rows(
        _SHOWN_OF_MEASURE,
        {
            column: f"case when {OWN} then t.{column} else round(t.{column}, {digits}) end"
            for column, digits in (
                ("expected_sessions", 0),
                *((name, 3) for name in _interval("observed_expected")),
                *((name, 3) for name in ("comparable_share", "expected_rate")),
                *((name, 3) for name in ("difference_of_mix", "difference_beyond_mix")),
            )
        },
    ),
    "city_freshness": Covered(
        columns={"landed": ("rows_landed",)}, year="0", dimension="'extract'", member="t.extract"
    ),
    "uncounted_scope": Covered(drops=("counted", "violating")),
    "rule_scope": Covered(
        columns={"rule": ("records", "assessed_payments", *_interval("violation_rate"))},
        flags={"is_suppressed": ("rule",)},
        drops_by_total=("violating",),  # every row has how many sessions were assessed
        never=("not_assessed_sessions",),  # mostly few, and no finding about anybody else's sessions
        never_where=NOT_OWN_CUT,
        dimension="'rule'",
        member="t.rule_code",
    ),
    "city_rule_loss": Covered(
        columns={"rule": ("lost_sessions",)},
        flags={"is_suppressed": ("rule",)},
        dimension="'rule'",
        member="t.rule_code",
    ),
    "headcount": Covered(drops=("counted", "priority", "persons"), **_BY_INDUSTRY_OR_GROUP),
    "outcome_scope": Covered(drops=_OUTCOMES, **_scope("t.industry_code", "t.trainee_group", "t.training_type")),
    "outcome_part": Covered(
        columns={"counted": _CERTIFIED + _EMPLOYED, "certified": _CERTIFIED, "employed": _EMPLOYED},
        flags={
            "is_suppressed": ("counted", "certified"),
            "is_employment_suppressed": ("counted", "employed"),
        },
        city=_part("city_code", "city"),
        **_scope(_part("industry_code", "industry"), _part("trainee_group", "group"), _part("training_type", "type")),
    ),
    "outcome_month": Covered(drops=_OUTCOMES, **_BY_MONTH),
    "priority_month": Covered(drops=("counted", "priority"), **_BY_MONTH),
    "priority_scope": Covered(
        drops=("counted", "priority", "persons"),
        columns={
            "before": (
                *("sessions_before", "priority_before", "share_before"),
                *(*_interval("share_change"), "change_standing"),
            )
        },
        dimension="case when t.industry_code <> 'ALL' then 'industry' else 'total' end",
        member="t.industry_code",
    ),
    "priority_part": Covered(
        # The part is the one before and its change: they hide with it.
        columns={**dict.fromkeys(("counted", "priority", "persons"), _PART + _PART_BEFORE), "before": _PART_BEFORE},
        flags={"is_suppressed": ("counted", "priority", "persons")},
        never=_PART_BEFORE,
        dimension="'group'",
        member="t.trainee_group",
    ),
    "priority_change": Covered(drops=("counted", "priority", "before"), **_BY_CODE),
    # What stood at the end of last month leaves the month that runs: a cell of the months, and of no group.
    "priority_contribution": Covered(
        drops=("counted", "priority"),
        never=("share_points_before", "share_points_change"),
        never_where=f"({NOT_OWN_CUT}) or ({_HIDES_MONTHS_OF_CELL})",
        **_BY_CODE,
    ),
    "industry_scope": Covered(
        columns={
            "counted": ("counted_sessions", "counted_share", "sessions_change"),
            "before": ("sessions_before", "sessions_change"),
        },
        flags={"is_suppressed": ("counted",), "is_before_suppressed": ("before",)},
        never=("sessions_before", "sessions_change"),
        never_flag="is_before_suppressed",
        dimension="case when t.industry_code <> 'ALL' then 'industry' else 'total' end",
        # The plan's industries together are what the one outside it leaves of the total.
        member="case when t.industry_code = 'IN_PLAN' then 'OTHER' else t.industry_code end",
    ),
}
