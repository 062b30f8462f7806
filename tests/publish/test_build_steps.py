"""The order of work of a build, and what a stop or a crash at each of its steps leaves."""

import json
import re
from contextlib import nullcontext
from datetime import date

import duckdb
import pytest
from test_publish import served
from tiny_warehouse import MARTS, fill_working, result

from skillsdw import build as building
from skillsdw.build import BuildError, build, last_report, read_dbt_results, rules_version
from skillsdw.home import HomeBusy, exclusive
from skillsdw.status import read_status, status_lines


@pytest.fixture
def quick(home, monkeypatch):
    """A build whose gates pass and whose dbt fills two tables."""

    def run_dbt(_crew, place, report):
        fill_working(place, report.build_id)
        return [result()], MARTS

    monkeypatch.setattr(building, "crew", lambda *_: nullcontext())
    monkeypatch.setattr(building, "run_gate", lambda *_: [result()])
    monkeypatch.setattr(building, "run_dbt", run_dbt)
    return home


def silent(_message: str) -> None:
    pass


def test_a_build_publishes_and_its_report_says_so(quick):
    report = build(quick, date(2026, 10, 31), progress=silent)
    assert report.state == "published"
    assert served(quick) == report.build_id
    assert last_report(quick)["state"] == "published"


@pytest.mark.parametrize("status", ["failed", "crashed"])
@pytest.mark.parametrize("step", ["gate_1", "dbt", "gate_2"])
def test_a_gate_that_stops_leaves_what_is_published_and_status_says_why(quick, monkeypatch, step, status):
    before = build(quick, progress=silent).build_id

    def run_gate(_crew, _home, gate, *_):
        return [result(status if gate == step else "passed")]

    monkeypatch.setattr(building, "run_gate", run_gate)
    if step == "dbt":
        monkeypatch.setattr(building, "run_dbt", lambda *_: ([result(status)], MARTS))
    report = build(quick, progress=silent)
    assert report.state == "stopped"
    assert report.step == step
    assert served(quick) == before
    said = "\n".join(status_lines(read_status(quick)))
    assert f"[error {status}] raw.batch a_check" in said


def test_a_warning_is_recorded_and_does_not_stop(quick, monkeypatch):
    monkeypatch.setattr(building, "run_gate", lambda *_: [result("failed", "warning")])
    report = build(quick, progress=silent)
    assert report.state == "published"
    with duckdb.connect(str(quick.link.resolve()), read_only=True) as con:
        assert con.execute("select count(*) from marts.gate_result where status = 'failed'").fetchone() == (2,)


