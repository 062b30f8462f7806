"""What a gate writes: results, summary, thresholds, pages that need no network."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pytest
from made_warehouse import AS_OF
from planted import Planted

from expectations.data_docs import offline_page
from expectations.identity import mask_identity
from expectations.result import GateResult, read_results, stops_publish, summary_lines
from expectations.run import main
from expectations.settings import SETTINGS_FILE, Settings, SettingsError, read_settings

RESULT = GateResult(
    gate="gate_1",
    check_name="rows_accounted",
    subject="raw.batch",
    severity="error",
    status="passed",
    observed=None,
    unexpected_count=0,
    message_zh="行数应相符",
    message_en="Rows add up",
    checked_at="2026-11-01T09:00:00",
)


@pytest.mark.parametrize(
    ("severity", "status", "stops"),
    [
        ("error", "passed", False),
        ("error", "failed", True),
        ("error", "crashed", True),
        ("warning", "failed", False),
        ("warning", "crashed", False),
    ],
)
def test_only_an_error_that_did_not_pass_stops_the_publish(severity: str, status: str, stops: bool) -> None:
    assert stops_publish([RESULT, replace(RESULT, severity=severity, status=status)]) is stops


def test_a_gate_without_results_has_not_been_passed() -> None:
    assert stops_publish([])


def test_the_summary_puts_what_stops_the_publish_first() -> None:
    results = [
        RESULT,
        replace(RESULT, severity="warning", status="failed", observed="batch_id=3"),
        replace(RESULT, status="crashed", observed="Binder Error"),
    ]
    zh, en = summary_lines(results, "zh"), summary_lines(results, "en")
    assert zh[0] == "第一道检查(入库数据):通过 1 项,停止发布 1 项,提示 1 项"
    assert zh[1].startswith("[停止发布·未能完成] raw.batch · rows_accounted:行数应相符(Binder Error)")
    assert en[0] == "Gate 1 (raw): 1 passed, 1 stop the publish, 1 warnings"
    assert en[2] == "[warning, failed] raw.batch, rows_accounted: Rows add up (batch_id=3)"


def test_thresholds_are_those_that_the_home_names_else_the_projects(warehouse: Planted, tmp_path: Path) -> None:
    stricter = tmp_path / "settings.toml"
    assert read_settings(stricter) == read_settings()
    stricter.write_text("[gate_1.fresh_days]\nenrollment = 3\n", encoding="utf-8")
    assert warehouse.faults("gate_1", settings=read_settings(stricter)) == [
        ("extract_fresh", "raw.enrollment", "warning", "failed")
    ]


def test_every_threshold_has_its_reason_in_both_languages() -> None:
    lines = SETTINGS_FILE.read_text(encoding="utf-8").splitlines()
    for section in "\n".join(lines).split("\n[")[1:]:
        comments = "".join(line for line in section.splitlines() if line.startswith("#"))
        assert re.search(r"[\u4e00-\u9fff]", comments), section
        assert re.search(r"[A-Za-z]{4}", comments), section


def every_threshold(table: dict, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from every_threshold(value, (*above, key))
        else:
            yield (*above, key), value


THRESHOLDS = dict(every_threshold(tomllib.loads(SETTINGS_FILE.read_text(encoding="utf-8"))))


def value_of(settings: Settings, path: tuple[str, ...]) -> object:
    """What the gates use of a threshold."""
    *_, table, key = path
    if table == "fresh_days":
        return settings.fresh_days[key]
    return settings.share_slack if key == "slack" else getattr(getattr(settings, table), key)


def named(file: Path, path: tuple[str, ...], value: str) -> Path:
    """A home's settings with one line."""
    file.write_text(f"[{'.'.join(path[:-1])}]\n{path[-1]} = {value}\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("path", THRESHOLDS, ids=".".join)
def test_each_threshold_misspelt_mistyped_or_out_of_range_is_one_sentence(
    tmp_path: Path, path: tuple[str, ...]
) -> None:
    file, right = tmp_path / "settings.toml", ".".join(path)
    misspelt = path[-1][:2] + path[-1][3:]
    with pytest.raises(SettingsError, match=re.escape(f"是否指 {right}")) as told:
        read_settings(named(file, (*path[:-1], misspelt), "1"))
    assert str(file) in str(told.value)
    assert f"{'.'.join(path[:-1])}.{misspelt}" in str(told.value)
    wrong = ["true", "[1]", "{a = 1}", "2026-01-01T09:00:00", "2026-01-01", "-1", "nan", "'1'"]
    known = THRESHOLDS[path]
    if isinstance(known, date):
        wrong.remove("2026-01-01")
    if isinstance(known, str):
        wrong.remove("'1'")
    for value in wrong:
        with pytest.raises(SettingsError, match=re.escape(right)):
            read_settings(named(file, path, value))


@pytest.mark.parametrize("path", THRESHOLDS, ids=".".join)
def test_each_threshold_may_be_set_and_is_seen(tmp_path: Path, path: tuple[str, ...]) -> None:
    known = THRESHOLDS[path]
    other = {str: "'20261031T080000-000000'", date: "2014-01-01", int: "7", float: "0.5"}[type(known)]
    settings = read_settings(named(tmp_path / "settings.toml", path, other))
    assert settings.digest != read_settings().digest
    assert str(value_of(settings, path)) == other.strip("'")
    assert {one for one in THRESHOLDS if value_of(settings, one) != THRESHOLDS[one]} == {path}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[gate_1.batches]\naccepted_batches = [7]\n", "skillsdw land --release"),
        (b"accepted_batches = [7]\n", "skillsdw land --release"),
        (b"gate_1 = 3\n", "gate_1"),
        (b"[gate_3]\n", "gate_1"),
        (b"accepted_build_id = 'x'\n", "gate_2.jump.accepted_build_id"),
        (b"[gate_2.jump\n", "TOML"),
        ("[gate_2.jump]\naccepted_build_id = '核实'\n".encode("gb18030"), "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_taken_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=re.escape(said)) as told:
        read_settings(file)
    assert str(file) in str(told.value)
    assert " / " in str(told.value)


def test_a_comment_or_the_mark_of_an_editor_changes_no_threshold(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xef\xbb\xbf# checked in October\n")
    assert read_settings(file).digest == read_settings().digest


def test_the_command_writes_results_and_pages_that_need_no_network(
    warehouse: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse.plant("update raw.enrollment set status = '450102199003071238' where row_number = 9")
    docs, out = tmp_path / "docs", tmp_path / "reports" / "gate_1.json"
    status = main(f"gate_1 --warehouse {warehouse.path} --as-of {AS_OF} --docs {docs} --out {out}".split())
    captured = capsys.readouterr()
    assert status == 0
    assert "停止发布 2 项" in captured.out
    assert "it/s" not in captured.err

    results = read_results(out)
    assert stops_publish(results)
    assert list(asdict(results[0])) == [
        "gate",
        "check_name",
        "subject",
        "severity",
        "status",
        "observed",
        "unexpected_count",
        "message_zh",
        "message_en",
        "checked_at",
    ]

    pages = list(docs.rglob("*.html"))
    assert docs / "index.html" in pages
    for page in pages:
        html = page.read_text(encoding="utf-8")
        assert not re.search(r"https?:|<script|<link|<img|@import|url\(", html), page
        assert "450102199003071238" not in html
    index = (docs / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', index)
    assert links
    assert all((docs / link).is_file() for link in links)
    assert out.read_text(encoding="utf-8").find("450102199003071238") == -1


def test_a_gate_leaves_the_file_free_for_a_writer(warehouse: Planted) -> None:
    warehouse.run("gate_2")
    warehouse.plant("create table raw.after as select 1 as one")


def test_the_light_modules_do_not_import_great_expectations() -> None:
    code = (
        "import sys, expectations.result, expectations.run, expectations.check; "
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_warehouse_is_an_error_of_the_run(tmp_path: Path) -> None:
    status = main(
        f"gate_2 --warehouse {tmp_path}/none.duckdb --as-of 2026-10-31 "
        f"--docs {tmp_path}/docs --out {tmp_path}/out.json".split()
    )
    assert status == 1
    assert not (tmp_path / "out.json").exists()


def test_long_numbers_are_masked() -> None:
    assert mask_identity("编号45010219900307123X有误") == f"编号{'N' * 17}A有误"


@pytest.mark.parametrize(
    "page",
    [
        "<html><head></head><body><td>{}</td></body></html>",
        "<html><head></head><body><td class='of-{}'>x</td></body></html>",
        "<html><head></head><body><li>编号{},共 2 处</li><li>1</li></body></html>",
        "<html><head></head><body><p>\n{}\n</p></body></html>",
        "<html><head></head><body>{}",
        "{}",
    ],
)
@pytest.mark.parametrize(
    "number",
    ["45010219900307123X", "450102 19900307 123X", "&#52;50102199003071234", "13877112233", "６222021234567890128"],
)
def test_a_page_shows_no_identity_wherever_it_stands(page: str, number: str) -> None:
    shown = offline_page(page.format(number))
    assert number not in shown
    assert "NNNNNN" in shown
    assert offline_page(page.format("2026-10-31")).count("2026-10-31") == 1
