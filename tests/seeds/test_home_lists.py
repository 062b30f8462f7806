"""Official lists live in the home: they are in force for every command of that home, and for no other."""

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from expectations.check import Seeds
from skillsdw import seeds
from skillsdw.access import _city_codes
from skillsdw.build import build, rules_version
from skillsdw.cli import app
from skillsdw.codes import code_lookup
from skillsdw.doctor import HINT, SEVERE, examine
from skillsdw.home import PROJECT, Home
from skillsdw.landing import check, land
from skillsdw.sample.codes import code_list
from skillsdw.sample.profile import sessions_for_plan
from skillsdw.seeds import SeedError, declarations, faults, in_force, read_all, read_seed, write_for_dbt
from skillsdw.state import code_digest

OPERATORS = sorted(name for name, declaration in declarations().items() if declaration.is_operators)
CITY_TARGET = "plan_year,city_code,target_sessions,source_document\r\n2026,450100,70000,桂人社发〔2026〕1号\r\n"
INDUSTRY = "industry_code,name_zh,name_en,aliases,list_status\r\n"


@pytest.fixture(autouse=True)
def _no_home(monkeypatch):
    monkeypatch.delenv("SKILLSDW_HOME", raising=False)


@pytest.fixture
def home(tmp_path) -> Home:
    place = Home(tmp_path / "data")
    place.lists.mkdir(parents=True)
    return place


def put(home: Home, name: str, content: str | bytes) -> Path:
    path = home.lists / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("gb18030"))
    return path


def checkout(name: str) -> str:
    return (seeds.SEEDS / f"{name}.csv").read_text(encoding="utf-8")


def renamed_industry() -> str:
    return checkout("industry").replace("糖业", "蔗糖产业").replace("Sugar", "Cane sugar")


def test_the_lists_that_an_operator_changes_are_declared():
    assert {"city_target", "subsidy_standard", "park_allocation", "industry", "park"} <= set(OPERATORS)
    assert not {"rule", "city", "county", "extract_column", "reason"} & set(OPERATORS)


@pytest.mark.parametrize("name", OPERATORS)
def test_a_list_of_the_home_is_in_force_there_and_nowhere_else(home, tmp_path, name):
    before = read_seed(name)
    put(home, f"{name}.csv", checkout(name))
    with in_force(home):
        assert read_seed(name) == before
        assert seeds.read_list(name).is_of_home
    with in_force(Home(tmp_path / "other")):
        assert not seeds.read_list(name).is_of_home
    assert not seeds.read_list(name).is_of_home


def test_names_of_the_home_are_known_to_landing_gates_audits_and_no_other_home(home):
    put(home, "industry.csv", renamed_industry())
    assert "蔗糖产业" not in code_lookup("industry")
    with in_force(home):
        assert code_lookup("industry")["蔗糖产业"] == "I01"
        assert "蔗糖产业" in {row["name_zh"] for row in Seeds().rows("industry")}
    assert "蔗糖产业" not in code_lookup("industry")


def test_a_process_that_begins_meanwhile_has_the_lists_too(home):
    put(home, "industry.csv", renamed_industry())
    code = "from skillsdw.codes import code_lookup; print(code_lookup('industry').get('蔗糖产业'))"
    with in_force(home):
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "I01"


def test_a_list_that_changes_is_read_again(home):
    put(home, "city_target.csv", CITY_TARGET)
    with in_force(home):
        assert read_seed("city_target")[0]["target_sessions"] == "70000"
    put(home, "city_target.csv", CITY_TARGET.replace("70000", "80001"))
    with in_force(home):
        assert read_seed("city_target")[0]["target_sessions"] == "80001"


@pytest.mark.parametrize(
    "name", ["rule.csv", "city.csv", "notes.txt", "city_target.xlsx", "city_target (1).csv", "city_target"]
)
def test_another_file_among_the_lists_is_named(home, name):
    put(home, name, "anything")
    with in_force(home), pytest.raises(SeedError) as raised:
        read_all()
    assert str(home.lists / name) in raised.value.message_zh
    assert str(home.lists / name) in raised.value.message_en
    assert "city_target.csv" in raised.value.message_en


