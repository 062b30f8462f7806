"""What an edition has of every mart: the open figures, a city's own rows, or both.

A mart that has no entry is no part of an edition: `write` refuses, so that a new one is thought about first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

OWN = "t.city_code in (select city_code from own_city)"


@dataclass(frozen=True)
class Whole:
    """Names and codes: the version's rows as they are."""


@dataclass(frozen=True)
class Open:
    """The open figures alone: what compares cities, and what is told of the province as one. A city stands among them
    as others see it."""


@dataclass(frozen=True)
class Own:
    """The version's rows that are the reader's own; `replace` holds columns that an edition shows otherwise."""

    where: str = OWN
    replace: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnAndOpen:
    """The reader's own rows exactly, all others as open figures."""


@dataclass(frozen=True)
class Standardised:
    """The reader's own rows, held against the province's treated sessions of like mix."""


def _digits(digits: int, *columns: str) -> Mapping[str, str]:
    """Worked out from all institutions' true counts together: told to so few digits that they leave these counts many
    values, and of a small province not at all."""
    is_large = f"(select count(*) from version.marts.fct_training_session where is_counted) >= {_LARGE}"
    return {column: f"case when {is_large} then round(t.{column}, {digits}) end" for column in columns}


Treatment = Whole | Open | Own | OwnAndOpen | Standardised

_LARGE = 10_000  # counted sessions: a hundredth of fewer is a count that a reader could guess
_OF_INSTITUTION = "t.institution_code in (select institution_code from own_institution)"
_OF_SESSION = "t.enrollment_id in (select enrollment_id from own_session)"
_ROWS_PUBLISHED = (
    *("batch_id_max", "rows_fct_training_session", "rows_fct_certification", "rows_fct_employment"),
    *("rows_fct_rule_violation", "rows_fct_subsidy", "rows_fct_demand_gap"),
)
_LIMITS = ("limit_95_low", "limit_95_high", "limit_998_low", "limit_998_high")

TREATMENTS: Mapping[str, Treatment] = {
    **dict.fromkeys(
        (
            *("dim_city", "dim_county", "dim_date", "dim_funding_source", "dim_industry", "dim_institution"),
            *("dim_occupation", "dim_programme", "dim_rule", "dim_trainee_group", "dim_training_type"),
        ),
        Whole(),
    ),
    **dict.fromkeys(
        (
            *("attention_item", "city_funnel", "city_pace", "city_peer", "city_scorecard", "extract_state"),
            *("funnel_limit", "funnel_loss", "priority_change", "priority_contribution", "progress_month"),
            *("projection_accuracy", "projection_backtest", "session_funnel", "subsidy_liability"),
            "target_progress",
        ),
        Open(),
    ),
    **dict.fromkeys(
        (
            *("city_freshness", "city_rule_loss", "demand_scope", "entitlement_scope", "fund_flow_scope", "headcount"),
            *("industry_scope", "landing_scope", "outcome_cohort", "outcome_month", "outcome_part", "outcome_scope"),
            *("priority_bridge", "priority_month", "priority_part", "priority_scope", "refused_reason", "rule_scope"),
            "uncounted_scope",
        ),
        OwnAndOpen(),
    ),
    **dict.fromkeys(
        (
            *("audit_payment_after_void", "demand_occupation", "fct_demand_gap", "fct_progress"),
            *("fct_rule_violation", "fct_subsidy", "fct_training_session", "fund_flow", "institution_concentration"),
            *("landing_file", "occupation_scope", "refused_cause", "refused_row", "subsidy_entitlement"),
        ),
        Own(),
    ),
    "city_standardised": Standardised(),
    "audit_certificate_conflict": Own(_OF_SESSION),
    "fct_certification": Own(_OF_SESSION),
    # Evidence is of the city of work: what tells of another city's trainees is theirs.
    "fct_employment": Own("t.person_key in (select person_key from own_session)"),
    # Checks have messages of all cities' files; how much was published is told of no part of it.
    "gate_result": Own("true", {"observed": "null::varchar", "unexpected_count": "null::bigint"}),
    "published_version": Own("true", dict.fromkeys(_ROWS_PUBLISHED, "null::bigint")),
    # What one version has more than the one before is one late row, when there is but one.
    "version_change": Own("false"),
    # An institution that trained elsewhere, too, is left out: what its own city's sessions leave is another city's.
    "institution_funnel": Own(
        _OF_INSTITUTION,
        _digits(2, "province_value", *_LIMITS) | _digits(1, "dispersion", "between_variance", "z_score", "adjusted_z"),
    ),
    "institution_funnel_limit": Own("true", _digits(2, "province_value", *_LIMITS)),
    # The growth of all others, and whatever is worked out with it, gives back their sessions of a quarter.
    "institution_growth": Own(
        _OF_INSTITUTION,
        dict.fromkeys(("others_growth", "expected_sessions", "ratio", "ratio_low", "ratio_high"), "null::double"),
    ),
    "institution_rule": Own(_OF_INSTITUTION),
    "institution_scorecard": Own(
        _OF_INSTITUTION,
        {
            column: f"case when t.main_city_code in (select city_code from own_city) then t.{column} end"
            for column in ("main_city_code", "share_of_city")
        },
    ),
    # A park is one city's, and its list does not say which: it is the reader's whose payments are all of it. One from
    # which the reader paid nothing is not told, whether others did or not.
    "park_budget": Own(
        """
        t.payments > 0
        and t.payments = (
          select count(*)
          from version.marts.fct_subsidy as p
          where
            p.park_code = t.park_code
            and year(p.paid_on) = t.calendar_year
            and p.funding_source = 'employment_subsidy'
            and p.amount_yuan > 0
            and p.city_code in (select city_code from own_city)
        )
        """
    ),
}
