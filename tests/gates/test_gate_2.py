"""Gate 2: clean marts pass, and each planted fault fails its own check and no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_warehouse import SUMS, make_published
from planted import Planted

from expectations.gate_2 import _is_share
from expectations.result import stops_publish
from expectations.settings import Settings, read_settings

WHOLE = "industry_code = 'ALL' and trainee_group = 'ALL'"
ONE_SCOPE = (
    "plan_year = 2025 and city_code = '450100' and industry_code = "
    "(select min(industry_code) from marts.headcount where plan_year = 2025 and city_code = '450100' "
    "and industry_code <> 'ALL') and trainee_group = 'ALL'"
)

# Faults that have nothing to do with each other share a warehouse, so that each gate runs a few times only.
FAULTS = [
    {
        "an enrolment lost on the way": (
            "update raw.enrollment set enrollment_id = 'E-new' where row_number = 9 and batch_id = 1; "
            "insert into raw.enrollment by name select * replace ('E-more' as enrollment_id) "
            "from raw.enrollment where row_number = 9",
            ("sessions_reconcile", "marts.fct_training_session"),
        ),
        "a certificate lost": (
            "delete from marts.fct_certification where certificate_no = 'Z000000000001'",
            ("records_reconcile", "marts.fct_certification"),
        ),
        "evidence twice": (
            "insert into marts.fct_employment from marts.fct_employment where record_id = 'R000000000001'",
            ("records_reconcile", "marts.fct_employment"),
        ),
        "a payment lost": (
            "delete from marts.fct_subsidy where payment_id = 'P000000000001'; "
            "delete from marts.fund_flow; "
            "insert into marts.fund_flow select funding_source, component, count(*), sum(amount_yuan) "
            "from marts.fct_subsidy group by all",
            ("records_reconcile", "marts.fct_subsidy"),
        ),
        "completed sessions lost from progress": (
            "update marts.fct_progress set completed_sessions = completed_sessions + 1 "
            "where rowid = (select min(rowid) from marts.fct_progress where plan_year = 2025)",
            ("progress_reconciles", "marts.fct_progress"),
        ),
        "headcount of the province off by one": (
            "update marts.headcount set counted_sessions = counted_sessions + 1 "
            f"where plan_year = 2025 and {WHOLE} and city_code in ('ALL', '450100')",
            ("headcount_reconciles", "marts.headcount"),
        ),
        "target progress off by one": (
            "update marts.target_progress set counted_sessions = counted_sessions + 1 where plan_year = 0",
            ("target_progress_reconciles", "marts.target_progress"),
        ),
        "a city missing from the scorecard": (
            "delete from marts.city_scorecard where plan_year = 2025 and city_code = '450100'",
            ("scorecard_reconciles", "marts.city_scorecard"),
        ),
        "an institution missing from the scorecard": (
            "delete from marts.institution_scorecard where plan_year = 2025 and institution_code = "
            "(select min(institution_code) from marts.institution_scorecard where plan_year = 2025)",
            ("institutions_reconcile", "marts.institution_scorecard"),
        ),
        "a funnel that lost sessions": (
            "update marts.session_funnel set sessions = sessions + 1 where plan_year = 0 and step = 'declared'",
            ("funnel_reconciles", "marts.session_funnel"),
        ),
        "a counted session that is not subsidised": (
            "update marts.fct_training_session set is_subsidised = false where enrollment_id = "
            "(select min(enrollment_id) from marts.fct_training_session where is_counted)",
            ("counted_within_completed", "marts.fct_training_session"),
        ),
        "a share above 1": (
            "update marts.city_scorecard set certification_rate = 1.02 where plan_year = 2025",
            ("share_in_range", "marts.city_scorecard"),
        ),
        "an ID in a dimension": (
            "update marts.dim_city set name_zh = '450102199003071238'",
            ("identity_absent", "marts.dim_city"),
        ),
    },
    {
        "a void record kept": (
            "update raw.enrollment set status = 'void' where row_number = 9",
            ("sessions_reconcile", "marts.fct_training_session"),
        ),
        "money added to the flow": (
            "update marts.fund_flow set paid_yuan = paid_yuan + 1 where funding_source = 'special_account'",
            ("fund_flow_reconciles", "marts.fund_flow"),
        ),
        "cities that do not add up": (
            "update marts.headcount set counted_sessions = counted_sessions + 1 "
            f"where plan_year = 2025 and {WHOLE} and city_code = '450100'",
            ("cities_add_up", "marts.headcount"),
        ),
        "a year missing from target progress": (
            "delete from marts.target_progress where plan_year = 2025",
            ("target_progress_reconciles", "marts.target_progress"),
        ),
        "more certified than counted sessions": (
            "update marts.fct_progress set certified_sessions = counted_sessions + 1 "
            "where rowid = (select min(rowid) from marts.fct_progress)",
            ("counted_within_completed", "marts.fct_progress"),
        ),
        "a funnel that widens": (
            "update marts.session_funnel set sessions = 10000 where plan_year = 2025 and step = 'certified'",
            ("counted_within_completed", "marts.session_funnel"),
        ),
        "more persons than sessions": (
            f"update marts.headcount set persons = counted_sessions + 1 where {ONE_SCOPE}",
            ("persons_within_sessions", "marts.headcount"),
        ),
        "a share that is no number": (
            "update marts.headcount set priority_share_persons = 'nan' where plan_year = 2025",
            ("share_in_range", "marts.headcount"),
        ),
        "an ID in a list": (
            "update marts.fct_training_session set violations = ['A', '450102199003071238'] "
            "where enrollment_id = 'E000000000005'",
            ("identity_absent", "marts.fct_training_session"),
        ),
    },
    {
        "an outcome missing": (
            "update marts.fct_progress set too_early_sessions = too_early_sessions + 1 "
            "where rowid = (select min(rowid) from marts.fct_progress)",
            ("outcomes_add_up", "marts.fct_progress"),
        ),
        "a scope twice": (
            f"insert into marts.headcount from marts.headcount where {ONE_SCOPE}",
            ("grain_unique", "marts.headcount"),
        ),
    },
]


def test_clean_marts_pass_and_a_first_publish_says_it_was_not_compared(warehouse: Planted) -> None:
    results = warehouse.run("gate_2")
    assert [result for result in results if result.status != "passed"] == []
    (jump,) = [result for result in results if result.check_name == "sessions_jump"]
    assert "不作比较" in jump.message_zh
    assert "nothing to compare" in jump.message_en


@pytest.mark.parametrize("faults", FAULTS)
def test_each_fault_fails_its_own_check_and_no_other(
    warehouse: Planted, faults: dict[str, tuple[str, tuple[str, ...]]]
) -> None:
    warehouse.plant(*(statement for statement, _ in faults.values()))
    expected = {(*expected, "error", "failed") for _, expected in faults.values()}
    assert len(expected) == len(faults)
    assert set(warehouse.faults("gate_2")) == expected


def test_a_broken_query_crashes_and_does_not_fail(warehouse: Planted) -> None:
    results = warehouse.plant("alter table marts.session_funnel rename column step to stage").run("gate_2")
    open_ones = [result for result in results if result.status != "passed"]
    assert {(result.check_name, result.status) for result in open_ones} == {
        ("funnel_reconciles", "crashed"),
        ("counted_within_completed", "crashed"),
    }
    assert all("step" in result.observed and "\n" not in result.observed for result in open_ones)
    assert all(result.unexpected_count is None for result in open_ones)
    assert stops_publish(results)


def test_a_crash_in_the_middle_of_a_query_leaves_the_other_checks_alone(warehouse: Planted) -> None:
    warehouse.plant(
        "drop table marts.session_funnel",
        "create view marts.session_funnel as select 2025 as plan_year, 1 as step_order, 'declared' as step, "
        "if(random() >= 0, error('row of 450102199003071238 is broken'), 1)::bigint as sessions",
    )
    open_ones = [result for result in warehouse.run("gate_2") if result.status != "passed"]
    assert {result.status for result in open_ones} == {"crashed"}
    assert {result.subject for result in open_ones} == {"marts.session_funnel"}
    assert "450102199003071238" not in str(open_ones)


@pytest.fixture
def settings() -> Settings:
    read = read_settings()
    return replace(read, jump=replace(read.jump, min_sessions=5))


@pytest.fixture
def published(warehouse: Planted, tmp_path: Path) -> Path:
    """A published version of the clean marts, behind a link as it is in life."""
    version = make_published(tmp_path / "build-1.duckdb", warehouse.path)
    link = tmp_path / "published.duckdb"
    link.symlink_to(version.name)
    return link


def _replan(warehouse: Planted, statement: str) -> Planted:
    """Change the sessions and make every table that sums them again."""
    return warehouse.plant(statement, *SUMS)


def test_an_unchanged_build_is_no_jump(warehouse: Planted, published: Path, settings: Settings) -> None:
    results = warehouse.run("gate_2", published=published, settings=settings)
    assert {result.status for result in results} == {"passed"}
    assert sum(result.check_name in ("sessions_shift", "sessions_jump") for result in results) == 4


def test_a_large_fall_stops_the_publish_until_it_is_accepted(
    warehouse: Planted, published: Path, settings: Settings
) -> None:
    _replan(
        warehouse,
        "update marts.fct_training_session set is_counted = false, is_eligible = false "
        "where plan_year = 2025 and rowid % 2 = 0",
    )
    faults = warehouse.faults("gate_2", published=published, settings=settings)
    session = "marts.fct_training_session"
    assert ("sessions_jump", f"{session}.plan_year", "error", "failed") in faults
    assert {fault[0] for fault in faults} == {"sessions_shift", "sessions_jump"}

    accepted = replace(settings, jump=replace(settings.jump, accepted_build_id="build-1"))
    faults = warehouse.faults("gate_2", published=published, settings=accepted)
    assert {(fault[0], fault[2]) for fault in faults} == {("sessions_shift", "warning")}


def _load(warehouse: Planted, number: int, place: str, batch_id: int = 7) -> Planted:
    """Land `number` counted sessions of 2025 with new keys in a later batch, in a city, and make the sums again."""
    new = (
        f"(select s.* replace ('N' || i as enrollment_id, '{place}' as city_code) from range({number}) as made(i), "
        "(select * from marts.fct_training_session where is_counted and plan_year = 2025 limit 1) as s)"
    )
    return warehouse.plant(
        f"insert into raw.batch values ({batch_id}, 'enrollment', 'enrollment/h.csv', 'f', "
        f"timestamp '2026-10-31 10:00:00', 'landed', {number}, {number}, 0, null)",
        "insert into raw.enrollment by name select one.* replace ("
        f"'N' || i as enrollment_id, {batch_id} as batch_id, i + 2 as row_number, 'completed' as status, "
        "date '2025-03-01' as end_date) "
        f"from range({number}) as made(i), (select * from raw.enrollment limit 1) as one",
        f"insert into marts.fct_training_session from {new}",
        *SUMS,
    )


def _jumps(warehouse: Planted, **options: object) -> set[tuple[str, str]]:
    faults = warehouse.faults("gate_2", **options)
    assert {fault[0] for fault in faults} <= {"sessions_shift", "sessions_jump"}
    return {(fault[0], fault[1].rpartition(".")[2]) for fault in faults}


SHIFT_OF_A_YEAR = ("sessions_shift", "plan_year")
JUMP_OF_A_YEAR = ("sessions_jump", "plan_year")


def test_a_rise_in_a_place_that_was_there_stops_and_as_history_does_not(
    warehouse: Planted, published: Path, settings: Settings
) -> None:
    """More than twice as many sessions of 2025, in a city of which the published version had enough."""
    settings = replace(settings, jump=replace(settings.jump, min_sessions=1))
    _load(warehouse, 60, "450100")
    options = {"published": published, "settings": settings}
    both = {(check, scope) for check in ("sessions_shift", "sessions_jump") for scope in ("plan_year", "city_code")}
    shift = {one for one in both if one[0] == "sessions_shift"}
    assert _jumps(warehouse, **options) == both
    assert _jumps(warehouse, **options, is_backfill=True) == shift
    warehouse.plant("insert into raw.backfill values (6)")
    assert _jumps(warehouse, **options) == both
    warehouse.plant("insert into raw.backfill values (7)")
    assert _jumps(warehouse, **options) == shift


def test_a_city_that_files_for_the_first_time_does_not_stop_the_province(
    warehouse: Planted, published: Path, settings: Settings
) -> None:
    _load(warehouse, 60, "450500")
    assert _jumps(warehouse, published=published, settings=settings) == {SHIFT_OF_A_YEAR}


def test_keys_that_had_landed_before_are_no_history(warehouse: Planted, published: Path, settings: Settings) -> None:
    """The same rise of records that the published version had read: its rules or their dates changed."""
    _load(warehouse, 60, "450500", batch_id=7)
    Planted(published.resolve()).plant("update marts.published_version set batch_id_max = 7")
    options = {"published": published, "settings": settings}
    assert _jumps(warehouse, **options) == {SHIFT_OF_A_YEAR, JUMP_OF_A_YEAR}
    assert _jumps(warehouse, **options, is_backfill=True) == {SHIFT_OF_A_YEAR, JUMP_OF_A_YEAR}
    # A batch that was held then was not there for it.
    warehouse.plant("insert into raw.batch_release values (7, timestamp '2026-10-31 11:00:00', 'looked at')")
    assert _jumps(warehouse, **options) == {SHIFT_OF_A_YEAR}


def test_a_fall_stops_also_while_history_is_loaded(warehouse: Planted, published: Path, settings: Settings) -> None:
    _replan(
        warehouse, "update marts.fct_training_session set is_counted = false, is_eligible = false where rowid % 2 = 0"
    )
    assert JUMP_OF_A_YEAR in _jumps(warehouse, published=published, settings=settings, is_backfill=True)


def test_newly_completed_sessions_are_no_jump(warehouse: Planted, published: Path, settings: Settings) -> None:
    """The published version ended earlier: only what both could know is compared."""
    published_file = published.resolve()
    Planted(published_file).plant(
        "update marts.published_version set as_of = date '2026-03-31'",
        "update marts.fct_training_session set is_counted = false where end_date > date '2026-03-31'",
    )
    assert warehouse.faults("gate_2", published=published, settings=settings) == []


def test_a_published_version_of_another_layout_is_not_compared(warehouse: Planted, published: Path) -> None:
    Planted(published.resolve()).plant("alter table marts.fct_training_session rename column is_counted to counted")
    results = warehouse.run("gate_2", published=published)
    assert {result.status for result in results} == {"passed"}
    (jump,) = [result for result in results if result.check_name == "sessions_jump"]
    assert "another layout" in jump.message_en


def test_what_is_used_of_a_budget_may_pass_it_and_still_be_published():
    assert not _is_share("used_share", "DOUBLE")
    assert _is_share("priority_share_persons", "DOUBLE")
    assert not _is_share("attainment_rank", "DOUBLE")