def test_what_a_desktop_leaves_is_passed_over_and_capitals_are_read(home):
    for name in ("~$city_target.csv", ".~lock.city_target.csv#", ".DS_Store", "Thumbs.db", "desktop.ini"):
        put(home, name, "anything")
    put(home, "City_Target.CSV", CITY_TARGET)
    with in_force(home):
        assert read_all()["city_target"].rows[0]["target_sessions"] == "70000"
    put(home, "city_target.csv", CITY_TARGET)
    with in_force(home):
        assert "the same list" in str(faults()[0])


def test_a_list_that_another_one_needs_is_named_with_it(home):
    put(home, "park.csv", checkout("park").replace("P01", "Q01"))
    with in_force(home), pytest.raises(SeedError) as raised:
        read_all()
    assert "park_allocation.csv line 2" in str(raised.value)
    assert str(home.lists / "park.csv") in str(raised.value)


@pytest.mark.parametrize("name", OPERATORS)
def test_the_digests_follow_the_rows_of_the_lists_in_force(home, name):
    def both() -> tuple[str, str]:
        with in_force(home):
            return code_digest(), rules_version()

    first = both()
    path = put(home, f"{name}.csv", checkout(name))
    same = both()
    assert same[0] == first[0]
    lines = checkout(name).splitlines()
    if len(lines) > 1:
        put(home, f"{name}.csv", "\r\n".join([lines[0], *lines[2:], lines[1]]))
    else:
        example = {"city_target": CITY_TARGET, "subsidy_standard": f"{lines[0]}\noccupation,,,,600,2025/1/1,\n"}
        put(home, f"{name}.csv", example[name])
    other = both()
    assert other[0] != first[0]
    assert other[1] not in (first[1], same[1])
    path.unlink()
    assert both() == first


def test_how_a_spreadsheet_saved_a_list_changes_no_digest(home):
    put(home, "industry.csv", renamed_industry())
    with in_force(home):
        first = code_digest(), rules_version()
    put(home, "industry.csv", renamed_industry().replace("\n", "\r\n").encode("utf-8-sig"))
    with in_force(home):
        assert (code_digest(), rules_version()) == first


def test_a_city_target_of_the_home_is_a_target_and_a_standard_a_rule(home):
    with in_force(home):
        rules, targets = rules_version().split("-targets-")
    put(home, "city_target.csv", CITY_TARGET)
    with in_force(home):
        assert rules_version().split("-targets-")[0] == rules
        assert rules_version().split("-targets-")[1] != targets


def test_what_is_written_for_dbt_is_what_everybody_reads(home, tmp_path):
    put(home, "city_target.csv", CITY_TARGET)
    folder = tmp_path / "for_dbt"
    with in_force(home):
        write_for_dbt(folder)
        (folder / "old.csv").write_text("of a list that is gone")
        times = {path: path.stat().st_mtime_ns for path in folder.glob("[!o]*.csv")}
        write_for_dbt(folder)
        assert {path: path.stat().st_mtime_ns for path in folder.iterdir() if path in times} == times
    assert {path.stem for path in folder.iterdir()} == set(declarations())
    assert (folder / "city_target.csv").read_text(encoding="utf-8") == CITY_TARGET.replace("\r\n", "\n")


