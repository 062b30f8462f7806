"""Where each plan year will end, as of now and as it would have been said at the end of every earlier month."""

from skillsdw.projection import projections


def model(dbt, session):  # noqa: ARG001 (dbt calls it so)
    """One row an evaluation and month, and one (end_month null) for the year as a whole; see the YAML beside it."""
    dbt.config(materialized="table")
    reported = dbt.ref("int_reporting_delay").project("city_code, end_month, reported_on, sessions").fetchall()
    profile = dbt.ref("int_season_profile").project("plan_year, month_number, month_share, profile_basis").fetchall()
    elapsed = dbt.ref("int_year_elapsed").project("plan_year, as_of").fetchall()
    return projections(reported, profile, dict(elapsed))
