"""While an optional extract has never landed, nothing that needs it says 0 or passed."""

import shutil
from datetime import date

import duckdb
import pytest

from audits.pack import audit
from skillsdw.build import build
from skillsdw.home import Home
from skillsdw.landing import land
from skillsdw.publish import current_version
from skillsdw.sample import write_sample

pytestmark = [pytest.mark.minutes, pytest.mark.slow]

OPTIONAL = ("subsidy", "institution", "demand")


def silent(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """A home in which only the core has landed."""
    home = Home(tmp_path_factory.mktemp("core"))
    write_sample(home.landing, 2000, end=date(2026, 10, 31), progress=silent)
    for extract in OPTIONAL:
        shutil.rmtree(home.landing / extract)
    land(home, None, None, progress=silent)
    build(home, date(2026, 10, 31), None, progress=silent)
    return home


@pytest.fixture
def ask(home):
    def asked(sql: str) -> list[tuple]:
        with duckdb.connect(str(current_version(home)), read_only=True) as con:
            return con.execute(sql).fetchall()

    return asked


@pytest.mark.parametrize(
    "figures",
    [
        "select payments from marts.park_budget union all select used_share from marts.park_budget",
        "select paid_yuan from marts.subsidy_entitlement",
        "select difference_yuan from marts.subsidy_entitlement",
        "select paid_yuan from marts.entitlement_scope union all select owed_yuan from marts.entitlement_scope",
        "select records from marts.rule_scope where extract = 'subsidy' or rule_code = 'LICENCE'",
        "select violation_rate from marts.rule_scope where rule_code = 'LICENCE'",
        "select sessions from marts.institution_rule where severity = 'payment' or rule_code = 'LICENCE'",
        "select licence_state from marts.institution_scorecard",
        "select paid_yuan from marts.institution_scorecard union all select payments from marts.institution_scorecard",
    ],
)
def test_a_figure_that_needs_them_is_null(ask, figures):
    rows = ask(figures)
    assert rows
    assert {row[0] for row in rows} == {None}


@pytest.mark.parametrize("table", ["fct_subsidy", "fund_flow", "fct_demand_gap", "demand_scope"])
def test_a_table_of_them_is_empty(ask, table):
    assert ask(f"from marts.{table}") == []


def test_nobody_is_refused_for_a_licence_that_was_never_asked_for(ask):
    assert ask("select count(*) from marts.fct_rule_violation where rule_code = 'LICENCE'") == [(0,)]
    assert ask("select count(*) from marts.fct_training_session where is_counted") != [(0,)]


def test_the_register_says_which_extracts_have_landed(ask):
    assert dict(ask("select extract, has_landed from marts.extract_state")) == {
        "enrollment": True,
        "certification": True,
        "employment": True,
        "institution": False,
        "subsidy": False,
        "demand": False,
    }


def test_no_gate_says_that_what_is_absent_has_passed(ask):
    subjects = " or ".join(f"subject like '%{extract}%'" for extract in OPTIONAL)
    said = ask(f"select message_zh from marts.gate_result where gate = 'gate_1' and status = 'passed' and ({subjects})")
    assert [message for (message,) in said if "未入库" not in message] == []


def test_the_audit_says_so_too(home, tmp_path):
    findings = audit(home, tmp_path, progress=silent).findings
    counts = [finding.count for finding in findings if set(finding.check.extracts) & set(OPTIONAL)]
    assert counts
    assert set(counts) == {None}