def test_dbt_has_the_rows_that_everybody_reads(home, tmp_path):
    put(home, "city_target.csv", CITY_TARGET)
    put(home, "industry.csv", renamed_industry())
    put(home, "subsidy_standard.csv", checkout("subsidy_standard") + "occupation,,,450100,1234.50,2025/1/1,\n")
    with in_force(home):
        write_for_dbt(tmp_path / "lists")
        expected = read_all()
    order = [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "--quiet", "seed"]
    order += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    order += ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")]
    environment = os.environ | {"SKILLSDW_HOME": str(home.root), "SKILLSDW_SEEDS": str(tmp_path / "lists")}
    done = subprocess.run(order, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    with duckdb.connect() as con:
        con.execute(f"attach '{home.warehouse}' as made (read_only)")
        found = con.execute("select table_name from duckdb_tables() where schema_name = 'seeds'").fetchall()
        assert {row[0] for row in found} == set(expected) - {"extract_column", "header_synonym", "header_value"}
        for (name,) in found:
            kinds = expected[name].declaration.columns.values()
            con.execute(f'create table "{name}" as select * from made.seeds."{name}" where false')
            marks = ", ".join(f"cast(nullif(?, '') as {kind})" for kind in kinds)
            for row in expected[name].rows:
                con.execute(f'insert into "{name}" values ({marks})', list(row.values()))
            by_dbt = con.execute(f'select * from made.seeds."{name}" order by all').fetchall()
            assert by_dbt == con.execute(f'select * from "{name}" order by all').fetchall(), name


def enrollment(home: Home) -> Path:
    path = home.landing / "enrollment" / "南宁.csv"
    path.parent.mkdir(parents=True)
    path.write_text("enrollment_id\nBM-1\n", encoding="utf-8")
    return path


def test_a_list_that_cannot_be_used_is_told_before_any_file_is_judged(home):
    file = enrollment(home)
    put(home, "city_target.csv", CITY_TARGET.replace("70000", "七万"))
    heard: list[str] = []
    with pytest.raises(SeedError, match=r"city_target\.csv line 2"):
        land(home, threads=1, progress=heard.append)
    with in_force(home), pytest.raises(SeedError, match=r"city_target\.csv line 2"):
        check([file], progress=heard.append)
    with pytest.raises(SeedError, match=r"city_target\.csv line 2"):
        build(home, progress=heard.append)
    assert not [line for line in heard if "南宁" in line]
    assert not home.warehouse.exists()


@pytest.mark.parametrize("command", ["land", "build", "check"])
def test_the_command_ends_with_the_sentence(home, command):
    file = enrollment(home)
    path = put(home, "city_target.csv", CITY_TARGET.replace("70000", "七万"))
    order = [command, *([str(file)] if command == "check" else []), "--home", str(home.root)]
    done = subprocess.run([sys.executable, "-m", "skillsdw", *order], capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"错误 / Error: 代码表 {path} 第2行:target_sessions 的值“七万”不是整数")
    assert f"List {path} line 2: '七万' in target_sessions is not a whole number" in last
    assert "南宁" not in done.stdout + done.stderr


def test_check_looks_at_the_checkout_unless_a_home_is_named(home):
    file = enrollment(home)
    put(home, "rule.csv", "anything")
    assert CliRunner().invoke(app, ["check", str(file)]).exit_code == 3
    assert isinstance(CliRunner().invoke(app, ["check", str(file), "--home", str(home.root)]).exception, SeedError)
    by_variable = CliRunner().invoke(app, ["check", str(file)], env={"SKILLSDW_HOME": str(home.root)})
    assert isinstance(by_variable.exception, SeedError)
    assert "SKILLSDW_HOME" not in os.environ


def test_a_broken_list_of_the_home_keeps_no_reader_out(home):
    put(home, "city_target.csv", "nonsense")
    with in_force(home):
        assert len(_city_codes()) == 15


def test_the_sample_has_the_lists_of_the_checkout(home):
    put(home, "industry.csv", INDUSTRY + "AI,人工智能,AI,,official\r\nOTHER,其他,Other,,official\r\n")
    code_list.cache_clear()
    with in_force(home):
        assert sessions_for_plan(date(2025, 1, 1), date(2025, 6, 30)) > 0
    assert len(code_list("industry").codes) == len(read_seed("industry"))


def test_the_doctor_tells_which_lists_are_in_force_and_which_cannot_be_used(home):
    put(home, "industry.csv", checkout("industry"))
    put(home, "city_target.csv", CITY_TARGET)
    told = {finding.check: finding for finding in examine(home)}["lists_in_force"]
    assert told.severity == HINT
    assert "city_target (1 rows, other than the checkout's)" in told.en
    assert "industry (21 rows, the same as the checkout's)" in told.en
    put(home, "city_target.csv", CITY_TARGET.replace("450100", "999999"))
    put(home, "park.csv", "nonsense")
    put(home, "notes.txt", "anything")
    found = [finding for finding in examine(home) if finding.check == "list_unusable"]
    assert {finding.severity for finding in found} == {SEVERE}
    words = " ".join(finding.en for finding in found)
    assert all(name in words for name in ("city_target.csv line 2", "park.csv line 1", "notes.txt"))
    shutil.rmtree(home.lists)
    assert "lists_in_force" not in {finding.check for finding in examine(home)}