@pytest.mark.parametrize("step", ["crew", "prepare_raw", "run_gate", "run_dbt", "publish"])
def test_a_crash_at_each_step_changes_nothing_for_readers_and_the_next_build_succeeds(quick, monkeypatch, step):
    before = build(quick, progress=silent).build_id

    def crash(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(building, step, crash)
        with pytest.raises(KeyboardInterrupt):
            build(quick, progress=silent)
    assert served(quick) == before
    interrupted = read_status(quick)["last_build"]
    assert interrupted["state"] == "interrupted"

    report = build(quick, progress=silent)
    assert served(quick) == report.build_id


def test_a_step_that_fails_is_reported_with_its_log(quick, monkeypatch):
    def fail(*_arguments):
        raise BuildError("dbt: fct_progress 失败 / failed")

    monkeypatch.setattr(building, "run_dbt", fail)
    with pytest.raises(BuildError):
        build(quick, progress=silent)
    assert last_report(quick)["state"] == "failed"
    assert "fct_progress" in last_report(quick)["message"]


def test_settings_of_the_home_that_cannot_be_read_stop_a_build_before_it_begins(quick):
    before = build(quick, progress=silent).build_id
    (quick.root / "settings.toml").write_text("[gate_2.jump]\nfall_stpo = 0.5\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"settings\.toml.*fall_stpo.*gate_2\.jump\.fall_stop"):
        build(quick, progress=silent)
    assert served(quick) == before


@pytest.mark.parametrize("is_backfill", [True, False])
def test_gates_are_told_of_the_homes_settings_and_of_history(home, monkeypatch, is_backfill):
    told = []

    class Gates:
        log = "log"
        tell = staticmethod(told.append)

        def answer(self):
            return 0

    crew = building.Crew(Gates(), None)
    report = building.BuildReport("b", "2026-10-31", None, "", is_backfill=is_backfill)
    monkeypatch.setattr(building, "read_results", lambda _: [])
    building.run_gate(crew, home, "gate_1", report, None)
    home.root.mkdir(exist_ok=True)
    (home.root / "settings.toml").touch()
    building.run_gate(crew, home, "gate_1", report, None)
    assert [("--backfill" in order, "--home-settings" in order) for order in told] == [
        (is_backfill, False),
        (is_backfill, True),
    ]


def test_another_threshold_or_a_release_is_no_longer_up_to_date(quick):
    day = date(2026, 10, 31)
    build(quick, day, progress=silent)
    published = building.current_version(quick)
    with duckdb.connect(str(quick.warehouse)) as con:
        assert building.is_built_of_this(quick, con)
        (quick.root / "settings.toml").write_text("[gate_1.dates]\nyears_after_as_of = 3\n", encoding="utf-8")
        assert not building.is_built_of_this(quick, con)
    assert published is not None


def test_two_builds_at_once_are_refused_with_a_sentence(quick):
    import subprocess
    import sys

    holder = (
        "import sys; from pathlib import Path; from skillsdw.home import Home, exclusive\n"
        "with exclusive(Home(Path(sys.argv[1]))): print('held', flush=True); sys.stdin.read()"
    )
    quick.root.mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(quick.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        with pytest.raises(HomeBusy, match="另一个入库或构建"):
            build(quick, progress=silent)
        other.stdin.close()
    with exclusive(quick):
        pass


def test_dbt_results_tell_a_failed_test_from_a_crashed_one_and_from_a_broken_model(tmp_path):
    nodes = {
        f"test.skillsdw.{name}": {
            "resource_type": "test",
            "name": name,
            "attached_node": "model.skillsdw.headcount",
            "config": {"severity": severity},
            "schema": "tests",
        }
        for name, severity in (
            ("ok", "ERROR"),
            ("bad", "ERROR"),
            ("soft", "WARN"),
            ("broken", "ERROR"),
            ("left", "ERROR"),
        )
    }
    described = {"description": "一行是一个范围。", "columns": {}}
    nodes["model.skillsdw.headcount"] = {"resource_type": "model", "name": "headcount", "schema": "marts"} | described
    statuses = {"ok": "pass", "bad": "fail", "soft": "warn", "broken": "error", "left": "skipped"}
    run = [
        {"unique_id": f"test.skillsdw.{name}", "status": status, "message": name, "failures": 1}
        for name, status in statuses.items()
    ]
    columns = {"status": {"description": "结果。"}}
    written = {"source_name": "build", "name": "gate_result", "description": "一行是一项检查。", "columns": columns}
    sources = {"source.skillsdw.build.gate_result": written}
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": nodes, "sources": sources}))
    (tmp_path / "run_results.json").write_text(json.dumps({"results": run}))
    results, marts = read_dbt_results(tmp_path, tmp_path / "log")
    assert {row.check_name: (row.severity, row.status) for row in results} == {
        "ok": ("error", "passed"),
        "bad": ("error", "failed"),
        "soft": ("warning", "failed"),
        "broken": ("error", "crashed"),
    }
    assert marts.tables == ["headcount"]

    run.append({"unique_id": "model.skillsdw.headcount", "status": "error", "message": "", "failures": None})
    (tmp_path / "run_results.json").write_text(json.dumps({"results": run}))
    with pytest.raises(BuildError, match="headcount"):
        read_dbt_results(tmp_path, tmp_path / "log")


def test_the_rules_version_changes_with_a_rule_list_and_only_then(tmp_path, monkeypatch):
    import shutil

    from skillsdw import seeds
    from skillsdw.home import PROJECT, SEEDS
    from skillsdw.seeds import in_force

    shutil.copytree(SEEDS, tmp_path / "seeds")
    shutil.copytree(PROJECT / "models", tmp_path / "models")
    monkeypatch.setattr(seeds, "SEEDS", tmp_path / "seeds")
    monkeypatch.setattr(building, "PROJECT", tmp_path)
    first = rules_version()
    with (tmp_path / "seeds" / "park.csv").open("a") as file:
        file.write("P99,某园区,A park,450100,provisional\n")
    with in_force(None):
        assert rules_version() == first
    with (tmp_path / "seeds" / "target.csv").open("a") as file:
        file.write("2028,1,0.7,,\n")
    with in_force(None):
        assert rules_version() != first


def test_what_dbt_parsed_of_other_code_is_forgotten(tmp_path, monkeypatch):
    parsed = tmp_path / "dbt" / "partial_parse.msgpack"
    building.forget_other_code(parsed.parent)
    parsed.write_bytes(b"of this code")
    building.forget_other_code(parsed.parent)
    assert parsed.read_bytes() == b"of this code"
    monkeypatch.setattr(building, "code_digest", lambda: "of a newer one")
    building.forget_other_code(parsed.parent)
    assert not parsed.exists()


def test_the_rules_version_begins_with_the_month_of_the_newest_rule():
    assert re.match(r"20\d\d-\d\d-[0-9a-f]{8}-targets-[0-9a-f]{8}$", rules_version())
