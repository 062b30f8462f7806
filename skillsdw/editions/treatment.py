"""What an edition shows of every mart: whole, a city's own rows, or others' with their small cells hidden.

A mart that has no entry is no part of an edition: `write` refuses, so that a new one is thought about first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

OWN = "t.city_code in (select city_code from own_city)"
OWN_OR_ALL = f"({OWN} or t.city_code = 'ALL')"


@dataclass(frozen=True)
class Rows:
    """The rows of the mart `t` that the condition keeps; `replace` holds columns that an edition shows otherwise."""

    where: str = "true"
    replace: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Covered:
    """A mart that tells of all cities.

    `year`, `city`, `dimension`, `member` say which cell a row of `t` tells of, `detail` by how many dimensions it is
    cut: others' rows and the province's with two or more are left out, because their cells are small.

    Where a family's cell hides, a row is left out (`drops`; `drops_by_total` goes by the city's total, whatever the row
    is cut by), or the family's `columns` are null; `flags` are the columns that say so. A mart without such a column
    drops: a null would look like 未评估. `never` columns are null in others' cut rows, `never_flag` says so.
    """

    drops: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    drops_by_total: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
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


def _several_others(table: str, key: tuple[str, ...], count: str) -> str:
    """Own rows, and the province's unless just one other city is in it: taking the own ones away would leave its."""
    same = " and ".join(f"o.{column} = t.{column}" for column in key)
    return f"""
    {OWN}
    or (
      t.city_code = 'ALL'
      {"and t.plan_year in (select plan_year from shown_year)" if "plan_year" in key else ""}
      and (
        select count(distinct o.city_code)
        from marts.{table} as o
        where {same or "true"} and o.{count} > 0 and o.city_code in (select city_code from other_city)
      ) <> 1
    )
    """


# An industry of a half-year that one other city alone trained in gives that city away; and one industry that is missing
# is what the others leave of the sum.
_DEMAND = f"""
    {OWN}
    or (t.city_code = 'ALL' and t.industry_code = 'ALL')
    or (
      t.city_code = 'ALL'
      and t.surveyed_half not in (
        select o.surveyed_half
        from marts.demand_scope as o
        where
          o.completed_sessions > 0
          and o.industry_code <> 'ALL'
          and o.city_code in (select city_code from other_city)
        group by o.surveyed_half, o.industry_code
        having count(distinct o.city_code) = 1
      )
    )
"""
_FAMILY_OF_MEASURE = """
    case t.measure
      when 'certification_rate' then 'certified'
      when 'violation_rate' then 'violating'
      when 'priority_share_persons' then 'priority'
      else 'employed'
    end
"""
_COUNTED = "'counted'"
_HIDES_COUNTED = _hides(_COUNTED, "h.plan_year")
_SHOWN_OF_MEASURE = f"{OWN} or not ({_hides(_FAMILY_OF_MEASURE)})"
_OF_INSTITUTION = Rows("t.institution_code in (select institution_code from own_institution)")
_OF_SESSION = Rows("t.enrollment_id in (select enrollment_id from own_session)")
_WHOLE, _OWN, _OWN_OR_ALL = Rows(), Rows(OWN), Rows(OWN_OR_ALL)

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
            *("attention_item", "extract_state", "funnel_limit", "institution_funnel_limit", "progress_month"),
            *("projection_accuracy", "projection_backtest", "published_version", "session_funnel"),
            *("subsidy_liability", "target_progress", "version_change"),
        ),
        _WHOLE,
    ),
    "gate_result": Rows(replace={"observed": "cast(null as varchar)"}),  # names files and batches of all cities
    "funnel_loss": Rows(
        """
        not exists (
          select 1
          from hidden_cell as h
          where h.family = 'rule' and h.plan_year = t.plan_year and h.city_code = 'ALL' and h.member = t.cause
        )
        """
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
            and p.city_code in (select city_code from own_city)
        )
        """
    ),
    # Own rows and the province's.
    "refused_reason": _OWN_OR_ALL,
    "institution_concentration": _OWN_OR_ALL,
    "occupation_scope": _OWN,  # the province's less the own would be another city's where there are two
    "landing_scope": Rows(
        f"""
        {OWN}
        or (
          t.city_code = 'ALL'
          and not exists (
            select 1
            from hidden_cell as h
            where h.family = 'landed' and h.city_code = 'ALL' and t.extract in (h.member, 'ALL')
          )
        )
        """
    ),
    "demand_scope": Rows(_DEMAND),
    "demand_occupation": Rows(_DEMAND),
    "outcome_cohort": Rows(
        _several_others("outcome_cohort", ("plan_year", "end_month", "months_since"), "counted_sessions")
    ),
    "priority_bridge": Rows(_several_others("priority_bridge", ("plan_year",), "total_count")),
    "entitlement_scope": Rows(_several_others("entitlement_scope", ("plan_year",), "sessions")),
    "fund_flow_scope": Rows(_several_others("fund_flow_scope", (), "payments")),
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
    "city_pace": Covered(drops=("counted",)),
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
        columns=dict.fromkeys(("counted", "priority", "persons"), _PART),
        flags={"is_suppressed": ("counted", "priority", "persons")},
        never=("part_before", *_interval("part_change"), "change_standing"),
        dimension="'group'",
        member="t.trainee_group",
    ),
    "priority_change": Covered(drops=("counted", "priority", "before"), **_BY_CODE),
    "priority_contribution": Covered(drops=("counted", "priority", "before"), **_BY_CODE),
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
