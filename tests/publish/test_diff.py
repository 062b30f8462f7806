"""What changed between two published versions: planted changes are found, each under its cause, and add up."""

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

import duckdb
import pytest
from landed_sessions import certificate, land_sessions, session

from skillsdw.diff import CAUSES, FIGURES, Change, diff, lines
from skillsdw.home import PROJECT, Home
from skillsdw.publish import Marts, point, write_version

pytestmark = [pytest.mark.minutes, pytest.mark.slow]

TABLES = ("fct_training_session", "target_progress", "published_version", "fct_progress", "headcount")


class Project:
    """The dbt project in a copy of its own, so that a rule can be changed, over one home."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder / "project", Home(folder / "home")
        for part in ("models", "macros", "seeds"):
            shutil.copytree(PROJECT / part, self.folder / part)
        for file in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(PROJECT / file, self.folder / file)

    def publish(self, build_id: str, as_of: str, rules_version: str) -> Path:
        """Run the models that are compared and write a version."""
        variables = {"as_of": as_of, "build_id": build_id, "rules_version": rules_version}
        places = ("--project-dir", str(self.folder), "--profiles-dir", str(self.folder), "--log-path", str(self.folder))
        command = (
            *(sys.executable, "-m", "dbt.cli.main", "build", "--quiet", "--exclude-resource-type", "unit_test", "test"),
            *("--select", *(f"+{table}" for table in TABLES), *places, "--vars", json.dumps(variables)),
        )
        environment = dict(os.environ) | {"SKILLSDW_HOME": str(self.home.root)}
        subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        self.home.versions.mkdir(parents=True, exist_ok=True)
        version = self.home.versions / f"{build_id}.duckdb"
        versions = sorted(self.home.versions.glob("*.duckdb"))
        write_version(self.home.warehouse, version, Marts(TABLES, {}), [], versions[-1] if versions else None)
        point(self.home, version)
        return version


@pytest.fixture(scope="module")
def versions(tmp_path_factory) -> tuple[Project, Path, Path]:
    """Two versions a month apart. Between them, in 2026: two new sessions, three late ones, one correction from a
    priority group to none, one void, and the least hours of specialised training raised from 28 to 32."""
    project = Project(tmp_path_factory.mktemp("diff"))
    first = [session(n, end_date=date(2026, 3, 1 + n)) for n in range(1, 11)]
    first += [session(n, training_type="specialised", class_hours=28 + n % 8) for n in range(20, 28)]
    first.append(session(30, status="in_training", end_date=None))
    land_sessions(project.home, first)
    before = project.publish("b1", "2026-09-30", "rules-1")

    later = [session(40, end_date=date(2026, 10, 9)), session(30, end_date=date(2026, 10, 20))]
    later += [session(n, end_date=date(2026, 5, n - 40)) for n in range(51, 54)]
    later.append(session(1, end_date=date(2026, 3, 2), trainee_group="enterprise_employee"))
    later.append(session(2, end_date=date(2026, 3, 3), status="void"))
    land_sessions(project.home, later, [certificate(3), certificate(4)])
    model = project.folder / "models/intermediate/int_session_rule.sql"
    text = model.read_text(encoding="utf-8")
    assert "class_hours < 28" in text
    model.write_text(text.replace("class_hours < 28", "class_hours < 32"), encoding="utf-8")
    return project, before, project.publish("b2", "2026-10-31", "rules-2")


def effects(found: list[Change], year: int = 2026) -> dict[str, dict[str, float]]:
    by_figure: dict[str, dict[str, float]] = defaultdict(dict)
    for change in found:
        if change.plan_year == year and change.effect:
            by_figure[change.figure][change.cause] = change.effect
    return by_figure


def test_each_planted_change_is_found_under_its_cause(versions):
    _, before, after = versions
    found = effects(diff(before, after))
    # Hours 28 to 31 of the eight specialised sessions (28 + n % 8: all of 28 … 35 once) no longer suffice.
    assert found["counted_sessions"] == {"new_session": 2, "late_session": 3, "void": -1, "rule_changed": -4}
    assert found["completed_sessions"] == {"new_session": 2, "late_session": 3, "void": -1}
    assert found["persons"] == found["counted_sessions"]
    assert found["priority_sessions"] == {
        "new_session": 2,
        "late_session": 3,
        "correction": -1,
        "void": -1,
        "rule_changed": -4,
    }
    assert found["certified_sessions"] == {"outcome": 2}
    assert set(found["priority_share_persons"]) >= {"correction"}


@pytest.mark.parametrize("year", [0, 2025, 2026, 2027])
def test_the_causes_add_up_to_the_change_of_every_figure(versions, year):
    _, before, after = versions
    by_figure = defaultdict(list)
    for change in diff(before, after):
        if change.plan_year == year:
            by_figure[change.figure].append(change)
    assert list(by_figure) == list(FIGURES)
    for figure, parts in by_figure.items():
        assert [part.cause for part in parts] == list(CAUSES)
        first = parts[0]
        if first.value_before is None or first.value_after is None:
            continue
        total = sum(part.effect for part in parts)
        assert total == pytest.approx(first.value_after - first.value_before), figure


def test_before_and_after_are_what_the_versions_themselves_say(versions):
    _, before, after = versions
    found = {(c.plan_year, c.figure): (c.value_before, c.value_after) for c in diff(before, after)}
    columns = [
        *("counted_sessions", "completed_sessions", "persons", "priority_persons", "priority_sessions"),
        *("target_sessions", "attainment", "priority_share_persons", "priority_share_sessions"),
    ]
    for place, version in enumerate((before, after)):
        with duckdb.connect(str(version), read_only=True) as con:
            for year, *values in con.execute(
                f"select plan_year, {', '.join(columns)} from marts.target_progress"
            ).fetchall():
                for column, value in zip(columns, values, strict=True):
                    assert found[year, column][place] == pytest.approx(value), (year, column)


def test_a_look_from_an_earlier_day_is_no_correction(versions, tmp_path):
    """The later version published first and the earlier one after it: what it does not know of yet moved back."""
    _, before, after = versions
    with duckdb.connect(str(shutil.copyfile(before, tmp_path / "earlier.duckdb"))) as con:
        con.execute("update marts.published_version set rules_version = 'rules-2'")
    found = effects(diff(after, tmp_path / "earlier.duckdb"))
    assert found["completed_sessions"]["moved_back"] == -5
    assert set(found["completed_sessions"]) <= {"moved_back", "new_session", "late_session"}


def test_a_plan_year_that_only_one_version_knows_is_left_out(versions, tmp_path):
    _, before, after = versions
    with duckdb.connect(str(shutil.copyfile(after, tmp_path / "more.duckdb"))) as con:
        con.execute("insert into marts.target_progress (plan_year, target_sessions) values (2028, 100)")
    assert {change.plan_year for change in diff(before, tmp_path / "more.duckdb")} == {2025, 2026, 2027}


def test_a_changed_target_is_a_cause_of_its_own(versions, tmp_path):
    _, before, after = versions
    changed = Path(shutil.copyfile(after, tmp_path / "changed.duckdb"))
    with duckdb.connect(str(changed)) as con:
        con.execute("update marts.target_progress set target_sessions = target_sessions * 2 where plan_year = 2026")
    found = effects(diff(before, changed))
    assert found["target_sessions"] == {"target_changed": 210_000}
    assert found["attainment"]["target_changed"] < 0


def test_the_newer_version_holds_its_change_against_the_one_before(versions):
    _, before, after = versions
    with duckdb.connect(str(after), read_only=True) as con:
        rows = con.execute("from marts.version_change").fetchall()
    assert [Change(*row) for row in rows] == diff(before, after)
    with duckdb.connect(str(before), read_only=True) as con:
        assert con.execute("select count(*) from marts.version_change").fetchone() == (0,)


def test_the_command_says_it_in_words_and_refuses_an_unknown_version(versions):
    project, before, after = versions
    command = [sys.executable, "-m", "skillsdw", "diff", "--home", str(project.home.root)]
    said = subprocess.run([*command, "b1", "b2"], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == lines(diff(before, after))
    assert "2026 counted_sessions: 18 → 18 (新结业/new sessions +2; 补报/late sessions +3;" in said
    unknown = subprocess.run([*command, "b1", "b9"], capture_output=True, text=True, check=False)
    assert unknown.returncode == 1
    assert "b1、b2" in unknown.stderr
    assert lines(diff(before, before)) == ["没有变化 / Nothing changed"]
