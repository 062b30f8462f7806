"""Where each plan year will end, as of now and as it would have been said at the end of every earlier month."""

from skillsdw.projection import projections
from skillsdw.relation import relation, rows


def model(dbt, session):
    """One row an evaluation and month, and one (end_month null) for the year as a whole; see the YAML beside it."""
    dbt.config(materialized="table", submission_method="driver", file_format="parquet")
    reported = rows(dbt.ref("int_reporting_delay"), "city_code", "end_month", "reported_on", "sessions")
    profile = rows(dbt.ref("int_season_profile"), "plan_year", "month_number", "month_share", "profile_basis")
    elapsed = rows(dbt.ref("int_year_elapsed"), "plan_year", "as_of")
    return relation(session, projections(reported, profile, dict(elapsed)))
