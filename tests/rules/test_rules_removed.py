"""Every rule of spec 2 has a dbt unit test that fails when the rule is taken out of its model.

The project is copied, one rule at a time is made to find nothing, and the unit tests of the model that evaluates it
are run. `pytest -s` prints which of them failed.
"""

import os
import shutil
from pathlib import Path

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from skillsdw.codes import read_seed
from skillsdw.home import PROJECT
from skillsdw.landing import ensure_raw

pytestmark = [pytest.mark.minutes, pytest.mark.slow]

EVALUATED = {
    "int_session_rule": ("HOURS_MIN", "FUND_MATCH", "UI_ONLY", "PROJECT_EMPLOYER", "LICENCE"),
    "int_session_walk": ("ANNUAL_CAP", "LIFETIME_CAP", "REPEAT", "DOWNGRADE"),
    "int_session_warning": ("AGE", "LONG_OPEN"),
    "int_payment_rule": (
        *("PAID_NOT_IN_SYSTEM", "DOUBLE_FUND", "DUPLICATE_PAYMENT", "OVERPAID", "EARLY_POST_EMPLOYMENT"),
        "PARK_BUDGET",
    ),
}
# Rules over records that are no sessions: what is taken out of fct_rule_violation, and what is left.
TAKEN_OUT = {
    "CERT_ORPHAN": ("left join session\n    on certification", "inner join session\n    on certification"),
    "CERT_PERSON": ("\n      and certification.person_key = session.person_key", ""),
    "EMPLOYMENT_ORPHAN": ("\n  union all\n  select * from of_evidence", ""),
}


def mutants() -> dict[str, tuple[str, str, str]]:
    """Rule → the model that evaluates it, a piece of its SQL and what stands there without the rule."""
    found = {}
    for model, rules in EVALUATED.items():
        for rule in rules:
            column = f"breaks_{rule.lower()}"
            found[rule] = (model, f"\n  {column}", f"\n  false as {column}")
    return found | {rule: ("fct_rule_violation", *piece) for rule, piece in TAKEN_OUT.items()}


class Project:
    """A copy of the dbt project over an empty warehouse with every model built."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("models", "macros", "seeds"):
            shutil.copytree(PROJECT / folder, root / folder)
        for file in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(PROJECT / file, root / file)
        with duckdb.connect(str(root / "warehouse.duckdb")) as con:
            ensure_raw(con)
        assert self.dbt("build", "--exclude-resource-type", "unit_test", "test").success

    def dbt(self, *command: str):
        places = ("--project-dir", str(self.root), "--profiles-dir", str(self.root), "--log-path", str(self.root))
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(os.environ, "SKILLSDW_HOME", str(self.root))
            return dbtRunner().invoke([*command, "--quiet", *places])

    def failed_unit_tests(self, model: str) -> list[str]:
        done = self.dbt("test", "--select", f"{model},test_type:unit")
        assert done.exception is None, done.exception
        assert done.result.results, f"{model} has no unit test"
        return [row.node.name for row in done.result.results if row.status == "fail"]

    def without(self, rule: str) -> list[str]:
        """The unit tests that fail when the rule is removed."""
        model, piece, left = mutants()[rule]
        [file] = self.root.glob(f"models/**/{model}.sql")
        whole = file.read_text(encoding="utf-8")
        head, found, tail = whole.rpartition(piece)
        assert found, f"{model}.sql has no {piece!r}"
        file.write_text(head + left + tail, encoding="utf-8")
        try:
            return self.failed_unit_tests(model)
        finally:
            file.write_text(whole, encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return Project(tmp_path_factory.mktemp("mutants"))


def test_every_rule_of_the_catalogue_is_taken_out_once():
    assert sorted(mutants()) == sorted(row["rule_code"] for row in read_seed("rule"))


@pytest.mark.parametrize("model", [*EVALUATED, "fct_rule_violation"])
def test_with_every_rule_in_place_no_unit_test_fails(project, model):
    assert project.failed_unit_tests(model) == []


# Every rule, or one of so many: dbt needs five seconds a rule.
ONE_OF = int(os.environ.get("SKILLSDW_RULES_ONE_OF", "1"))


@pytest.mark.parametrize("rule", list(mutants())[::ONE_OF])
def test_a_unit_test_fails_when_the_rule_is_removed(project, rule):
    failed = project.without(rule)
    print(f"\n{rule}: {', '.join(failed)}")
    assert failed
